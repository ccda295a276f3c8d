package io.headwater.proxy.auth;

import io.headwater.oci.Json;
import io.headwater.oci.RepositoryName;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import org.springframework.http.HttpHeaders;
import org.springframework.util.MultiValueMap;
import org.springframework.web.reactive.function.BodyExtractors;
import org.springframework.web.reactive.function.server.RequestPredicates;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.RouterFunctions;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;
import tools.jackson.databind.node.ObjectNode;

/**
 * Gives tokens: {@code /oauth2/token} by GET with Basic credentials and by POST of a form
 * (distribution's token and OAuth2 specifications), {@code /oauth2/exchange} as ACR has it.
 */
public final class TokenRoutes {
  private final Access access;
  private final ErrorAnswer errors;

  /** How an error is answered. */
  public interface ErrorAnswer {
    Mono<ServerResponse> respond(Throwable error, ServerRequest request);
  }

  public TokenRoutes(Access access, ErrorAnswer errors) {
    this.access = access;
    this.errors = errors;
  }

  /** For a server. */
  public RouterFunction<ServerResponse> routes() {
    return RouterFunctions.route(
            RequestPredicates.GET("/oauth2/token"), request -> answer(request, this::get))
        .andRoute(RequestPredicates.POST("/oauth2/token"), request -> answer(request, this::post))
        .andRoute(
            RequestPredicates.POST("/oauth2/exchange"), request -> answer(request, this::exchange));
  }

  private interface Handler {
    Mono<ServerResponse> handle(ServerRequest request);
  }

  private Mono<ServerResponse> answer(ServerRequest request, Handler handler) {
    return Mono.defer(() -> handler.handle(request))
        .onErrorResume(error -> errors.respond(error, request));
  }

  private Mono<ServerResponse> get(ServerRequest request) {
    var scopes = Scope.parse(request.queryParams().getOrDefault("scope", List.of()));
    var offline = request.queryParam("offline_token").filter(Boolean::parseBoolean).isPresent();
    return access.caller(request).flatMap(caller -> token(caller, scopes, offline));
  }

  private Mono<ServerResponse> post(ServerRequest request) {
    var origin = access.origin(request);
    return form(request)
        .flatMap(
            form -> {
              var scopes = Scope.parse(form.getOrDefault("scope", List.of()));
              var caller =
                  switch (first(form, "grant_type")) {
                    case "refresh_token" ->
                        access.authenticator().refresh(first(form, "refresh_token"), origin);
                    case "password" ->
                        access
                            .authenticator()
                            .login(first(form, "username"), first(form, "password"), origin);
                    default ->
                        Mono.<Caller>error(
                            AccessException.denied("grant_type is refresh_token or password"));
                  };
              return caller.flatMap(
                  known -> token(known, scopes, first(form, "access_type").equals("offline")));
            });
  }

  private Mono<ServerResponse> exchange(ServerRequest request) {
    var origin = access.origin(request);
    return form(request)
        .flatMap(form -> access.authenticator().exchange(first(form, "access_token"), origin))
        .flatMap(caller -> blocking(() -> access.authenticator().refreshToken(caller)))
        .flatMap(token -> json(Json.object().put("refresh_token", token)));
  }

  private <T> Mono<T> blocking(java.util.concurrent.Callable<T> work) {
    return Mono.fromCallable(work).subscribeOn(access.blocking());
  }

  private static Mono<MultiValueMap<String, String>> form(ServerRequest request) {
    return request.body(BodyExtractors.toFormData());
  }

  private static String first(MultiValueMap<String, String> form, String name) {
    var value = form.getFirst(name);
    return value == null ? "" : value;
  }

  private Mono<ServerResponse> token(Caller caller, List<Scope> scopes, boolean withRefresh) {
    var granted = granted(caller, scopes);
    return blocking(
            () -> {
              var token = access.authenticator().accessToken(caller, granted);
              var answer =
                  Json.object()
                      .put("token", token)
                      .put("access_token", token)
                      .put("expires_in", access.options().tokenLifetime().toSeconds())
                      .put("issued_at", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
              if (withRefresh && caller.isKnown()) {
                answer.put("refresh_token", access.authenticator().refreshToken(caller));
              }
              return answer;
            })
        .flatMap(TokenRoutes::json);
  }

  /** What the caller may do of what it asks for. */
  private static List<Scope> granted(Caller caller, List<Scope> scopes) {
    var granted = new ArrayList<Scope>();
    for (var scope : scopes) {
      if (scope.type().equals("repository")) {
        var actions =
            scope.actions().stream().filter(a -> allows(caller, scope.name(), a)).toList();
        if (!actions.isEmpty()) {
          granted.add(new Scope(scope.type(), scope.name(), actions));
        }
      } else if (scope.type().equals("registry")
          && Scope.CATALOGS.contains(scope.name())
          && caller.catalog()) {
        granted.add(scope);
      }
    }
    return granted;
  }

  private static boolean allows(Caller caller, String repository, String action) {
    var actions = Action.named(action);
    try {
      var name = new RepositoryName(repository);
      return !actions.isEmpty() && actions.stream().allMatch(a -> caller.allows(name, a));
    } catch (IllegalArgumentException e) {
      return false; // there is no such repository
    }
  }

  private static Mono<ServerResponse> json(ObjectNode answer) {
    return ServerResponse.ok()
        .header(HttpHeaders.CONTENT_TYPE, "application/json")
        .header(HttpHeaders.CACHE_CONTROL, "no-store")
        .bodyValue(Json.write(answer));
  }
}
