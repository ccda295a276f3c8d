package io.headwater.proxy.acr;

import io.headwater.management.DeletedImages;
import io.headwater.management.ManagementRoutes;
import io.headwater.management.StorageUse;
import io.headwater.management.StreamingManagement;
import io.headwater.oci.Json;
import io.headwater.oci.RepositoryName;
import io.headwater.proxy.auth.Access;
import io.headwater.proxy.auth.Action;
import io.headwater.proxy.v2.RegistryErrors;
import io.headwater.proxy.v2.RegistryReads;
import io.headwater.proxy.v2.RequestBody;
import java.util.Map;
import org.springframework.http.HttpHeaders;
import org.springframework.web.reactive.function.server.RequestPredicates;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.RouterFunctions;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;

/** Everything below {@code /acr/v1}. */
public final class AcrRoutes {
  private final RegistryReads reads;
  private final ManagementRoutes routes;
  private final DeletedImages deleted;
  private final StorageUse storage;
  private final Access access;

  public AcrRoutes(
      RegistryReads reads,
      StreamingManagement management,
      DeletedImages deleted,
      StorageUse storage,
      Access access) {
    this.reads = reads;
    this.routes = new ManagementRoutes(management, deleted);
    this.deleted = deleted;
    this.storage = storage;
    this.access = access;
  }

  /** For a server. */
  public RouterFunction<ServerResponse> routes() {
    return RouterFunctions.route(
        RequestPredicates.path("/acr/v1/**"),
        request ->
            Mono.defer(() -> route(request))
                .onErrorResume(error -> RegistryErrors.respond(error, request)));
  }

  private Mono<ServerResponse> route(ServerRequest request) {
    var method = request.method().name();
    var path = request.uri().getPath();
    return switch (method + " " + path) {
      case "GET /acr/v1/_storage" ->
          access
              .requireOperator(request)
              .then(reads.call(storage::report))
              .flatMap(report -> json(200, report));
      case "GET /acr/v1/_deleted/_catalog" ->
          access
              .requireCatalog(request)
              .then(reads.longWork(deleted::repositories))
              .flatMapIterable(found -> found)
              .filterWhen(
                  found ->
                      access.may(request, new RepositoryName(found.repository()), Action.DELETE))
              .collectList()
              .flatMap(found -> json(200, Map.of("repositories", found)));
      default -> run(routes.find(method, path), request);
    };
  }

  private Mono<ServerResponse> run(ManagementRoutes.Match match, ServerRequest request) {
    var force = request.queryParam("force").filter(text -> text.equalsIgnoreCase("true"));
    var body =
        request.method().name().equals("POST")
            ? RequestBody.bytes(request, ManagementRoutes.MAX_BODY_BYTES)
                .defaultIfEmpty(new byte[0])
            : Mono.just(new byte[0]);
    return require(match, request)
        .then(body)
        .flatMap(
            bytes ->
                reads.longWork(
                    () -> match.work().run(new ManagementRoutes.Call(bytes, force.isPresent()))))
        .flatMap(result -> json(match.status(), result));
  }

  /**
   * Who may push may do all that is asked of the metadata too, since ACR's clients ask for no more.
   */
  private Mono<Void> require(ManagementRoutes.Match match, ServerRequest request) {
    return switch (match.right()) {
      case PULL -> access.require(request, match.repository(), Action.PULL, Action.PULL);
      case METADATA -> access.require(request, match.repository(), Action.METADATA, Action.PUSH);
      case DELETE -> access.require(request, match.repository(), Action.DELETE, Action.DELETE);
    };
  }

  private static Mono<ServerResponse> json(int status, Object result) {
    return ServerResponse.status(status)
        .header(HttpHeaders.CONTENT_TYPE, "application/json")
        .bodyValue(Json.write(result));
  }
}
