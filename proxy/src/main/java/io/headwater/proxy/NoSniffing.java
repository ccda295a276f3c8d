package io.headwater.proxy;

import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpStatusClass;
import reactor.netty.NettyPipeline;

/**
 * Forbids browsers to guess what an answer is: contents come from whoever pushes. It lies right
 * before the wire, so that every answer passes, those that the server gives by itself to what is no
 * HTTP included.
 */
@Sharable
final class NoSniffing extends ChannelOutboundHandlerAdapter {
  private static final NoSniffing HANDLER = new NoSniffing();

  private NoSniffing() {}

  static void addTo(ChannelPipeline pipeline) {
    pipeline.addAfter(NettyPipeline.HttpCodec, "noSniffing", HANDLER);
  }

  @Override
  public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
    if (message instanceof HttpResponse response
        && response.status().codeClass() != HttpStatusClass.INFORMATIONAL) {
      response.headers().set("X-Content-Type-Options", "nosniff");
    }
    var unused = context.write(message, promise); // who wrote it follows its promise
  }
}
