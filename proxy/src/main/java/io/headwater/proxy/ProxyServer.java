package io.headwater.proxy;

import io.headwater.management.DeletedImages;
import io.headwater.management.StorageUse;
import io.headwater.management.StreamingManagement;
import io.headwater.operation.AutoConversion;
import io.headwater.operation.Conversions;
import io.headwater.proxy.acr.AcrRoutes;
import io.headwater.proxy.auth.Access;
import io.headwater.proxy.auth.TokenRoutes;
import io.headwater.proxy.cache.CacheCounts;
import io.headwater.proxy.cache.ChunkCache;
import io.headwater.proxy.mirror.StreamingTags;
import io.headwater.proxy.observe.HealthRoutes;
import io.headwater.proxy.observe.ObservedHandler;
import io.headwater.proxy.observe.ProxyMetrics;
import io.headwater.proxy.observe.Tracing;
import io.headwater.proxy.v2.BodyErrors;
import io.headwater.proxy.v2.RegistryErrors;
import io.headwater.proxy.v2.RegistryReads;
import io.headwater.proxy.v2.RegistryRoutes;
import io.headwater.proxy.v2.RegistryWrites;
import io.headwater.proxy.v2.RegistryWrites.PushListener;
import io.headwater.proxy.v2.TagResolver;
import io.headwater.registry.Registry;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.ChannelOption;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.util.concurrent.DefaultEventExecutor;
import java.io.IOException;
import java.time.Duration;
import org.springframework.http.server.reactive.ReactorHttpHandlerAdapter;
import org.springframework.web.reactive.function.server.HandlerStrategies;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.RouterFunctions;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;

/**
 * The HTTP servers over one registry: on one port the registry as it is, with its management, on
 * the other the view of a node, where a tag means its streaming artifact and nothing is written.
 */
public final class ProxyServer implements AutoCloseable {
  private static final Duration IDLE = Duration.ofSeconds(75);

  /**
   * Room for a Range header of ten thousand parts, so that it gets an answer that says why it is
   * refused.
   */
  private static final int MAX_HEADER_BYTES = 256 * 1024;

  private static final int MAX_LINE_BYTES = 16 * 1024;

  /** An upload comes in pieces of up to this size: each is a write to the store. */
  private static final int RECEIVE_BYTES = 256 * 1024;

  private static final HandlerStrategies STRATEGIES =
      HandlerStrategies.builder().exceptionHandler(new BodyErrors()).build();

  private final ProxyOptions options;
  private final ChunkCache chunks;
  private final RegistryReads reads;
  private final ProxyMetrics metrics;
  private final Tracing tracing;
  private final StorageUse storage;
  private final DisposableServer registryServer;
  private final DisposableServer streamingServer;
  private volatile boolean closing;

  /**
   * Starts both servers.
   *
   * @param conversions for the management routes
   * @param pushed is told of each manifest that was pushed
   * @param metrics closed with the server
   * @param tracing closed with the server
   */
  public ProxyServer(
      Registry registry,
      Conversions conversions,
      PushListener pushed,
      ProxyOptions options,
      ProxyMetrics metrics,
      Tracing tracing)
      throws IOException {
    this.options = options;
    this.metrics = metrics;
    this.tracing = tracing;
    this.chunks = new ChunkCache(registry.store(), options.cache());
    this.reads = new RegistryReads(registry, chunks);
    this.storage = new StorageUse(registry, options.storageThresholdBytes());
    watchNumbers();
    var access = Access.open(options.access(), registry.store(), reads.scheduler());
    this.registryServer =
        listen(options.port(), registryRoutes(registry, conversions, pushed, access));
    try {
      this.streamingServer = listen(options.streamingPort(), nodeRoutes(access));
    } catch (IOException | RuntimeException e) {
      registryServer.disposeNow(options.shutdown());
      throw e;
    }
  }

