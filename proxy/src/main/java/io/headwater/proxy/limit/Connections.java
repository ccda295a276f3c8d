package io.headwater.proxy.limit;

import io.netty.channel.Channel;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpServerCodec;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.netty.NettyPipeline;
import reactor.netty.http.server.HttpServer;

/**
 * The connections of both servers: how many there are, from where, and that each gets on. One clock
 * looks at all of them, so that a request costs no timer.
 */
@SuppressWarnings("FutureReturnValueIgnored") // a channel that is closed is closed
public final class Connections implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Connections.class);
  private static final String HEAD_GUARD = NettyPipeline.LEFT + "headGuard";

  /** A time-out is noticed by so much of it later. */
  private static final int TICKS = 8;

  private static final long MOST_TICK_MILLIS = 1000;
  private static final int IPV6_PREFIX_BYTES = 8;

  /** What the system takes of a response before it is sent, of what its reader has room for. */
  private static final int UNSENT_BYTES = 128 * 1024;

  private final Limits limits;
  private final Set<Exchange> open = ConcurrentHashMap.newKeySet();
  private final AtomicInteger count = new AtomicInteger();
  private final Map<String, Integer> byAddress = new ConcurrentHashMap<>();
  private final AtomicLong unfinishedHeads = new AtomicLong();
  private final LongAdder refused = new LongAdder();
  private final LongAdder refusedHeads = new LongAdder();
  private final LongAdder lateHeads = new LongAdder();
  private final LongAdder slow = new LongAdder();
  private final ScheduledExecutorService clock =
      Executors.newSingleThreadScheduledExecutor(
          task -> Thread.ofPlatform().daemon().name("connections").unstarted(task));

  /** None yet. */
  public Connections(Limits limits) {
    this.limits = limits;
    var shortest = Math.min(limits.headTimeout().toMillis(), limits.window().toMillis());
    var tick = Math.clamp(shortest / TICKS, 1, MOST_TICK_MILLIS);
    var unused = clock.scheduleWithFixedDelay(this::tick, tick, tick, TimeUnit.MILLISECONDS);
  }

  /** A server whose connections are bounded. */
  public HttpServer bound(HttpServer server) {
    return server
        .httpRequestDecoder(
            spec -> spec.maxHeaderSize(limits.headBytes()).maxInitialLineLength(limits.headBytes()))
        .doOnChannelInit((observer, channel, remote) -> init(channel, remote));
  }

  private void init(Channel channel, @Nullable SocketAddress remote) {
    var address = address(remote == null ? channel.remoteAddress() : remote);
    var isLast = !admit(address);
    channel.closeFuture().addListener(closed -> forget(address));
    if (isLast) {
      refused.increment();
      channel.close();
      return;
    }
    var receive = new ReceiveSize();
    channel.config().setRecvByteBufAllocator(receive);
    // Where the system has it (others ignore it): else megabytes lie in its buffers, and whether a
    // reader gets on is seen once a megabyte.
    channel.config().setOption(EpollChannelOption.TCP_NOTSENT_LOWAT, (long) UNSENT_BYTES);
    var exchange = new Exchange(this, limits, receive, channel);
    var decoder = decoder(limits, exchange::headBegins);
    open.add(exchange);
    channel.closeFuture().addListener(closed -> open.remove(exchange));
    var pipeline = channel.pipeline();
    pipeline.replace(
        NettyPipeline.HttpCodec, NettyPipeline.HttpCodec, new HttpServerCodec(decoder));
    pipeline.addBefore(NettyPipeline.HttpCodec, HEAD_GUARD, new HeadGuard(exchange));
    pipeline.addAfter(NettyPipeline.HttpCodec, Exchange.NAME, exchange);
  }

  /** How heads and trailers are read, and how much of them. */
  static HttpDecoderConfig decoder(Limits limits, Runnable headBegins) {
    var lines = new HeadLines(limits.headLines(), headBegins);
    return new HttpDecoderConfig()
        .setMaxInitialLineLength(limits.headBytes())
        .setMaxHeaderSize(limits.headBytes())
        .setHeadersFactory(lines)
        .setTrailersFactory(lines);
  }

  /** Counts a connection in, whatever becomes of it; says whether there is room for it. */
  private boolean admit(String address) {
    var fromThere = byAddress.merge(address, 1, Integer::sum);
    var all = count.incrementAndGet();
    return all <= limits.connections()
        && (limits.connectionsPerAddress() == 0 || fromThere <= limits.connectionsPerAddress());
  }

  private void forget(String address) {
    count.decrementAndGet();
    byAddress.computeIfPresent(address, (key, n) -> n == 1 ? null : n - 1);
  }

  /** Whoever has one address of IPv6 has a whole network of them, mostly a /64. */
  static String address(@Nullable SocketAddress remote) {
    InetAddress address = remote instanceof InetSocketAddress inet ? inet.getAddress() : null;
    if (address instanceof Inet6Address v6) {
      return HexFormat.of().formatHex(Arrays.copyOf(v6.getAddress(), IPV6_PREFIX_BYTES));
    }
    return address == null ? "" : address.getHostAddress();
  }

  private void tick() {
    var now = System.nanoTime();
    for (var exchange : open) {
      look(now, exchange);
    }
  }

  /**
   * Nothing that one connection throws leaves the others without a look, in this tick or later: a
   * scheduled task that throws never runs again, and with it every timeout would be gone.
   */
  private static void look(long now, Exchange exchange) {
    try {
      exchange.look(now);
    } catch (Throwable e) {
      LOG.error("A connection could not be looked at", e);
    }
  }

  /**
   * Counts bytes of a head that is not finished.
   *
   * @return whether there is room for them
   */
  boolean holdHead(long bytes) {
    return unfinishedHeads.addAndGet(bytes) <= limits.unfinishedHeadBytes();
  }

  void releaseHead(long bytes) {
    unfinishedHeads.addAndGet(-bytes);
  }

  void headRefused() {
    refusedHeads.increment();
  }

  void headLate() {
    lateHeads.increment();
  }

  void droppedAsSlow() {
    slow.increment();
  }

  /** Connections that are open. */
  public int open() {
    return count.get();
  }

  /** Connections that were closed at once, since there were too many. */
  public long refused() {
    return refused.sum();
  }

  /** Bytes of heads that have begun and not ended. */
  public long unfinishedHeadBytes() {
    return unfinishedHeads.get();
  }

  /** Heads that were too large, or malformed. */
  public long refusedHeads() {
    return refusedHeads.sum();
  }

  /** Heads that did not end in time. */
  public long lateHeads() {
    return lateHeads.sum();
  }

  /** Clients that were dropped since they took or sent too little. */
  public long slow() {
    return slow.sum();
  }

  @Override
  public void close() {
    clock.shutdownNow();
  }
}
