package io.headwater.proxy.limit;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelProgressiveFuture;
import io.netty.channel.ChannelProgressiveFutureListener;
import io.netty.channel.ChannelProgressivePromise;
import io.netty.channel.ChannelPromise;

/** A piece of a body on its way out: told of by the channel as it leaves, also by sendfile. */
@SuppressWarnings("FutureReturnValueIgnored") // this listens itself
final class Departure implements ChannelProgressiveFutureListener {
  private final Exchange exchange;
  private final long size;
  private final ChannelPromise wanted;
  private final ChannelProgressivePromise promise;
  private long departed;

  Departure(Exchange exchange, long size, ChannelHandlerContext context, ChannelPromise wanted) {
    this.exchange = exchange;
    this.size = size;
    this.wanted = wanted;
    this.promise = context.newProgressivePromise();
    promise.addListener(this);
  }

  ChannelProgressivePromise promise() {
    return promise;
  }

  @Override
  public void operationProgressed(ChannelProgressiveFuture future, long progress, long total) {
    // What goes with it, as the head of a response, comes first and is not of the body.
    advance(Math.min(progress, size));
  }

  @Override
  public void operationComplete(ChannelProgressiveFuture future) {
    if (future.isSuccess()) {
      advance(size);
      wanted.trySuccess(); // also of those that nobody listens to
    } else {
      exchange.lost(size - departed);
      wanted.tryFailure(future.cause());
    }
  }

  private void advance(long to) {
    if (to > departed) {
      exchange.departed(to - departed);
      departed = to;
    }
  }
}
