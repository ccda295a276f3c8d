package io.headwater.proxy;

import io.headwater.convert.ConversionListener;
import io.headwater.convert.ConversionOptions;
import io.headwater.loop.Loops;
import io.headwater.oci.Digest;
import io.headwater.oci.Platform;
import io.headwater.oci.RepositoryName;
import io.headwater.oci.Tag;
import io.headwater.operation.AutoConversion;
import io.headwater.operation.Conversions;
import io.headwater.proxy.auth.AccessOptions;
import io.headwater.proxy.cache.CacheOptions;
import io.headwater.proxy.limit.Connections;
import io.headwater.proxy.limit.Limits;
import io.headwater.proxy.observe.ProxyMetrics;
import io.headwater.proxy.observe.Tracing;
import io.headwater.registry.Registry;
import io.headwater.registry.Repository;
import io.headwater.registry.StoredManifest;
import io.headwater.source.Archives;
import io.headwater.source.ImageImport;
import io.headwater.store.ContentStore;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/** Both servers over a store, on free ports, with a client. */
public final class RunningProxy implements AutoCloseable {
  private final Registry registry;
  private final Conversions conversions;
  private final ProxyServer server;
  private final ProxyMetrics metrics = new ProxyMetrics();
  private final HttpClient client = HttpClient.newHttpClient();

  public RunningProxy(ContentStore store) throws IOException {
    this(store, AccessOptions.DEFAULT);
  }

  public RunningProxy(ContentStore store, AccessOptions access) throws IOException {
    this(store, access, ProxyOptions.DEFAULT_STALL);
  }

  public RunningProxy(ContentStore store, AccessOptions access, Duration stall) throws IOException {
    this(store, access, stall, ProxyOptions.DEFAULT_MAX_BLOB_BYTES);
  }

  public RunningProxy(ContentStore store, AccessOptions access, Duration stall, long maxBlobBytes)
      throws IOException {
    this(store, access, stall, maxBlobBytes, CacheOptions.DEFAULT, Limits.DEFAULT);
  }

  public RunningProxy(ContentStore store, CacheOptions cache) throws IOException {
    this(
        store,
        AccessOptions.DEFAULT,
        ProxyOptions.DEFAULT_STALL,
        ProxyOptions.DEFAULT_MAX_BLOB_BYTES,
        cache,
        Limits.DEFAULT);
  }

  public RunningProxy(ContentStore store, CacheOptions cache, Limits limits) throws IOException {
    this(
        store,
        AccessOptions.DEFAULT,
        limits.window(),
        ProxyOptions.DEFAULT_MAX_BLOB_BYTES,
        cache,
        limits);
  }

  public RunningProxy(
      ContentStore store,
      AccessOptions access,
      Duration stall,
      long maxBlobBytes,
      CacheOptions cache,
      Limits limits)
      throws IOException {
    this.registry = new Registry(store);
    this.conversions = new Conversions(registry, ConversionOptions.DEFAULT, 1);
    var base = ProxyOptions.onFreePorts(Platform.of("linux", "amd64"), access);
    var options =
        new ProxyOptions(
            base.address(),
            0,
            0,
            base.platform(),
            access,
            base.tls(),
            stall,
            base.shutdown(),
            base.storageThresholdBytes(),
            maxBlobBytes,
            cache,
            limits);
    this.server =
        new ProxyServer(
            registry,
            conversions,
            new AutoConversion(registry, conversions)::pushed,
            options,
            metrics,
            Tracing.off());
  }

  /** What its clients take. */
  public Connections connections() {
    return server.connections();
  }

  public Registry registry() {
    return registry;
  }

  /** What {@code /readyz} asks. */
  public Loops loops() {
    return server.loops();
  }

  public int port() {
    return server.port();
  }

  public int streamingPort() {
    return server.streamingPort();
  }

  public Repository repository(String name) {
    return registry.repository(new RepositoryName(name));
  }

  /** Puts a blob into a repository. */
  public Digest putBlob(String name, byte[] content) throws IOException {
    try (var stage = registry.store().stage(0)) {
      stage.body().write(content);
      var blob = stage.seal(new byte[0], Optional.empty());
      repository(name).linkBlob(blob.digest(), blob.size());
      return blob.digest();
    }
  }

  /** Imports a layout's image "latest" under a tag. */
  public StoredManifest putImage(String name, String tag, Path layout) throws IOException {
    try (var source = Archives.open(layout, "latest")) {
      var image = new ImageImport(source, registry.store(), repository(name), n -> {}).run();
      repository(name).putTag(new Tag(tag), image.digest());
      return image;
    }
  }

  /** Converts an image that is there. */
  public void convert(String name, Digest image) throws IOException, InterruptedException {
    conversions.await(conversions.start(new RepositoryName(name), image, ConversionListener.NONE));
  }

  /** Sends a request to the registry; headers by turns name and value. */
  public HttpResponse<byte[]> send(String method, String path, String... headers)
      throws IOException, InterruptedException {
    return send(port(), method, path, new byte[0], headers);
  }

  public HttpResponse<byte[]> get(String path, String... headers)
      throws IOException, InterruptedException {
    return send("GET", path, headers);
  }

  /** Sends a GET to the nodes' view. */
  public HttpResponse<byte[]> getStreaming(String path, String... headers)
      throws IOException, InterruptedException {
    return sendStreaming("GET", path, headers);
  }

  /** Sends a request to the nodes' view. */
  public HttpResponse<byte[]> sendStreaming(String method, String path, String... headers)
      throws IOException, InterruptedException {
    return send(streamingPort(), method, path, new byte[0], headers);
  }

  /** Sends a request with a body to the registry. */
  public HttpResponse<byte[]> send(String method, String path, byte[] body, String... headers)
      throws IOException, InterruptedException {
    return send(port(), method, path, body, headers);
  }

  private HttpResponse<byte[]> send(
      int port, String method, String path, byte[] body, String... headers)
      throws IOException, InterruptedException {
    var request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
            .method(
                method,
                body.length == 0
                    ? HttpRequest.BodyPublishers.noBody()
                    : HttpRequest.BodyPublishers.ofByteArray(body));
    if (headers.length > 0) {
      request.headers(headers);
    }
    return client.send(request.build(), BodyHandlers.ofByteArray());
  }

  /**
   * Sends bytes as they are and returns what comes back until the server has answered or closes.
   */
  public String raw(String request) throws IOException {
    try (var socket = new Socket(InetAddress.getLoopbackAddress(), port());
        OutputStream out = socket.getOutputStream();
        InputStream in = socket.getInputStream()) {
      out.write(request.getBytes(StandardCharsets.ISO_8859_1));
      out.flush();
      socket.setSoTimeout(10_000);
      var answer = new java.io.ByteArrayOutputStream();
      try {
        for (int b = in.read(); b >= 0; b = in.read()) {
          answer.write(b);
        }
      } catch (SocketException e) {
        // A server that has heard enough closes the line; what it said before counts.
      }
      return answer.toString(StandardCharsets.ISO_8859_1);
    }
  }

  @Override
  public void close() {
    conversions.close();
    server.close();
  }
}
