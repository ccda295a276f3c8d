package io.headwater.proxy.acr;

import io.headwater.convert.StreamingManagement;
import io.headwater.oci.Digest;
import io.headwater.oci.Json;
import io.headwater.oci.RepositoryName;
import io.headwater.oci.Tag;
import io.headwater.proxy.auth.Access;
import io.headwater.proxy.auth.Action;
import io.headwater.proxy.v2.RegistryErrors;
import io.headwater.proxy.v2.RegistryReads;
import io.headwater.proxy.v2.RequestBody;
import io.headwater.registry.ErrorCode;
import io.headwater.registry.RegistryException;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.springframework.http.HttpHeaders;
import org.springframework.web.reactive.function.server.RequestPredicates;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.RouterFunctions;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;

/** Everything below {@code /acr/v1}. */
public final class AcrRoutes {
  private static final int MAX_BODY_BYTES = 64 * 1024;
  private static final String NAME = "([a-z0-9][a-z0-9._/-]*)";

  private static final Pattern STREAMING = path(NAME + "/_streaming");
  private static final Pattern IMAGE = path(NAME + "/_streaming/([^/]+)");
  private static final Pattern TAG = path(NAME + "/_tags/([^/]+)");
  private static final Pattern OPERATIONS = path(NAME + "/_operations");
  private static final Pattern OPERATION = path(NAME + "/_operations/([^/:]+)");
  private static final Pattern CANCEL = path(NAME + "/_operations/([^/:]+):cancel");
  private static final Pattern DELETED = path("_deleted/" + NAME + "/_manifests");
  private static final Pattern DELETED_TAGS = path("_deleted/" + NAME + "/_tags");
  private static final Pattern RESTORE = path("_deleted/" + NAME + "/_manifests/([^/]+)");

  private final RegistryReads reads;
  private final StreamingManagement management;
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
    this.management = management;
    this.deleted = deleted;
    this.storage = storage;
    this.access = access;
  }

  private static Pattern path(String rest) {
    return Pattern.compile("/acr/v1/" + rest);
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
    var path = request.uri().getPath();
    return switch (request.method().name()) {
      case "GET" -> get(path, request);
      case "POST" -> post(path, request);
      default ->
          throw new RegistryException(ErrorCode.UNSUPPORTED, "only GET and POST are understood");
    };
  }

  private Mono<ServerResponse> get(String path, ServerRequest request) {
    if (path.equals("/acr/v1/_storage")) {
      return access.requireOperator(request).then(answer(storage::report));
    }
    if (path.equals("/acr/v1/_deleted/_catalog")) {
      return access
          .requireCatalog(request)
          .then(reads.call(deleted::repositories))
          .flatMapIterable(found -> found)
          .filterWhen(
              found -> access.may(request, new RepositoryName(found.repository()), Action.DELETE))
          .collectList()
          .flatMap(found -> json(Map.of("repositories", found)));
    }
    for (var route :
        Map.<Pattern, Route>of(
                STREAMING,
                new Route(Action.PULL, (name, rest, body) -> management.settings(name)),
                IMAGE,
                new Route(Action.PULL, (name, rest, body) -> management.last(name, digest(rest))),
                OPERATIONS,
                new Route(
                    Action.PULL, (name, rest, body) -> Map.of("operations", management.list(name))),
                OPERATION,
                new Route(Action.PULL, (name, rest, body) -> management.operation(name, rest)),
                TAG,
                new Route(Action.PULL, this::tag),
                DELETED,
                new Route(
                    Action.DELETE, (name, rest, body) -> Map.of("manifests", deleted.images(name))),
                DELETED_TAGS,
                new Route(Action.DELETE, (name, rest, body) -> Map.of("tags", deleted.tags(name))))
            .entrySet()) {
      var matcher = route.getKey().matcher(path);
      if (matcher.matches()) {
        return run(route.getValue(), matcher, Mono.just(new byte[0]), request, 200);
      }
    }
    throw nothingAt(path);
  }

  private Mono<ServerResponse> post(String path, ServerRequest request) {
    var force = request.queryParam("force").filter(text -> text.equalsIgnoreCase("true"));
    for (var route :
        Map.<Pattern, Route>of(
                STREAMING,
                new Route(Action.METADATA, (name, rest, body) -> management.update(name, body)),
                IMAGE,
                new Route(
                    Action.METADATA,
                    (name, rest, body) -> management.create(name, digest(rest), body)),
                CANCEL,
                new Route(Action.METADATA, (name, rest, body) -> management.cancel(name, rest)),
                RESTORE,
                new Route(
                    Action.DELETE,
                    (name, rest, body) ->
                        deleted.restore(name, digest(rest), body, force.isPresent())))
            .entrySet()) {
      var matcher = route.getKey().matcher(path);
      if (matcher.matches()) {
        var status = route.getKey() == IMAGE ? 202 : 200;
        return run(route.getValue(), matcher, body(request), request, status);
      }
    }
    throw nothingAt(path);
  }

  private static RegistryException nothingAt(String path) {
    var shown = path.length() > 200 ? path.substring(0, 200) + "…" : path;
    return new RegistryException(ErrorCode.NAME_UNKNOWN, "there is nothing at '" + shown + "'");
  }

  /** What a route does. */
  private interface Work {
    Object run(RepositoryName name, String rest, byte[] body) throws IOException;
  }

  /**
   * A route.
   *
   * @param action that it takes; who may push may do all that is asked of the metadata too, since
   *     ACR's clients ask for no more
   */
  private record Route(Action action, Work work) {
    Action orAction() {
      return action == Action.METADATA ? Action.PUSH : action;
    }
  }

  private Mono<ServerResponse> run(
      Route route, Matcher path, Mono<byte[]> body, ServerRequest request, int status) {
    var name = name(path);
    var rest = path.groupCount() > 1 ? path.group(2) : "";
    return access
        .require(request, name, route.action(), route.orAction())
        .then(body)
        .flatMap(bytes -> reads.call(() -> route.work().run(name, rest, bytes)))
        .flatMap(
            result ->
                ServerResponse.status(status)
                    .header(HttpHeaders.CONTENT_TYPE, "application/json")
                    .bodyValue(Json.write(result)));
  }

  private Object tag(RepositoryName name, String rest, byte[] body) throws IOException {
    var tag = RegistryErrors.checked(ErrorCode.MANIFEST_INVALID, () -> Tag.parse(rest));
    return Map.of(
        "imageName",
        name.value(),
        "tag",
        Map.of("name", rest, "digest", management.tag(name, tag)));
  }

  private Mono<ServerResponse> answer(Callable<?> work) {
    return reads.call(work).flatMap(AcrRoutes::json);
  }

  private static Mono<ServerResponse> json(Object result) {
    return ServerResponse.ok()
        .header(HttpHeaders.CONTENT_TYPE, "application/json")
        .bodyValue(Json.write(result));
  }

  private static Mono<byte[]> body(ServerRequest request) {
    return RequestBody.bytes(request, MAX_BODY_BYTES).defaultIfEmpty(new byte[0]);
  }

  private static RepositoryName name(Matcher path) {
    return RegistryErrors.checked(
        ErrorCode.NAME_INVALID, () -> RepositoryName.parse(path.group(1)));
  }

  private static Digest digest(String text) {
    return RegistryErrors.checked(ErrorCode.DIGEST_INVALID, () -> Digest.parse(text));
  }
}
