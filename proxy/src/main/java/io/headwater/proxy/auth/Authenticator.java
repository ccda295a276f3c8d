package io.headwater.proxy.auth;

import io.headwater.fault.FormatException;
import io.headwater.proxy.login.ClientAddress;
import io.headwater.proxy.login.FailureRate;
import io.headwater.proxy.login.PasswordLine;
import io.headwater.store.ContentStore;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/**
 * Finds out who sends a request from its Authorization header. A token's signature and a password
 * that is known to be right are looked at before anything is counted, so that what others fail with
 * is never the reason to refuse somebody.
 */
final class Authenticator implements AutoCloseable {
  /** Entra ID's and ACR's way to say that a password is a token. */
  private static final String TOKEN_USER = "00000000-0000-0000-0000-000000000000";

  private static final Duration REFRESH_LIFETIME = Duration.ofHours(3);

  /** Tokens cannot be guessed: so many times more of them than of passwords may be wrong. */
  private static final int FORGERIES = 10;

  private final AccessOptions options;
  private final @Nullable Htpasswd htpasswd;
  private final @Nullable WatchedFile<AccessRules> rules;
  private final List<OidcIssuer> issuers;
  private final Tokens tokens;
  private final Identities identities;
  private final FailureRate passwords;
  private final FailureRate forgeries;
  private final PasswordLine line;
  private final Scheduler blocking;

  /** Credentials by tokens. */
  private interface TokenLogin {
    Caller caller() throws IOException;
  }

  Authenticator(AccessOptions options, ContentStore store, Scheduler blocking) throws IOException {
    this.options = options;
    this.blocking = blocking;
    this.identities = identities(options);
    this.htpasswd = options.htpasswd().isPresent() ? Htpasswd.open(options.htpasswd().get()) : null;
    this.rules =
        options.rules().isPresent()
            ? new WatchedFile<>(options.rules().get(), file -> AccessRules.read(file, identities))
            : null;
    var known = new ArrayList<OidcIssuer>();
    for (var issuer : options.issuers()) {
      known.add(new OidcIssuer(issuer, options.audience(), identities.mutableClaims()));
    }
    this.issuers = List.copyOf(known);
    this.tokens = new Tokens(keys(options, store), options.service());
    var logins = options.logins();
    this.passwords = new FailureRate(logins.failuresPerMinute());
    this.forgeries = new FailureRate(FORGERIES * logins.failuresPerMinute());
    this.line = new PasswordLine(logins, passwords);
  }

  private static Identities identities(AccessOptions options) throws FormatException {
    try {
      return new Identities(options.issuers(), Set.copyOf(options.mutableClaims()));
    } catch (IllegalArgumentException e) {
      throw new FormatException(String.valueOf(e.getMessage()));
    }
  }

  private static SigningKeys keys(AccessOptions options, ContentStore store) throws IOException {
    if (options.vaultKey().isEmpty()) {
      return new SigningKeys(store, Optional.empty(), options.keyRotation(), REFRESH_LIFETIME);
    }
    var wrap = Optional.<KeyWrap>of(VaultKey.of(options.vaultKey().get()));
    var keys = new SigningKeys(store, wrap, options.keyRotation(), REFRESH_LIFETIME);
    keys.newest(); // so that a vault that refuses is heard of at the start, not at the first log-in
    return keys;
  }

  /**
   * The caller; ends with {@link AccessException} if there are credentials and they are wrong.
   *
   * @param header Authorization; empty for none
   */
  Mono<Caller> caller(String header, ClientAddress origin) {
    if (header.isEmpty()) {
      return blocking(() -> anonymous(origin));
    }
    if (header.regionMatches(true, 0, "Bearer ", 0, 7)) {
      return blocking(() -> bearer(header.substring(7).trim(), origin));
    }
    if (header.regionMatches(true, 0, "Basic ", 0, 6)) {
      return basic(header.substring(6).trim(), origin);
    }
    return Mono.error(wrong());
  }

  private Mono<Caller> blocking(TokenLogin login) {
    return Mono.fromCallable(login::caller).subscribeOn(blocking);
  }

  private static AccessException wrong() {
    return AccessException.unauthorized("the credentials are wrong", "");
  }

  Caller anonymous(ClientAddress origin) {
    var mayPull =
        switch (options.anonymous()) {
          case NONE -> false;
          case LOOPBACK -> origin.isLoopback();
          case ALL -> true;
        };
    var grants = new ArrayList<>(rules().grantsOf(Set.of(Caller.ANONYMOUS)));
    if (mayPull) {
      grants.add(Grant.PULL_EVERYTHING);
    }
    return new Caller(Set.of(), grants, mayPull);
  }

  private AccessRules rules() {
    return rules == null ? AccessRules.USERS_MAY_EVERYTHING : rules.get();
  }

  /** What a caller may do that is known by some names. */
  Caller known(Set<String> names) {
    var isUser = names.stream().anyMatch(name -> name.startsWith(Identities.USER));
    var grants = rules == null && isUser ? List.of(Grant.EVERYTHING) : rules().grantsOf(names);
    return new Caller(names, grants, true);
  }

