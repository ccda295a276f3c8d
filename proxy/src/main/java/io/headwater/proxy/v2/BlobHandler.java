package io.headwater.proxy.v2;

import io.headwater.registry.ErrorCode;
import io.headwater.registry.RegistryException;
import java.util.List;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import org.springframework.web.reactive.function.server.ServerResponse.BodyBuilder;
import reactor.core.publisher.Mono;

/** Answers {@code /v2/<name>/blobs/<digest>}, whole and by ranges. */
final class BlobHandler {
  private static final String OCTETS = "application/octet-stream";

  private final RegistryReads reads;

  BlobHandler(RegistryReads reads) {
    this.reads = reads;
  }

  Mono<ServerResponse> blob(RegistryPath.Blob path, ServerRequest request) {
    return reads
        .blobSize(path.repository(), path.digest())
        .switchIfEmpty(
            Mono.error(
                () ->
                    new RegistryException(
                        ErrorCode.BLOB_UNKNOWN,
                        "repository '" + path.repository() + "' has no blob " + path.digest())))
        .flatMap(size -> respond(new BlobBody(reads, path.digest(), size), request));
  }

  private static Mono<ServerResponse> respond(BlobBody blob, ServerRequest request) {
    var headers = request.headers().asHttpHeaders();
    var etag = "\"" + blob.digest() + "\"";
    if (EntityTags.matches(headers.getOrEmpty(HttpHeaders.IF_NONE_MATCH), etag)) {
      return common(HttpStatus.NOT_MODIFIED, blob, etag).build();
    }
    return switch (ranges(headers, etag, blob.size())) {
      case RangeHeader.Whole whole -> whole(blob, etag, request);
      case RangeHeader.Parts parts ->
          parts.ranges().size() == 1
              ? part(blob, etag, parts.ranges().getFirst(), request)
              : parts(blob, etag, parts.ranges(), request);
      case RangeHeader.Unsatisfiable not ->
          RegistryErrors.body(
              common(HttpStatus.REQUESTED_RANGE_NOT_SATISFIABLE, blob, etag)
                  .header(HttpHeaders.CONTENT_RANGE, "bytes */" + blob.size()),
              ErrorCode.SIZE_INVALID.name(),
              not.reason());
    };
  }

  private static RangeHeader ranges(HttpHeaders headers, String etag, long size) {
    var value = headers.getFirst(HttpHeaders.RANGE);
    var condition = headers.getFirst(HttpHeaders.IF_RANGE);
    // A range of another version than the client has begun with is of no use to it.
    if (value == null || condition != null && !condition.trim().equals(etag)) {
      return new RangeHeader.Whole();
    }
    return RangeHeader.parse(value, size);
  }

  private static BodyBuilder common(HttpStatus status, BlobBody blob, String etag) {
    return ServerResponse.status(status)
        .header(HttpHeaders.ACCEPT_RANGES, "bytes")
        .header(RegistryRoutes.CONTENT_DIGEST, blob.digest().toString())
        .header(HttpHeaders.ETAG, etag)
        .header(HttpHeaders.CACHE_CONTROL, "max-age=31536000, immutable");
  }

  private static Mono<ServerResponse> whole(BlobBody blob, String etag, ServerRequest request) {
    var response =
        common(HttpStatus.OK, blob, etag)
            .header(HttpHeaders.CONTENT_TYPE, OCTETS)
            .contentLength(blob.size());
    if (HttpMethod.HEAD.equals(request.method()) || blob.size() == 0) {
      return response.build();
    }
    return response.body((out, context) -> blob.write(out, new ByteRange(0, blob.size() - 1)));
  }

  private static Mono<ServerResponse> part(
      BlobBody blob, String etag, ByteRange range, ServerRequest request) {
    var response =
        common(HttpStatus.PARTIAL_CONTENT, blob, etag)
            .header(HttpHeaders.CONTENT_TYPE, OCTETS)
            .header(HttpHeaders.CONTENT_RANGE, range.contentRange(blob.size()))
            .contentLength(range.length());
    return HttpMethod.HEAD.equals(request.method())
        ? response.build()
        : response.body((out, context) -> blob.write(out, range));
  }

  private static Mono<ServerResponse> parts(
      BlobBody blob, String etag, List<ByteRange> ranges, ServerRequest request) {
    var response =
        common(HttpStatus.PARTIAL_CONTENT, blob, etag)
            .header(HttpHeaders.CONTENT_TYPE, BlobBody.MULTIPART_TYPE)
            .contentLength(blob.multipartLength(ranges));
    return HttpMethod.HEAD.equals(request.method())
        ? response.build()
        : response.body((out, context) -> blob.write(out, ranges));
  }
}
