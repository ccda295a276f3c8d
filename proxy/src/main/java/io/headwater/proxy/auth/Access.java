package io.headwater.proxy.auth;

import io.headwater.fault.FormatException;
import io.headwater.oci.RepositoryName;
import io.headwater.proxy.login.ClientAddress;
import io.headwater.proxy.login.TrustedProxies;
import io.headwater.store.ContentStore;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.List;
import org.springframework.http.HttpHeaders;
import org.springframework.web.reactive.function.server.ServerRequest;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/**
 * Who may do what: every handler asks before it does anything. A caller that is not known is
 * challenged, one that may not is refused, and to one that may not even pull it looks as if there
 * were no such repository.
 */
public final class Access implements AutoCloseable {
  private static final String CALLER = Access.class.getName();

  /** Set by proxies in front, behind which every caller seems to be on this machine. */
  private static final List<String> FORWARDED = List.of("Forwarded", "X-Forwarded-For", "Via");

  private final AccessOptions options;
  private final Authenticator authenticator;
  private final Scheduler blocking;
  private final TrustedProxies proxies;

  private Access(AccessOptions options, Authenticator authenticator, Scheduler blocking)
      throws FormatException {
    this.options = options;
    this.authenticator = authenticator;
    this.blocking = blocking;
    this.proxies = TrustedProxies.of(options.logins().trustedProxies());
  }

  /**
   * Access by some options.
   *
   * @param store where signing keys are kept
   * @param blocking for what must not be done on an event loop
   */
  public static Access open(AccessOptions options, ContentStore store, Scheduler blocking)
      throws IOException {
    return new Access(options, new Authenticator(options, store, blocking), blocking);
  }

  AccessOptions options() {
    return options;
  }

  Authenticator authenticator() {
    return authenticator;
  }

  Scheduler blocking() {
    return blocking;
  }

  /** Where a request comes from, as far as the proxies in front are believed. */
  ClientAddress origin(ServerRequest request) {
    var headers = request.headers().asHttpHeaders();
    return proxies.client(
        request.remoteAddress().map(InetSocketAddress::getAddress),
        headers.getOrEmpty("Forwarded"),
        headers.getOrEmpty("X-Forwarded-For"),
        FORWARDED.stream().anyMatch(headers::containsHeader));
  }

  /** Who sends a request; ends with {@link AccessException} if its credentials are wrong. */
  public Mono<Caller> caller(ServerRequest request) {
    if (request.attributes().get(CALLER) instanceof Caller known) {
      return Mono.just(known);
    }
    var header = request.headers().firstHeader(HttpHeaders.AUTHORIZATION);
    var origin = origin(request);
    var found =
        header == null && options.rules().isEmpty()
            ? Mono.fromCallable(() -> authenticator.anonymous(origin))
            : authenticator.caller(header == null ? "" : header, origin);
    return found.doOnNext(caller -> request.attributes().put(CALLER, caller));
  }

  /** How log-ins went so far. */
  public LoginCounts logins() {
    return authenticator.counts();
  }

  /** Ends the threads that check passwords. */
  @Override
  public void close() {
    authenticator.close();
  }

  /**
   * Ends empty if the caller may do something with a repository, else with an error.
   *
   * @param or other actions that are enough too
   */
  public Mono<Void> require(
      ServerRequest request, RepositoryName repository, Action action, Action... or) {
    return challenged(request, scope(repository, action))
        .flatMap(
            caller ->
                caller.allows(repository, action)
                        || Arrays.stream(or).anyMatch(other -> caller.allows(repository, other))
                    ? Mono.<Void>empty()
                    : Mono.error(refused(request, caller, repository, action)));
  }

  private static String scope(RepositoryName repository, Action action) {
    return "repository:" + repository + ":" + (action == Action.PUSH ? "pull,push" : action.text());
  }

  /** The caller; if credentials are wrong, the error gets a challenge. */
  private Mono<Caller> challenged(ServerRequest request, String scope) {
    return caller(request)
        .onErrorMap(
            AccessException.class,
            e ->
                e.status() == 401
                    ? AccessException.unauthorized(
                        String.valueOf(e.getMessage()), challenge(request, scope))
                    : e);
  }

