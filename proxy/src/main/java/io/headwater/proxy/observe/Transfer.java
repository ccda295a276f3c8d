package io.headwater.proxy.observe;

import io.headwater.proxy.limit.Exchange;
import org.jspecify.annotations.Nullable;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.http.server.reactive.ServerHttpResponseDecorator;
import reactor.netty.Connection;

/**
 * What one request brings and takes, by what its connection has read and what left by its socket: a
 * client may be gone long before the end of what was promised to it. A connection has one request
 * at a time: others of its client wait.
 */
final class Transfer {
  private final @Nullable Exchange exchange;
  private final long sentBefore;
  private final long receivedBefore;

  private Transfer(@Nullable Exchange exchange) {
    this.exchange = exchange;
    this.sentBefore = exchange == null ? 0 : exchange.sentBytes();
    this.receivedBefore = exchange == null ? 0 : exchange.receivedBytes();
  }

  static Transfer begin(ServerHttpResponse response) {
    return ServerHttpResponseDecorator.getNativeResponse(response) instanceof Connection connection
        ? new Transfer(Exchange.of(connection.channel()))
        : new Transfer(null);
  }

  /** Bytes of the body that left by the socket. */
  long sent() {
    return exchange == null ? 0 : exchange.sentBytes() - sentBefore;
  }

  /** Bytes of the body that came. */
  long received() {
    return exchange == null ? 0 : exchange.receivedBytes() - receivedBefore;
  }

  /** Does something when as much as was promised has left, or never will. */
  void whenOver(long promised, Runnable then) {
    if (exchange == null) {
      then.run();
    } else {
      exchange.whenSent(sentBefore + promised, then);
    }
  }

  /** Bytes that the response has promised. */
  static long promised(ServerHttpRequest request, ServerHttpResponse response) {
    return request.getMethod().name().equals("HEAD")
        ? 0
        : Math.max(0, response.getHeaders().getContentLength());
  }

  /** How it ended, when it did not end well: for a log line. */
  String broken(long promised, boolean isFault) {
    var reason = exchange == null ? null : exchange.dropped();
    var how =
        isFault
            ? "broken off"
            : reason == null ? "dropped by the client" : "dropped, since the client " + reason;
    return "%s after %d of %d bytes".formatted(how, sent(), promised);
  }
}
