package io.headwater.proxy.limit;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.ReferenceCountUtil;

/**
 * Stands before the decoder and sees what it does not tell of: heads that are not finished. What
 * comes after a refusal is thrown away.
 */
final class HeadGuard extends ChannelInboundHandlerAdapter {
  private final Exchange exchange;

  HeadGuard(Exchange exchange) {
    this.exchange = exchange;
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    if (exchange.isOver()) {
      ReferenceCountUtil.release(message);
      return;
    }
    if (!(message instanceof ByteBuf buffer)) {
      context.fireChannelRead(message);
      return;
    }
    var came = buffer.readableBytes();
    var before = exchange.headsEnded();
    var wasInHead = exchange.isInHead();
    buffer.retain(); // to see what the decoder has left of it
    try {
      context.fireChannelRead(buffer);
      // A head that came as a whole was never unfinished: it is not counted, nor refused for
      // others. Nor is the end of a body, behind which the next head is waited for.
      if (exchange.isInHead()) {
        var isLeft = buffer.refCnt() > 1 && buffer.isReadable();
        if (wasInHead && exchange.headsEnded() == before) {
          exchange.headGrew(came);
        } else if (exchange.hasHeadBegun() || isLeft) {
          exchange.headGrew(Math.min(came, exchange.mostOfAHead()));
        }
      }
    } finally {
      buffer.release();
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext context) {
    if (exchange.isOver()) {
      context.read(); // else its answer is lost with what it sent and nobody has read
    } else {
      context.fireChannelReadComplete();
    }
  }
}