  private Caller bearer(String token, ClientAddress origin) throws IOException {
    var access = tokens.readAccess(token);
    if (access.bearer().isPresent()) {
      return access.bearer().get();
    }
    var issued = issued(token);
    if (issued.bearer().isPresent()) {
      return known(issued.bearer().get());
    }
    if (access.isGenuine() || issued.isGenuine()) {
      throw AccessException.unauthorized("the token is not valid, or not any more", "");
    }
    throw forged(origin);
  }

  /** An old token is no attempt to guess one: only forged ones are counted. */
  private AccessException forged(ClientAddress origin) {
    var wait = forgeries.failed(origin.network());
    return wait == 0 ? wrong() : AccessException.slowed(wait);
  }

  private Checked<Set<String>> issued(String token) {
    var genuine = false;
    for (var issuer : issuers) {
      var found = issuer.names(token);
      if (found.bearer().isPresent()) {
        return found;
      }
      genuine |= found.isGenuine();
    }
    return genuine ? Checked.stale() : Checked.forged();
  }

  private Mono<Caller> basic(String encoded, ClientAddress origin) {
    String text;
    try {
      text = new String(Base64.getDecoder().decode(encoded), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      return Mono.error(wrong());
    }
    var colon = text.indexOf(':');
    return colon < 0
        ? Mono.error(wrong())
        : login(text.substring(0, colon), text.substring(colon + 1), origin);
  }

  /** Who a user is by a password, or by a token in its place. */
  Mono<Caller> login(String user, String password, ClientAddress origin) {
    return user.equals(TOKEN_USER)
        ? blocking(() -> known(names(password, true, origin)))
        : Mono.defer(() -> byPassword(user, password, origin)).subscribeOn(blocking);
  }

  private Mono<Caller> byPassword(String user, String password, ClientAddress origin) {
    if (htpasswd == null) {
      var wait = passwords.failed(origin.network());
      return Mono.error(wait == 0 ? wrong() : AccessException.slowed(wait));
    }
    var file = htpasswd;
    var attempt = file.attempt(user, password);
    if (file.isKnown(attempt)) {
      return Mono.just(known(Set.of(Identities.USER + user)));
    }
    return line.check(
            new PasswordLine.Ticket(origin.network(), user, attempt.secret()),
            () -> file.check(attempt))
        .publishOn(blocking)
        .map(
            outcome ->
                switch (outcome.kind()) {
                  case RIGHT -> known(Set.of(Identities.USER + user));
                  case WRONG -> throw wrong();
                  case SLOWED -> throw AccessException.slowed(outcome.retryAfterSeconds());
                  case FULL -> throw AccessException.busy(outcome.retryAfterSeconds());
                });
  }

  /**
   * The names of a token's bearer.
   *
   * @param orIssued whether another issuer's token is taken too
   */
  private Set<String> names(String token, boolean orIssued, ClientAddress origin)
      throws IOException {
    var ours = tokens.readRefresh(token);
    if (ours.bearer().filter(this::isStillKnown).isPresent()) {
      return ours.bearer().get();
    }
    var issued = orIssued && !ours.isGenuine() ? issued(token) : Checked.<Set<String>>forged();
    if (issued.bearer().isPresent()) {
      return issued.bearer().get();
    }
    throw ours.isGenuine() || issued.isGenuine() ? wrong() : forged(origin);
  }

  /**
   * A user who was taken out of the file gets nothing for an old refresh token, nor does one whose
   * issuer is not taken any more.
   */
  private boolean isStillKnown(Set<String> names) {
    if (!identities.areOf(names)) {
      return false;
    }
    return names.stream()
        .filter(name -> name.startsWith(Identities.USER))
        .allMatch(
            name -> htpasswd != null && htpasswd.has(name.substring(Identities.USER.length())));
  }

  /** Who the bearer of a refresh token is. */
  Mono<Caller> refresh(String token, ClientAddress origin) {
    return blocking(() -> known(names(token, false, origin)));
  }

  /** Who the bearer of another issuer's token is. */
  Mono<Caller> exchange(String token, ClientAddress origin) {
    return blocking(
        () -> {
          var issued = issued(token);
          if (issued.bearer().isPresent()) {
            return known(issued.bearer().get());
          }
          throw issued.isGenuine() ? wrong() : forged(origin);
        });
  }

  LoginCounts counts() {
    return new LoginCounts(
        passwords.failures(),
        passwords.slowed(),
        forgeries.failures(),
        forgeries.slowed(),
        line.refused(),
        line.waiting(),
        passwords.addresses() + forgeries.addresses(),
        htpasswd == null ? 0 : htpasswd.remembered());
  }

  @Override
  public void close() {
    line.close();
  }

  String accessToken(Caller caller, List<Scope> granted) throws IOException {
    return tokens.access(caller, granted, options.tokenLifetime());
  }

  String refreshToken(Caller caller) throws IOException {
    return tokens.refresh(caller, REFRESH_LIFETIME);
  }
}
