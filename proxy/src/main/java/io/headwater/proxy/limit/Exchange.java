package io.headwater.proxy.limit;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufHolder;
import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPromise;
import io.netty.channel.FileRegion;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.netty.handler.timeout.ReadTimeoutException;
import io.netty.util.ReferenceCountUtil;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.netty.NettyPipeline;

/**
 * One connection, behind the decoder: counts what its bodies bring and take, and ends it when its
 * head, its body or its reader does not get on. All of it happens on the connection's event loop;
 * counters are read from elsewhere, too.
 */
@SuppressWarnings("FutureReturnValueIgnored") // what a channel cannot write, its closing tells
public final class Exchange extends ChannelDuplexHandler {
  static final String NAME = NettyPipeline.LEFT + "exchange";

  private static final Logger LOG = LoggerFactory.getLogger(Exchange.class);

  /** A client that is told why it is refused gets so long to take it. */
  private static final long LINGER_SECONDS = 2;

  private final Connections connections;
  private final Limits limits;
  private final ReceiveSize receive;
  private final Channel channel;
  private final Pace sent;
  private final Pace received;

  private boolean isInHead = true;
  private long headBegan = System.nanoTime(); // of a connection's first: its TLS counts, too
  private boolean hasHeadBegun = true;
  private long headBytes;
  private long headsEnded;
  private int unanswered;
  private boolean isReading;
  private long lookedAt = headBegan;
  private boolean waitedForReader;
  private boolean waitedForSender;
  private boolean isOver;
  private final Queue<Waiting> waiting = new ArrayDeque<>();
  private long sending; // bytes of bodies that were given to the channel and not sent yet
  private volatile @Nullable String dropped;
  private @Nullable ChannelHandlerContext context;

  Exchange(Connections connections, Limits limits, ReceiveSize receive, Channel channel) {
    this.connections = connections;
    this.limits = limits;
    this.receive = receive;
    this.channel = channel;
    this.sent = new Pace(limits.leastRate(), limits.window());
    this.received = new Pace(limits.leastRate(), limits.window());
  }

  /** The exchange of a connection; null where connections are not bounded. */
  public static @Nullable Exchange of(Channel channel) {
    return channel.pipeline().get(NAME) instanceof Exchange exchange ? exchange : null;
  }

  /** Bytes of bodies that left by the socket so far. */
  public long sentBytes() {
    return sent.total();
  }

  /** Bytes of bodies that came so far. */
  public long receivedBytes() {
    return received.total();
  }

  /** Why the server dropped the client; null when it did not. */
  public @Nullable String dropped() {
    return dropped;
  }

  boolean isInHead() {
    return isInHead;
  }

  /** Bytes that a head can have before it is refused by itself. */
  int mostOfAHead() {
    return limits.headBytes();
  }

  long headsEnded() {
    return headsEnded;
  }

  boolean isOver() {
    return isOver;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext added) {
    context = added;
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext removed) {
    headEnded();
    isOver = true;
    waiting.forEach(next -> next.then().run());
    waiting.clear();
  }

  // Heads

  boolean hasHeadBegun() {
    return hasHeadBegun;
  }

  /** Something of a head was seen. */
  void headBegins() {
    if (isInHead && !hasHeadBegun) {
      hasHeadBegun = true;
      headBegan = System.nanoTime();
    }
  }

  void headGrew(int bytes) {
    headBegins();
    headBytes += bytes;
    if (!connections.holdHead(bytes)) {
      connections.headRefused();
      refuse(
          HttpResponseStatus.SERVICE_UNAVAILABLE,
          "too many requests have begun and not ended (max-unfinished-heads): try again");
    }
  }

  private void headEnded() {
    connections.releaseHead(headBytes);
    headBytes = 0;
    hasHeadBegun = false;
    isInHead = false;
    headsEnded++;
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    if (isOver) {
      ReferenceCountUtil.release(message);
      return;
    }
    if (message instanceof HttpRequest request) {
      headEnded();
      unanswered++;
      if (request.decoderResult().isFailure()) {
        ReferenceCountUtil.release(message);
        malformed(request.decoderResult().cause());
        return;
      }
      if (unanswered > limits.pipelined()) {
        ReferenceCountUtil.release(message);
        connections.headRefused();
        end();
        return;
      }
      received.restart();
      if (HttpUtil.isTransferEncodingChunked(request) || HttpUtil.isContentLengthSet(request)) {
        receive.body();
      }
    }
    if (message instanceof HttpContent content) {
      received.moved(content.content().readableBytes());
    }
    if (message instanceof LastHttpContent) {
      isInHead = true;
      receive.head();
    }
    context.fireChannelRead(message);
  }

