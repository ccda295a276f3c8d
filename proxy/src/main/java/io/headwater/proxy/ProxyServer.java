package io.headwater.proxy;

import io.headwater.oci.Platform;
import io.headwater.proxy.mirror.StreamingTags;
import io.headwater.proxy.v2.RegistryReads;
import io.headwater.proxy.v2.RegistryRoutes;
import io.headwater.proxy.v2.TagResolver;
import io.headwater.registry.Registry;
import java.time.Duration;
import org.springframework.http.server.reactive.ReactorHttpHandlerAdapter;
import org.springframework.web.reactive.function.server.RouterFunctions;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;

/**
 * The HTTP servers over one registry: on one port the registry as it is, on the other the view of a
 * node, where a tag means its streaming artifact.
 */
public final class ProxyServer implements AutoCloseable {
  private static final Duration IDLE = Duration.ofSeconds(75);
  private static final Duration SHUTDOWN = Duration.ofSeconds(10);

  /**
   * Room for a Range header of ten thousand parts, so that it gets an answer that says why it is
   * refused.
   */
  private static final int MAX_HEADER_BYTES = 256 * 1024;

  private static final int MAX_LINE_BYTES = 16 * 1024;

  private final RegistryReads reads;
  private final DisposableServer registryServer;
  private final DisposableServer streamingServer;

  private ProxyServer(
      RegistryReads reads, DisposableServer registryServer, DisposableServer streamingServer) {
    this.reads = reads;
    this.registryServer = registryServer;
    this.streamingServer = streamingServer;
  }

  /**
   * Starts both servers.
   *
   * @param address to listen on
   * @param port of the registry; 0 for any that is free
   * @param streamingPort of the node's view; 0 for any that is free
   * @param platform what a node is that does not say
   */
  public static ProxyServer start(
      Registry registry, String address, int port, int streamingPort, Platform platform) {
    var reads = new RegistryReads(registry);
    TagResolver plain =
        (repository, tag, request) ->
            reads.manifest(repository, tag).map(manifest -> new TagResolver.Resolved(manifest, ""));
    var first = listen(address, port, new RegistryRoutes(reads, plain));
    try {
      return new ProxyServer(
          reads,
          first,
          listen(
              address,
              streamingPort,
              new RegistryRoutes(reads, new StreamingTags(reads, platform))));
    } catch (RuntimeException e) {
      first.disposeNow(SHUTDOWN);
      throw e;
    }
  }

  private static DisposableServer listen(String address, int port, RegistryRoutes routes) {
    var handler = new ReactorHttpHandlerAdapter(RouterFunctions.toHttpHandler(routes.routes()));
    return HttpServer.create()
        .host(address)
        .port(port)
        .idleTimeout(IDLE)
        .httpRequestDecoder(
            spec -> spec.maxHeaderSize(MAX_HEADER_BYTES).maxInitialLineLength(MAX_LINE_BYTES))
        .handle(handler)
        .bindNow();
  }

  /** The registry's port. */
  public int port() {
    return registryServer.port();
  }

  /** The port of the node's view. */
  public int streamingPort() {
    return streamingServer.port();
  }

  /** Stops taking connections and lets running requests end for a while. */
  @Override
  public void close() {
    streamingServer.disposeNow(SHUTDOWN);
    registryServer.disposeNow(SHUTDOWN);
    reads.close();
  }
}
