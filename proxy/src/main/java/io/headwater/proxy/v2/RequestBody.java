package io.headwater.proxy.v2;

import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.web.reactive.function.BodyExtractors;
import org.springframework.web.reactive.function.server.ServerRequest;
import reactor.core.publisher.Mono;

/** Small bodies of requests, taken as a whole. */
public final class RequestBody {
  private RequestBody() {}

  /**
   * The bytes of a body; empty when there is none.
   *
   * @param most more bytes end it with {@link
   *     org.springframework.core.io.buffer.DataBufferLimitException}
   */
  public static Mono<byte[]> bytes(ServerRequest request, int most) {
    return DataBufferUtils.join(request.body(BodyExtractors.toDataBuffers()), most)
        .map(
            buffer -> {
              var bytes = new byte[buffer.readableByteCount()];
              buffer.read(bytes);
              DataBufferUtils.release(buffer);
              return bytes;
            });
  }
}
