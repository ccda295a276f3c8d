package io.headwater.proxy.v2;

import io.headwater.oci.Digest;
import io.headwater.oci.RepositoryName;
import io.headwater.proxy.auth.Access;
import io.headwater.proxy.auth.Action;
import io.headwater.registry.ErrorCode;
import io.headwater.registry.RegistryException;
import java.util.List;
import java.util.OptionalLong;
import java.util.regex.Pattern;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.web.reactive.function.BodyExtractors;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import org.springframework.web.reactive.function.server.ServerResponse.BodyBuilder;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Answers {@code /v2/<name>/blobs/uploads/…} (OCI distribution spec, "Pushing blobs"): monolithic
 * and chunked uploads, and mounts from other repositories.
 */
final class UploadHandler {
  private static final Pattern CONTENT_RANGE =
      Pattern.compile("(?:bytes[ =])?(\\d{1,18})-(\\d{1,18})(?:/(?:\\d+|\\*))?");

  /** Among so many repositories a blob is looked for when a mount does not say from where. */
  private static final int MOUNT_CANDIDATES = 1000;

  private final RegistryWrites writes;
  private final Access access;

  UploadHandler(RegistryWrites writes, Access access) {
    this.writes = writes;
    this.access = access;
  }

  /** POST: begins an upload, takes a whole blob, or mounts one. */
  Mono<ServerResponse> begin(RepositoryName repository, ServerRequest request) {
    var mount = request.queryParam("mount").map(UploadHandler::digest);
    if (mount.isPresent()) {
      return sources(request)
          .flatMap(from -> writes.mount(repository, mount.get(), from))
          .flatMap(mounted -> mounted ? created(repository, mount.get()) : beginEmpty(repository));
    }
    var digest = request.queryParam("digest").map(UploadHandler::digest);
    if (digest.isPresent()) {
      return writes
          .begin(repository)
          .flatMap(
              id ->
                  writes
                      .append(repository, id, OptionalLong.of(0), body(request))
                      .then(finish(repository, id, digest.get())));
    }
    return beginEmpty(repository);
  }

  private Mono<ServerResponse> beginEmpty(RepositoryName repository) {
    return writes.begin(repository).flatMap(id -> accepted(repository, id, 0).build());
  }

  /** The repositories to mount from, as far as the caller may pull from them. */
  private Mono<List<RepositoryName>> sources(ServerRequest request) {
    var from = request.queryParam("from").filter(name -> !name.isEmpty());
    if (from.isPresent() && !isName(from.get())) {
      return Mono.just(List.of());
    }
    // By what the caller may do, not by the token that it has sent: clients ask for a token for
    // the repository that they push to and leave out the one that they mount from.
    return (from.isPresent()
            ? Mono.just(List.of(new RepositoryName(from.get())))
            : writes.repositories(MOUNT_CANDIDATES))
        .flatMapIterable(names -> names)
        .filterWhen(name -> access.may(request, name, Action.PULL))
        .collectList();
  }

  private static boolean isName(String text) {
    try {
      return !new RepositoryName(text).value().isEmpty();
    } catch (IllegalArgumentException e) {
      return false; // and so nothing can be mounted from it
    }
  }

  /** PATCH: goes on. */
  Mono<ServerResponse> append(RegistryPath.Session path, ServerRequest request) {
    return writes
        .append(path.repository(), path.id(), start(request), body(request))
        .flatMap(size -> accepted(path.repository(), path.id(), size).build());
  }

  /** PUT: goes on, if there is a body, and ends. */
  Mono<ServerResponse> finish(RegistryPath.Session path, ServerRequest request) {
    var digest =
        digest(
            request
                .queryParam("digest")
                .orElseThrow(
                    () ->
                        new RegistryException(
                            ErrorCode.DIGEST_INVALID, "say by ?digest= what was uploaded")));
    return writes
        .append(path.repository(), path.id(), start(request), body(request))
        .then(finish(path.repository(), path.id(), digest));
  }

  private Mono<ServerResponse> finish(RepositoryName repository, String id, Digest digest) {
    return writes
        .finish(repository, id, digest)
        .flatMap(blob -> created(repository, blob.digest()));
  }

  /** GET: how far it is. */
  Mono<ServerResponse> status(RegistryPath.Session path) {
    return writes
        .uploaded(path.repository(), path.id())
        .flatMap(
            size -> {
              var response = ServerResponse.noContent();
              state(response, path.repository(), path.id(), size);
              return response.build();
            });
  }

  /** DELETE: gives it up. */
  Mono<ServerResponse> cancel(RegistryPath.Session path) {
    return writes
        .cancel(path.repository(), path.id())
        .then(Mono.defer(() -> ServerResponse.noContent().build()));
  }

  /** The answer to a part that does not begin where the upload is. */
  static Mono<ServerResponse> outOfOrder(RegistryPath path, OutOfOrderException e) {
    var response = ServerResponse.status(HttpStatus.REQUESTED_RANGE_NOT_SATISFIABLE);
    if (path instanceof RegistryPath.Session session) {
      state(response, session.repository(), e.id(), e.uploadedBytes());
    }
    return RegistryErrors.body(
        response, ErrorCode.BLOB_UPLOAD_INVALID.name(), String.valueOf(e.getMessage()));
  }

  private static Flux<org.springframework.core.io.buffer.DataBuffer> body(ServerRequest request) {
    return request.body(BodyExtractors.toDataBuffers());
  }

  private static OptionalLong start(ServerRequest request) {
    var header = request.headers().firstHeader(HttpHeaders.CONTENT_RANGE);
    if (header == null) {
      return OptionalLong.empty();
    }
    var range = CONTENT_RANGE.matcher(header.trim());
    if (!range.matches()) {
      throw new RegistryException(
          ErrorCode.BLOB_UPLOAD_INVALID, "Content-Range has the form <first>-<last>");
    }
    var first = Long.parseLong(range.group(1));
    var length = request.headers().contentLength();
    if (length.isPresent()
        && length.getAsLong() > 0
        && Long.parseLong(range.group(2)) - first + 1 != length.getAsLong()) {
      throw new RegistryException(
          ErrorCode.SIZE_INVALID,
          "Content-Range " + header.trim() + " is not of the Content-Length " + length.getAsLong());
    }
    return OptionalLong.of(first);
  }

  private static Digest digest(String text) {
    return RegistryErrors.checked(ErrorCode.DIGEST_INVALID, () -> Digest.parse(text));
  }

  private static BodyBuilder accepted(RepositoryName repository, String id, long size) {
    var response = ServerResponse.accepted().contentLength(0);
    state(response, repository, id, size);
    return response;
  }

  private static void state(
      ServerResponse.HeadersBuilder<?> response, RepositoryName repository, String id, long size) {
    response
        .header(HttpHeaders.LOCATION, "/v2/" + repository + "/blobs/uploads/" + id)
        .header(HttpHeaders.RANGE, "0-" + Math.max(0, size - 1))
        .header("Docker-Upload-UUID", id);
  }

  private static Mono<ServerResponse> created(RepositoryName repository, Digest digest) {
    return ServerResponse.status(HttpStatus.CREATED)
        .header(HttpHeaders.LOCATION, "/v2/" + repository + "/blobs/" + digest)
        .header(RegistryRoutes.CONTENT_DIGEST, digest.toString())
        .contentLength(0)
        .build();
  }
}