  private void malformed(Throwable cause) {
    connections.headRefused();
    if (unanswered > 1) {
      end(); // an answer would be taken for another request's
    } else if (cause instanceof TooLongHttpLineException) {
      refuse(
          HttpResponseStatus.REQUEST_URI_TOO_LONG,
          "the request line is longer than %d bytes (max-head-bytes)"
              .formatted(limits.headBytes()));
    } else if (cause instanceof TooLongHttpHeaderException) {
      refuse(
          HttpResponseStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
          "the request has more than %d header fields (max-head-lines) or more than %d bytes of them (max-head-bytes): ask for fewer ranges at once, or for a token with fewer scopes"
              .formatted(limits.headLines(), limits.headBytes()));
    } else {
      refuse(HttpResponseStatus.BAD_REQUEST, "the request is not HTTP/1.1 that can be read");
    }
  }

  private void refuse(HttpResponseStatus status, String reason) {
    isOver = true;
    headEnded();
    if (context == null) {
      channel.close();
      return;
    }
    context
        .writeAndFlush(Refusals.response(status, reason))
        .addListener(
            written -> {
              channel.eventLoop().schedule(this::closeChannel, LINGER_SECONDS, TimeUnit.SECONDS);
              if (channel instanceof io.netty.channel.socket.DuplexChannel plain
                  && channel.pipeline().get(NettyPipeline.SslHandler) == null) {
                plain.shutdownOutput();
              }
            });
    channel.read();
  }

  private void closeChannel() {
    channel.close();
  }

  // Bodies

  @Override
  public void read(ChannelHandlerContext context) {
    isReading = true;
    context.read();
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext context) {
    isReading = false;
    context.fireChannelReadComplete();
  }

  @Override
  public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
    if (message instanceof HttpResponse response && response.status().code() >= 200) {
      sent.restart();
    }
    if (message instanceof LastHttpContent) {
      unanswered--;
    }
    var size = size(message);
    if (size == 0) {
      context.write(message, promise);
      return;
    }
    sending += size;
    context.write(message, new Departure(this, size, context, promise).promise());
  }

  private static long size(Object message) {
    return switch (message) {
      case FileRegion region -> region.count();
      case ByteBuf buffer -> buffer.readableBytes();
      case ByteBufHolder content -> content.content().readableBytes();
      default -> 0;
    };
  }

  /** Bytes of a body left by the socket. */
  void departed(long bytes) {
    sent.moved(bytes);
    sending -= bytes;
    for (var next = waiting.peek(); next != null && next.isDue(); next = waiting.peek()) {
      waiting.remove().then().run();
    }
  }

  private record Waiting(Pace sent, long total, Runnable then) {
    boolean isDue() {
      return sent.total() >= total;
    }
  }

  /**
   * Does something when so many bytes of bodies have left in all, or the connection is over; from
   * any thread.
   */
  public void whenSent(long total, Runnable then) {
    if (sent.total() >= total || !channel.isActive()) {
      then.run();
      return;
    }
    channel
        .eventLoop()
        .execute(
            () -> {
              if (sent.total() >= total || !channel.isActive()) {
                then.run();
              } else {
                waiting.add(new Waiting(sent, total, then));
              }
            });
  }

  /** Bytes of a body that never will. */
  void lost(long bytes) {
    sending -= bytes;
  }

  // The clock

  /** Asks whether the client gets on; from any thread. */
  void look(long now) {
    channel.eventLoop().execute(() -> lookHere(now));
  }

  private void lookHere(long now) {
    if (isOver) {
      return;
    }
    var waited = now - lookedAt;
    lookedAt = now;
    var forReader = sending > 0;
    var forSender = !isInHead && isReading;
    if (hasHeadBegun && now - headBegan > limits.headTimeout().toNanos()) {
      late();
    } else if (limits.leastRate() > 0) {
      if (forReader && waitedForReader && sent.isBehind(waited)) {
        drop("took less than %d bytes a second (least-rate)");
      } else if (forSender && waitedForSender && received.isBehind(waited)) {
        drop("sent less than %d bytes a second (least-rate)");
      }
    }
    waitedForReader = forReader;
    waitedForSender = forSender;
  }

  private void late() {
    connections.headLate();
    if (unanswered > 0 || headBytes == 0) {
      end();
    } else {
      refuse(
          HttpResponseStatus.REQUEST_TIMEOUT,
          "the request's head did not come within %d s (head-timeout)"
              .formatted(limits.headTimeout().toSeconds()));
    }
  }

  private void drop(String reason) {
    connections.droppedAsSlow();
    dropped = reason.formatted(limits.leastRate());
    LOG.debug("{} was dropped: it {}", channel.remoteAddress(), dropped);
    if (context != null && sending == 0) {
      context.fireExceptionCaught(ReadTimeoutException.INSTANCE); // is answered, if it still can be
      channel.eventLoop().schedule(this::end, LINGER_SECONDS, TimeUnit.SECONDS);
      isOver = true;
    } else {
      end();
    }
  }

  /** Ends it at once: what is on its way in the system's buffers is of no use to anybody. */
  private void end() {
    isOver = true;
    headEnded();
    channel.config().setOption(ChannelOption.SO_LINGER, 0);
    channel.close();
  }
}
