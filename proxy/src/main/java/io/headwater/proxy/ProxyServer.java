package io.headwater.proxy;

import io.headwater.loop.Loops;
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
import io.headwater.proxy.limit.Connections;
import io.headwater.proxy.limit.MemoryBudget;
import io.headwater.proxy.limit.Requests;
import io.headwater.proxy.mirror.StreamingTags;
import io.headwater.proxy.observe.HealthRoutes;
import io.headwater.proxy.observe.ObservedHandler;
import io.headwater.proxy.observe.ProxyMetrics;
import io.headwater.proxy.observe.Readiness;
import io.headwater.proxy.observe.Tracing;
import io.headwater.proxy.v2.BodyErrors;
import io.headwater.proxy.v2.RegistryErrors;
import io.headwater.proxy.v2.RegistryReads;
import io.headwater.proxy.v2.RegistryRoutes;
import io.headwater.proxy.v2.RegistryWrites;
import io.headwater.proxy.v2.RegistryWrites.PushListener;
import io.headwater.proxy.v2.TagResolver;
import io.headwater.registry.Registry;
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

  private static final HandlerStrategies STRATEGIES =
      HandlerStrategies.builder().exceptionHandler(new BodyErrors()).build();

  private final ProxyOptions options;
  private final ChunkCache chunks;
  private final Connections connections;
  private final Requests requests;
  private final MemoryBudget held;
  private final RegistryReads reads;
  private final ProxyMetrics metrics;
  private final Tracing tracing;
  private final StorageUse storage;
  private final Loops loops = new Loops();
  private final Access access;
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
    this.connections = new Connections(options.limits().checked());
    this.held = new MemoryBudget(options.limits().responseBytes());
    this.requests = new Requests(options.limits().requests());
    this.chunks = new ChunkCache(registry.store(), options.cache(), held);
    this.reads = new RegistryReads(registry, chunks, held, options.limits().documents());
    this.storage = new StorageUse(registry, options.storageThresholdBytes());
    watchNumbers();
    this.access = Access.open(options.access(), registry.store(), reads.scheduler());
    watchLogins();
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
    watchConnections();
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

  private void watchLogins() {
    var failed = "log-ins that failed: wrong passwords, forged tokens";
    metrics.count(
        "headwater.logins.failed",
        failed,
        () -> access.logins().failedPasswords(),
        "by",
        "password");
    metrics.count(
        "headwater.logins.failed", failed, () -> access.logins().failedTokens(), "by", "token");
    var slowed = "those of them beyond the rate of their address";
    metrics.count(
        "headwater.logins.slowed",
        slowed,
        () -> access.logins().slowedPasswords(),
        "by",
        "password");
    metrics.count(
        "headwater.logins.slowed", slowed, () -> access.logins().slowedTokens(), "by", "token");
    metrics.count(
        "headwater.logins.refused",
        "passwords that were not checked, since too many waited",
        () -> access.logins().refused());
    metrics.watch(
        "headwater.logins.waiting",
        "passwords that wait to be checked",
        () -> access.logins().waiting());
    metrics.watch(
        "headwater.logins.addresses",
        "addresses of which failures are counted",
        () -> access.logins().addresses());
    metrics.watch(
        "headwater.logins.remembered",
        "right passwords that are remembered",
        () -> access.logins().remembered());
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

  private void watchConnections() {
    metrics.watch("headwater.connections.open", "connections of clients", connections::open);
    metrics.count(
        "headwater.connections.refused",
        "connections closed at once, since there were too many",
        connections::refused);
    metrics.watch(
        "headwater.heads.unfinished.bytes",
        "bytes of request heads that have begun and not ended",
        connections::unfinishedHeadBytes);
    metrics.count(
        "headwater.heads.refused",
        "request heads that were too large or malformed",
        connections::refusedHeads);
    metrics.count(
        "headwater.heads.late", "request heads that did not end in time", connections::lateHeads);
    metrics.count(
        "headwater.requests.refused",
        "requests refused, since too many were under way",
        requests::refused);
    metrics.watch(
        "headwater.responses.held.bytes",
        "memory of answers that wait for their clients",
        held::taken);
    metrics.count(
        "headwater.clients.slow",
        "clients dropped, since they took or sent too little",
        connections::slow);
  }

  private RouterFunction<ServerResponse> registryRoutes(
      Registry registry, Conversions conversions, PushListener pushed, Access access) {
    var writes =
        new RegistryWrites(registry, reads, pushed, options.maxBlobBytes(), options.limits());
    metrics.count(
        "headwater.uploads.refused",
        "uploads refused as too many, and parts of uploads of which the turn did not come",
        writes::refusedUploads);
    metrics.watch(
        "headwater.requests.held.bytes",
        "memory of manifests that come and are larger than 64 KiB",
        () -> writes.bodies().taken());
    metrics.count(
        "headwater.documents.refused",
        "large manifests without room in memory, and documents of which the turn did not come",
        () -> writes.bodies().refused() + reads.refusedDocuments());
    TagResolver plain =
        (repository, tag, request) ->
            reads.manifest(repository, tag).map(manifest -> new TagResolver.Resolved(manifest, ""));
    var management = new StreamingManagement(registry, conversions);
    var deleted = new DeletedImages(registry, new AutoConversion(registry, conversions));
    return new RegistryRoutes(reads, writes, plain, access)
        .routes()
        .and(new TokenRoutes(access, RegistryErrors::respond).routes())
        .and(new AcrRoutes(reads, management, deleted, storage, access).routes())
        .and(health(access, Readiness.ofRegistry(reads, () -> closing, loops)));
  }

  private RouterFunction<ServerResponse> nodeRoutes(Access access) {
    return new RegistryRoutes(reads, null, new StreamingTags(reads, options.platform()), access)
        .routes()
        .and(new TokenRoutes(access, RegistryErrors::respond).routes())
        .and(health(access, Readiness.ofNodes(reads, () -> closing)));
  }

  private RouterFunction<ServerResponse> health(Access access, Readiness readiness) {
    return new HealthRoutes(reads, metrics, access, readiness).routes();
  }

  private DisposableServer listen(int port, RouterFunction<ServerResponse> routes)
      throws IOException {
    var handler =
        new ReactorHttpHandlerAdapter(
            new ObservedHandler(
                RouterFunctions.toHttpHandler(routes, STRATEGIES), metrics, tracing, requests));
    var server =
        HttpServer.create()
            .host(options.address())
            .port(port)
            .idleTimeout(IDLE)
            .readTimeout(options.stall())
            .doOnChannelInit((observer, channel, remote) -> NoSniffing.addTo(channel.pipeline()))
            .channelGroup(new DefaultChannelGroup(new DefaultEventExecutor()))
            .handle(handler);
    var secured = options.tls().isPresent() ? options.tls().get().secure(server, loops) : server;
    return connections.bound(secured).bindNow();
  }

  /** The registry's port. */
  public int port() {
    return registryServer.port();
  }

  /** The port of the nodes' view. */
  public int streamingPort() {
    return streamingServer.port();
  }

  /** What clients take. */
  public Connections connections() {
    return connections;
  }

  /** How well the cache has done so far. */
  public CacheCounts cacheCounts() {
    return chunks.counts();
  }

  /** The loops without which the process is not ready ({@code /readyz}). */
  public Loops loops() {
    return loops;
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
    connections.close();
    reads.close();
    access.close();
    tracing.close();
    metrics.close();
  }
}