  private void watchNumbers() {
    reads.watch(metrics::watch);
    watchCache();
    metrics.watch(
        "headwater.storage.originals.bytes",
        "bytes of original images",
        () -> storage.last().originals());
    metrics.watch(
        "headwater.storage.streaming.bytes",
        "bytes of streaming artifacts",
        () -> storage.last().streaming());
    metrics.watch(
        "headwater.storage.above.threshold",
        "1 when more is stored than storage-threshold",
        () -> storage.isAboveThreshold() ? 1 : 0);
  }

  private void watchCache() {
    metrics.count("headwater.cache.chunks", "chunks asked for", () -> chunks.counts().chunks());
    metrics.count(
        "headwater.cache.folder.reads",
        "chunks that came from the folder",
        () -> chunks.counts().folderReads());
    metrics.count(
        "headwater.cache.store.reads",
        "chunks that came from the store",
        () -> chunks.counts().storeReads());
    metrics.count(
        "headwater.cache.store.bytes", "bytes in them", () -> chunks.counts().storeBytes());
    metrics.watch(
        "headwater.cache.memory.bytes",
        "bytes of chunks in memory",
        () -> chunks.counts().memoryBytes());
    metrics.watch(
        "headwater.cache.folder.bytes",
        "bytes of chunks in the folder",
        () -> chunks.counts().folderBytes());
  }

  private RouterFunction<ServerResponse> registryRoutes(
      Registry registry, Conversions conversions, PushListener pushed, Access access) {
    var writes = new RegistryWrites(registry, reads, pushed, options.maxBlobBytes());
    TagResolver plain =
        (repository, tag, request) ->
            reads.manifest(repository, tag).map(manifest -> new TagResolver.Resolved(manifest, ""));
    var management = new StreamingManagement(registry, conversions);
    var deleted = new DeletedImages(registry, new AutoConversion(registry, conversions));
    return new RegistryRoutes(reads, writes, plain, access)
        .routes()
        .and(new TokenRoutes(access, RegistryErrors::respond).routes())
        .and(new AcrRoutes(reads, management, deleted, storage, access).routes())
        .and(health(access));
  }

  private RouterFunction<ServerResponse> nodeRoutes(Access access) {
    return new RegistryRoutes(reads, null, new StreamingTags(reads, options.platform()), access)
        .routes()
        .and(new TokenRoutes(access, RegistryErrors::respond).routes())
        .and(health(access));
  }

  private RouterFunction<ServerResponse> health(Access access) {
    return new HealthRoutes(reads, metrics, access, () -> closing).routes();
  }

  private DisposableServer listen(int port, RouterFunction<ServerResponse> routes)
      throws IOException {
    var handler =
        new ReactorHttpHandlerAdapter(
            new ObservedHandler(
                RouterFunctions.toHttpHandler(routes, STRATEGIES), metrics, tracing));
    var server =
        HttpServer.create()
            .host(options.address())
            .port(port)
            .idleTimeout(IDLE)
            .readTimeout(options.stall())
            .channelGroup(new DefaultChannelGroup(new DefaultEventExecutor()))
            .childOption(
                ChannelOption.RECVBUF_ALLOCATOR,
                new AdaptiveRecvByteBufAllocator(1024, 16 * 1024, RECEIVE_BYTES))
            .httpRequestDecoder(
                spec -> spec.maxHeaderSize(MAX_HEADER_BYTES).maxInitialLineLength(MAX_LINE_BYTES))
            .handle(handler);
    var secured = options.tls().isPresent() ? options.tls().get().secure(server) : server;
    return secured.bindNow();
  }

  /** The registry's port. */
  public int port() {
    return registryServer.port();
  }

  /** The port of the nodes' view. */
  public int streamingPort() {
    return streamingServer.port();
  }

  /** How well the cache has done so far. */
  public CacheCounts cacheCounts() {
    return chunks.counts();
  }

  /** What is stored. */
  public StorageUse storage() {
    return storage;
  }

  /** Stops taking connections and lets requests that are under way end for a while. */
  @Override
  public void close() {
    closing = true;
    streamingServer.disposeNow(options.shutdown());
    registryServer.disposeNow(options.shutdown());
    reads.close();
    tracing.close();
    metrics.close();
  }
}
