package io.headwater.proxy.v2;

import io.headwater.registry.ErrorCode;
import io.headwater.registry.RegistryException;
import java.util.Set;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.web.reactive.function.server.RequestPredicates;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.RouterFunctions;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;

/** Everything below {@code /v2}. */
public final class RegistryRoutes {
  static final String CONTENT_DIGEST = "Docker-Content-Digest";

  private static final Set<HttpMethod> READS = Set.of(HttpMethod.GET, HttpMethod.HEAD);
  private static final String API_VERSION = "Docker-Distribution-Api-Version";

  private final ManifestHandler manifests;
  private final BlobHandler blobs;
  private final ListHandler lists;

  /**
   * Routes over a registry.
   *
   * @param tags decides which manifest a tag is answered with
   */
  public RegistryRoutes(RegistryReads reads, TagResolver tags) {
    this.manifests = new ManifestHandler(reads, tags);
    this.blobs = new BlobHandler(reads);
    this.lists = new ListHandler(reads);
  }

  /** For a server. */
  public RouterFunction<ServerResponse> routes() {
    return RouterFunctions.route(
            RequestPredicates.path("/v2/**").or(RequestPredicates.path("/v2")), this::handle)
        .filter(
            (request, next) ->
                next.handle(request)
                    .onErrorResume(error -> RegistryErrors.respond(error, request)));
  }

  private Mono<ServerResponse> handle(ServerRequest request) {
    return Mono.defer(() -> route(request));
  }

  private Mono<ServerResponse> route(ServerRequest request) {
    if (!READS.contains(request.method())) {
      throw new RegistryException(
          ErrorCode.UNSUPPORTED,
          "this registry is read only: put an archive into its uploads to add an image");
    }
    return switch (RegistryPath.parse(request.uri().getPath())) {
      case RegistryPath.Base base -> base();
      case RegistryPath.ByTag path -> manifests.byTag(path, request);
      case RegistryPath.ByDigest path -> manifests.byDigest(path, request);
      case RegistryPath.Blob path -> blobs.blob(path, request);
      case RegistryPath.Tags path -> lists.tags(path, request);
      case RegistryPath.Referrers path -> lists.referrers(path, request);
    };
  }

  private static Mono<ServerResponse> base() {
    return ServerResponse.ok()
        .header(API_VERSION, "registry/2.0")
        .header(HttpHeaders.CONTENT_TYPE, "application/json")
        .bodyValue("{}");
  }
}
