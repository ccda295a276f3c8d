package io.headwater.proxy.v2;

import io.netty.buffer.Unpooled;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.http.ReactiveHttpOutputMessage;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.http.server.reactive.ServerHttpResponseDecorator;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.Connection;
import reactor.netty.FutureMono;

/**
 * Writes a body piece by piece, each when the one before has gone out: the server would take all
 * that is there at once, and a slow client's bytes would fill its memory.
 */
final class Pieces {
  private Pieces() {}

  static Mono<Void> write(ReactiveHttpOutputMessage out, Flux<Mono<DataBuffer>> pieces) {
    if (out instanceof ServerHttpResponse response
        && ServerHttpResponseDecorator.getNativeResponse(response)
            instanceof Connection connection) {
      // Nothing, but in its turn: it is written when all before it is.
      var written =
          FutureMono.deferFuture(() -> connection.channel().writeAndFlush(Unpooled.EMPTY_BUFFER));
      return out.writeAndFlushWith(
          pieces
              .index()
              .map(piece -> piece.getT1() == 0 ? piece.getT2() : written.then(piece.getT2())));
    }
    return out.writeAndFlushWith(pieces);
  }
}
