package io.headwater.proxy.v2;

import io.headwater.fault.FormatException;
import io.headwater.oci.ImageIndex;
import io.headwater.oci.MediaTypes;
import io.headwater.oci.Platform;
import io.headwater.oci.RepositoryName;
import io.headwater.proxy.v2.TagResolver.Resolved;
import io.headwater.registry.ErrorCode;
import io.headwater.registry.RegistryException;
import io.headwater.registry.StoredManifest;
import java.util.List;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;

/** Answers {@code /v2/<name>/manifests/<reference>}. */
final class ManifestHandler {
  static final String SERVED = "Headwater-Served";

  /**
   * What a client gets of an index that it does not know, as the reference registry has always done
   * it.
   */
  private static final Platform OLD_CLIENTS_PLATFORM = Platform.of("linux", "amd64");

  private final RegistryReads reads;
  private final TagResolver tags;

  ManifestHandler(RegistryReads reads, TagResolver tags) {
    this.reads = reads;
    this.tags = tags;
  }

  Mono<ServerResponse> byDigest(RegistryPath.ByDigest path, ServerRequest request) {
    return reads.document(
        reads
            .manifest(path.repository(), path.digest())
            .switchIfEmpty(unknown(path.repository(), path.digest().toString()))
            .flatMap(manifest -> respond(path.repository(), new Resolved(manifest, ""), request)));
  }

  Mono<ServerResponse> byTag(RegistryPath.ByTag path, ServerRequest request) {
    return reads.document(
        tags.resolve(path.repository(), path.tag(), request)
            .switchIfEmpty(unknown(path.repository(), path.tag().toString()))
            .flatMap(resolved -> negotiate(path.repository(), resolved, request))
            .flatMap(resolved -> respond(path.repository(), resolved, request)));
  }

  private static <T> Mono<T> unknown(RepositoryName repository, String reference) {
    return Mono.error(
        () ->
            new RegistryException(
                ErrorCode.MANIFEST_UNKNOWN,
                "repository '" + repository + "' has no manifest '" + reference + "'"));
  }

  /** A client that does not take indexes gets the index's image for amd64. */
  private Mono<Resolved> negotiate(
      RepositoryName repository, Resolved resolved, ServerRequest request) {
    var accepted = request.headers().asHttpHeaders().getOrEmpty(HttpHeaders.ACCEPT);
    if (accepts(accepted, resolved.manifest().mediaType())) {
      return Mono.just(resolved);
    }
    if (MediaTypes.isIndex(resolved.manifest().mediaType())) {
      try {
        if (resolved.manifest().parse() instanceof ImageIndex index) {
          for (var child : index.manifests()) {
            if (child.platform() != null
                && OLD_CLIENTS_PLATFORM.accepts(child.platform())
                && accepts(accepted, child.mediaType())) {
              return reads
                  .manifest(repository, child.digest())
                  .map(manifest -> new Resolved(manifest, resolved.served()));
            }
          }
        }
      } catch (FormatException e) {
        return Mono.error(e);
      }
    }
    return Mono.error(
        new RegistryException(
            ErrorCode.MANIFEST_UNKNOWN,
            "the manifest is of media type '"
                + resolved.manifest().mediaType()
                + "', which the request does not accept"));
  }

  private static boolean accepts(List<String> accepted, String mediaType) {
    if (accepted.isEmpty()) {
      return true;
    }
    for (var header : accepted) {
      for (var part : header.split(",")) {
        var type = part.split(";", 2)[0].trim();
        if (type.equals(mediaType) || type.equals("*/*") || type.equals("application/*")) {
          return true;
        }
      }
    }
    return false;
  }

  private Mono<ServerResponse> respond(
      RepositoryName repository, Resolved resolved, ServerRequest request) {
    StoredManifest manifest = resolved.manifest();
    var etag = "\"" + manifest.digest() + "\"";
    var isKnown =
        EntityTags.matches(
            request.headers().asHttpHeaders().getOrEmpty(HttpHeaders.IF_NONE_MATCH), etag);
    var response =
        ServerResponse.status(isKnown ? HttpStatus.NOT_MODIFIED : HttpStatus.OK)
            .header(RegistryRoutes.CONTENT_DIGEST, manifest.digest().toString())
            .header(HttpHeaders.ETAG, etag);
    if (!resolved.served().isEmpty()) {
      response.header(SERVED, resolved.served());
    }
    if (isKnown) {
      return response.build();
    }
    response
        .header(HttpHeaders.CONTENT_TYPE, manifest.mediaType())
        .contentLength(manifest.bytes().length);
    if (HttpMethod.HEAD.equals(request.method())) {
      return response.build();
    }
    if (manifest.bytes().length <= ManifestBody.PIECE_BYTES) {
      return response.bodyValue(manifest.bytes());
    }
    var body = new ManifestBody(reads, repository, manifest.digest(), manifest.bytes().length);
    return response.body((out, context) -> body.write(out));
  }
}
