package io.headwater.proxy.v2;

import io.headwater.oci.Digest;
import io.headwater.oci.Manifest;
import io.headwater.oci.ManifestType;
import io.headwater.oci.RepositoryName;
import io.headwater.oci.Tag;
import io.headwater.registry.ErrorCode;
import io.headwater.registry.RegistryException;
import io.headwater.registry.StoredManifest;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.springframework.core.io.buffer.DataBufferLimitException;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;

/**
 * Answers PUT and DELETE of {@code /v2/<name>/manifests/<reference>} and DELETE of blobs (OCI
 * distribution spec, "Pushing manifests", "Content management").
 */
final class PushHandler {
  private static final int MAX_TAGS = 100;

  private final RegistryWrites writes;

  PushHandler(RegistryWrites writes) {
    this.writes = writes;
  }

  Mono<ServerResponse> put(RegistryPath.ByTag path, ServerRequest request) {
    var tags = tags(request);
    tags.add(path.tag());
    var digest =
        request
            .queryParam("digest")
            .map(
                text -> RegistryErrors.checked(ErrorCode.DIGEST_INVALID, () -> Digest.parse(text)));
    return put(path.repository(), digest, tags, request);
  }

  Mono<ServerResponse> put(RegistryPath.ByDigest path, ServerRequest request) {
    return put(path.repository(), Optional.of(path.digest()), tags(request), request);
  }

  private static List<Tag> tags(ServerRequest request) {
    var asked = request.queryParams().getOrDefault("tag", List.of());
    if (asked.size() > MAX_TAGS) {
      throw new RegistryException(
          ErrorCode.MANIFEST_INVALID, "more than " + MAX_TAGS + " tags in one request");
    }
    var tags = new ArrayList<Tag>();
    for (var text : asked) {
      tags.add(RegistryErrors.checked(ErrorCode.MANIFEST_INVALID, () -> Tag.parse(text)));
    }
    return tags;
  }

  private Mono<ServerResponse> put(
      RepositoryName repository, Optional<Digest> digest, List<Tag> tags, ServerRequest request) {
    return writes
        .bodies()
        .hold(
            request,
            Manifest.MAX_BYTES,
            body(request)
                .flatMap(
                    bytes -> writes.putManifest(repository, bytes, declared(request), digest, tags))
                .flatMap(stored -> created(repository, stored, request)));
  }

  private static Mono<byte[]> body(ServerRequest request) {
    return RequestBody.bytes(request, Manifest.MAX_BYTES)
        .switchIfEmpty(
            Mono.error(
                () -> new RegistryException(ErrorCode.MANIFEST_INVALID, "there is no manifest")))
        .onErrorMap(
            DataBufferLimitException.class,
            e ->
                new RegistryException(
                    ErrorCode.MANIFEST_TOO_LARGE,
                    "manifests of at most " + Manifest.MAX_BYTES + " bytes are taken"));
  }

  private static String declared(ServerRequest request) {
    var header = request.headers().firstHeader(HttpHeaders.CONTENT_TYPE);
    return header == null ? "" : ManifestType.withoutParameters(header);
  }

  private static Mono<ServerResponse> created(
      RepositoryName repository, StoredManifest stored, ServerRequest request) {
    var response =
        ServerResponse.status(HttpStatus.CREATED)
            .header(HttpHeaders.LOCATION, "/v2/" + repository + "/manifests/" + stored.digest())
            .header(RegistryRoutes.CONTENT_DIGEST, stored.digest().toString());
    stored.subject().ifPresent(subject -> response.header("OCI-Subject", subject.toString()));
    for (var tag : request.queryParams().getOrDefault("tag", List.of())) {
      response.header("OCI-Tag", tag);
    }
    return response.contentLength(0).build();
  }

  Mono<ServerResponse> delete(RegistryPath.ByTag path) {
    return writes.deleteTag(path.repository(), path.tag()).then(accepted());
  }

  Mono<ServerResponse> delete(RegistryPath.ByDigest path) {
    return writes.deleteManifest(path.repository(), path.digest()).then(accepted());
  }

  Mono<ServerResponse> delete(RegistryPath.Blob path) {
    return writes.deleteBlob(path.repository(), path.digest()).then(accepted());
  }

  private static Mono<ServerResponse> accepted() {
    return Mono.defer(() -> ServerResponse.accepted().contentLength(0).build());
  }
}
