package io.headwater.proxy.v2;

import io.headwater.oci.Digest;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.util.List;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferFactory;
import org.springframework.http.ReactiveHttpOutputMessage;
import org.springframework.http.ZeroCopyHttpOutputMessage;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Writes a blob's bytes to a response: from a file without copying them, else by way of the cache.
 */
record BlobBody(RegistryReads reads, Digest digest, long size) {
  /** Must not occur in the content by accident: clients look for it there. */
  private static final String BOUNDARY = "headwater-c1b5f0a7e2d94c38";

  static final String MULTIPART_TYPE = "multipart/byteranges; boundary=" + BOUNDARY;

  /** One range, or the whole blob as one. */
  Mono<Void> write(ReactiveHttpOutputMessage out, ByteRange range) {
    if (out instanceof ZeroCopyHttpOutputMessage zeroCopy) {
      var file = reads.store().file(digest);
      if (file.isPresent()) {
        return zeroCopy.writeWith(file.get(), range.first(), range.length());
      }
      var chunk = reads.chunks().file(digest, size, range.first(), range.length());
      if (chunk.isPresent()) {
        var part = chunk.get();
        return zeroCopy
            .writeWith(part.file(), part.offset(), range.length())
            .doOnError(NoSuchFileException.class, gone -> part.missing().run());
      }
    }
    return Pieces.write(out, content(out.bufferFactory(), range));
  }

  /** In the server's own buffers: others it would copy. */
  private Flux<Mono<DataBuffer>> content(DataBufferFactory buffers, ByteRange range) {
    return reads
        .chunks()
        .read(digest, size, range.first(), range.length())
        .map(piece -> piece.map(buffers::wrap));
  }

  /** Several ranges as multipart/byteranges (RFC 9110, 14.6). */
  Mono<Void> write(ReactiveHttpOutputMessage out, List<ByteRange> ranges) {
    var buffers = out.bufferFactory();
    var parts =
        Flux.fromIterable(ranges)
            .concatMap(
                range -> Flux.concat(text(buffers, head(range)), content(buffers, range)), 1);
    return Pieces.write(out, Flux.concat(parts, text(buffers, end())));
  }

  /** Bytes of the multipart body. */
  long multipartLength(List<ByteRange> ranges) {
    long length = end().length();
    for (var range : ranges) {
      length += head(range).length() + range.length();
    }
    return length;
  }

  private String head(ByteRange range) {
    return "\r\n--"
        + BOUNDARY
        + "\r\nContent-Type: application/octet-stream\r\nContent-Range: "
        + range.contentRange(size)
        + "\r\n\r\n";
  }

  private static String end() {
    return "\r\n--" + BOUNDARY + "--\r\n";
  }

  private static Mono<Mono<DataBuffer>> text(DataBufferFactory buffers, String text) {
    return Mono.fromSupplier(
        () -> Mono.just(buffers.wrap(text.getBytes(StandardCharsets.US_ASCII))));
  }
}