  private AccessException refused(
      ServerRequest request, Caller caller, RepositoryName repository, Action action) {
    var isBearer = isBearer(request);
    if (!caller.isKnown() || isBearer) {
      return AccessException.unauthorized(
          caller.isKnown() ? "the token is not for this" : "log in first",
          challenge(request, scope(repository, action)) + (isBearer ? INSUFFICIENT : ""));
    }
    return caller.allows(repository, Action.PULL)
        ? AccessException.denied(
            caller + " may not " + action.text() + " in repository '" + repository + "'")
        : AccessException.hidden("there is no repository '" + repository + "'");
  }

  private static final String INSUFFICIENT = ",error=\"insufficient_scope\"";

  private static boolean isBearer(ServerRequest request) {
    var header = request.headers().firstHeader(HttpHeaders.AUTHORIZATION);
    return header != null && header.regionMatches(true, 0, "Bearer", 0, 6);
  }

  /** Whether the caller may do something with a repository. */
  public Mono<Boolean> allows(ServerRequest request, RepositoryName repository, Action action) {
    return caller(request).map(caller -> caller.allows(repository, action));
  }

  /** Whether a list that the caller may see shows it a repository. */
  public Mono<Boolean> lists(ServerRequest request, RepositoryName repository) {
    return caller(request)
        .flatMap(
            caller ->
                caller.catalog()
                    ? may(request, repository, Action.PULL)
                    : allows(request, repository, Action.PULL));
  }

  /**
   * Whether the caller may do something with a repository, if not with the token that it has sent,
   * then with one that it can get.
   */
  public Mono<Boolean> may(ServerRequest request, RepositoryName repository, Action action) {
    return caller(request)
        .map(
            caller ->
                caller.allows(repository, action)
                    || caller.isKnown()
                        && authenticator.known(caller.names()).allows(repository, action));
  }

  /** Ends empty if the caller may list repositories. */
  public Mono<Void> requireCatalog(ServerRequest request) {
    return challenged(request, Scope.CATALOG.toString())
        .flatMap(
            caller ->
                caller.catalog()
                    ? Mono.<Void>empty()
                    : Mono.error(
                        AccessException.unauthorized(
                            "log in first", challenge(request, Scope.CATALOG.toString()))));
  }

  /**
   * Ends empty if the caller is known, or if nobody can be. Clients learn here how to log in, so
   * that who may pull without credentials is challenged too.
   */
  public Mono<Void> requireKnown(ServerRequest request) {
    return challenged(request, "")
        .flatMap(
            caller ->
                caller.isKnown()
                        || isBearer(request)
                        || !options.hasCredentials() && !caller.grants().isEmpty()
                    ? Mono.<Void>empty()
                    : Mono.error(
                        AccessException.unauthorized("log in first", challenge(request, ""))));
  }

  /** Ends empty if the caller is on this machine, or an operator. */
  public Mono<Void> requireLocalOrOperator(ServerRequest request) {
    return origin(request).isLoopback() ? Mono.empty() : requireOperator(request);
  }

  /**
   * Ends empty if the caller may see the settings of everything. Where nobody can log in, whoever
   * is on this machine may.
   */
  public Mono<Void> requireOperator(ServerRequest request) {
    if (!options.hasCredentials() && origin(request).isLoopback()) {
      return Mono.empty();
    }
    return challenged(request, "")
        .flatMap(
            caller ->
                isOperator(caller)
                    ? Mono.<Void>empty()
                    : Mono.error(
                        caller.isKnown()
                            ? AccessException.denied("only operators see this")
                            : AccessException.unauthorized(
                                "log in first", challenge(request, Scope.CATALOG.toString()))));
  }

  /** By its identity: a token is for a repository, and this for none. */
  private boolean isOperator(Caller caller) {
    return caller.isKnown()
        && authenticator.known(caller.names()).grants().stream()
            .anyMatch(
                grant ->
                    grant.repositories().equals("*") && grant.actions().contains(Action.METADATA));
  }

  /**
   * What tells a client how to log in: realm, service and scope, as node clients need all three.
   */
  private String challenge(ServerRequest request, String scope) {
    return "Bearer realm=\""
        + options.realm().orElseGet(() -> endpoint(request))
        + "\",service=\""
        + options.service()
        + "\""
        + (scope.isEmpty() ? "" : ",scope=\"" + scope + "\"");
  }

  private static String endpoint(ServerRequest request) {
    var uri = request.uri();
    return uri.getScheme() + "://" + uri.getAuthority() + "/oauth2/token";
  }
}
