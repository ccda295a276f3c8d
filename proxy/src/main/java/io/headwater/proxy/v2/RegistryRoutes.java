package io.headwater.proxy.v2;

import io.headwater.oci.RepositoryName;
import io.headwater.proxy.auth.Access;
import io.headwater.proxy.auth.Action;
import io.headwater.registry.ErrorCode;
import io.headwater.registry.RegistryException;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.web.reactive.function.server.RequestPredicates;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.RouterFunctions;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;

/** Everything below {@code /v2}: who may do it, and who does it. */
public final class RegistryRoutes {
  static final String CONTENT_DIGEST = "Docker-Content-Digest";

  private static final String API_VERSION = "Docker-Distribution-Api-Version";

  private final ManifestHandler manifests;
  private final BlobHandler blobs;
  private final ListHandler lists;
  private final Access access;
  private final @Nullable RegistryWrites writes;
  private final @Nullable PushHandler pushes;
  private final @Nullable UploadHandler uploads;

  /**
   * Routes over a registry.
   *
   * @param writes null where nothing may be written
   * @param tags decides which manifest a tag is answered with
   */
  public RegistryRoutes(
      RegistryReads reads, @Nullable RegistryWrites writes, TagResolver tags, Access access) {
    this.manifests = new ManifestHandler(reads, tags);
    this.blobs = new BlobHandler(reads);
    this.lists = new ListHandler(reads, access);
    this.access = access;
    this.writes = writes;
    this.pushes = writes == null ? null : new PushHandler(writes);
    this.uploads = writes == null ? null : new UploadHandler(writes, access);
  }

  /** For a server. */
  public RouterFunction<ServerResponse> routes() {
    return RouterFunctions.route(
        RequestPredicates.path("/v2/**").or(RequestPredicates.path("/v2")),
        request ->
            Mono.defer(() -> route(request))
                .onErrorResume(error -> RegistryErrors.respond(error, request)));
  }

  private Mono<ServerResponse> route(ServerRequest request) {
    var path = RegistryPath.parse(request.uri().getPath());
    var method = request.method();
    if (method.equals(HttpMethod.GET) || method.equals(HttpMethod.HEAD)) {
      return read(path, request);
    }
    if (pushes == null || uploads == null) {
      throw new RegistryException(
          ErrorCode.UNSUPPORTED, "nodes only read here: push to the registry's own port");
    }
    return write(path, request, pushes, uploads)
        .onErrorResume(OutOfOrderException.class, e -> UploadHandler.outOfOrder(path, e));
  }

  private Mono<ServerResponse> read(RegistryPath path, ServerRequest request) {
    return switch (path) {
      case RegistryPath.Base base -> access.requireKnown(request).then(Mono.defer(this::base));
      case RegistryPath.Catalog catalog -> lists.catalog(request);
      case RegistryPath.ByTag to ->
          allowed(request, to.repository(), Action.PULL, () -> manifests.byTag(to, request));
      case RegistryPath.ByDigest to ->
          allowed(request, to.repository(), Action.PULL, () -> manifests.byDigest(to, request));
      case RegistryPath.Blob to ->
          allowed(request, to.repository(), Action.PULL, () -> blob(to, request));
      case RegistryPath.Tags to ->
          allowed(request, to.repository(), Action.PULL, () -> lists.tags(to, request));
      case RegistryPath.Referrers to ->
          allowed(request, to.repository(), Action.PULL, () -> lists.referrers(to, request));
      case RegistryPath.Session to -> status(to, request);
      case RegistryPath.Uploads to -> throw unsupported(request);
    };
  }

  /** Who may push asks whether a blob is there so as not to send it: it is not to vanish then. */
  private Mono<ServerResponse> blob(RegistryPath.Blob path, ServerRequest request) {
    if (writes == null || !request.method().equals(HttpMethod.HEAD)) {
      return blobs.blob(path, request);
    }
    return access
        .allows(request, path.repository(), Action.PUSH)
        .filter(mayPush -> mayPush)
        .flatMap(mayPush -> writes.keep(path.repository(), path.digest()))
        .then(Mono.defer(() -> blobs.blob(path, request)));
  }

  private Mono<ServerResponse> status(RegistryPath.Session session, ServerRequest request) {
    if (uploads == null) {
      throw unsupported(request);
    }
    var handler = uploads;
    return allowed(request, session.repository(), Action.PUSH, () -> handler.status(session));
  }

  private Mono<ServerResponse> write(
      RegistryPath path, ServerRequest request, PushHandler pushes, UploadHandler uploads) {
    return switch (request.method().name()) {
      case "POST" -> post(path, request, uploads);
      case "PATCH" -> patch(path, request, uploads);
      case "PUT" -> put(path, request, pushes, uploads);
      case "DELETE" -> delete(path, request, pushes, uploads);
      default -> throw unsupported(request);
    };
  }

  private Mono<ServerResponse> post(
      RegistryPath path, ServerRequest request, UploadHandler uploads) {
    if (path instanceof RegistryPath.Uploads to) {
      return allowed(
          request, to.repository(), Action.PUSH, () -> uploads.begin(to.repository(), request));
    }
    throw unsupported(request);
  }

  private Mono<ServerResponse> patch(
      RegistryPath path, ServerRequest request, UploadHandler uploads) {
    if (path instanceof RegistryPath.Session to) {
      return allowed(request, to.repository(), Action.PUSH, () -> uploads.append(to, request));
    }
    throw unsupported(request);
  }

  private Mono<ServerResponse> put(
      RegistryPath path, ServerRequest request, PushHandler pushes, UploadHandler uploads) {
    return switch (path) {
      case RegistryPath.Session to ->
          allowed(request, to.repository(), Action.PUSH, () -> uploads.finish(to, request));
      case RegistryPath.ByTag to ->
          allowed(request, to.repository(), Action.PUSH, () -> pushes.put(to, request));
      case RegistryPath.ByDigest to ->
          allowed(request, to.repository(), Action.PUSH, () -> pushes.put(to, request));
      default -> throw unsupported(request);
    };
  }

  private Mono<ServerResponse> delete(
      RegistryPath path, ServerRequest request, PushHandler pushes, UploadHandler uploads) {
    return switch (path) {
      case RegistryPath.Session to ->
          allowed(request, to.repository(), Action.PUSH, () -> uploads.cancel(to));
      case RegistryPath.ByTag to ->
          allowed(request, to.repository(), Action.DELETE, () -> pushes.delete(to));
      case RegistryPath.ByDigest to ->
          allowed(request, to.repository(), Action.DELETE, () -> pushes.delete(to));
      case RegistryPath.Blob to ->
          allowed(request, to.repository(), Action.DELETE, () -> pushes.delete(to));
      default -> throw unsupported(request);
    };
  }

  private Mono<ServerResponse> allowed(
      ServerRequest request,
      RepositoryName repository,
      Action action,
      java.util.function.Supplier<Mono<ServerResponse>> then) {
    return access.require(request, repository, action).then(Mono.defer(then));
  }

  private static RegistryException unsupported(ServerRequest request) {
    return new RegistryException(
        ErrorCode.UNSUPPORTED, request.method() + " is not what this path is for");
  }

  private Mono<ServerResponse> base() {
    return ServerResponse.ok()
        .header(API_VERSION, "registry/2.0")
        .header(HttpHeaders.CONTENT_TYPE, "application/json")
        .bodyValue("{}");
  }
}
