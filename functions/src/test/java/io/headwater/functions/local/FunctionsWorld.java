package io.headwater.functions.local;

import io.headwater.convert.ConversionOptions;
import io.headwater.oci.Digest;
import io.headwater.oci.MediaTypes;
import io.headwater.oci.RepositoryName;
import io.headwater.operation.Conversions;
import io.headwater.operation.Operation;
import io.headwater.registry.Registry;
import io.headwater.sample.Images;
import io.headwater.sample.Layer;
import io.headwater.source.Archives;
import io.headwater.source.ImageImport;
import io.headwater.source.ImageSource;
import io.headwater.store.azure.AzureFolder;
import io.headwater.store.azure.AzureQueue;
import io.headwater.store.azure.AzureStore;
import io.headwater.tool.Azurite;
import io.headwater.tool.Command;
import io.headwater.upstream.Upstreams;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;

/** A storage account of a test's own: containers and queues in Azurite, and hosts over them. */
final class FunctionsWorld implements AutoCloseable {
  static final RepositoryName NAME = new RepositoryName("team/app");
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final String id = UUID.randomUUID().toString();
  private final String account;
  private final AzureStore store;
  private final Registry registry;
  private final List<LocalHost> hosts = new ArrayList<>();
  private final HttpClient client = HttpClient.newHttpClient();

  FunctionsWorld() throws IOException {
    this.account = Azurite.start().connectionString();
    this.store = AzureStore.open(account, "registry-" + id);
    this.registry = new Registry(store);
  }

  Registry registry() {
    return registry;
  }

  /** The app settings, with some of them changed. */
  Map<String, String> settings(String... changes) {
    var values =
        new HashMap<>(
            Map.of(
                "HeadwaterStorage",
                account,
                "AzureFunctionsWebHost__hostid",
                id,
                "HEADWATER_CONTAINER",
                "registry-" + id,
                "HEADWATER_UPLOADS",
                "uploads-" + id,
                "HEADWATER_QUEUE",
                "queue-" + id,
                "HEADWATER_PURGE_SCHEDULE",
                "0 0 0 1 1 *",
                "HEADWATER_GARBAGE_SCHEDULE",
                "0 0 0 1 1 *",
                "HEADWATER_STORAGE_SCHEDULE",
                "0 0 0 1 1 *",
                "HEADWATER_SWEEP_SCHEDULE",
                "* * * * * *"));
    for (var i = 0; i < changes.length; i += 2) {
      values.put(changes[i], changes[i + 1]);
    }
    return values;
  }

  /** Starts a host in this process. */
  LocalHost host(String... changes) throws IOException {
    return host(Duration.ofMillis(100), changes);
  }

  LocalHost host(Duration retryAfter, String... changes) throws IOException {
    var values = settings(changes);
    var host =
        new LocalHost(
            String.valueOf(values.get("HeadwaterStorage")),
            new AppSettings(values),
            new HostSettings(1, 5, retryAfter, Duration.ofSeconds(5)),
            0);
    hosts.add(host);
    return host;
  }

  AzureQueue queue() throws IOException {
    return AzureQueue.open(account, "queue-" + id);
  }

  AzureQueue poison() throws IOException {
    return AzureQueue.open(account, "queue-" + id + "-poison");
  }

  AzureFolder uploads() throws IOException {
    return AzureFolder.open(account, "uploads-" + id);
  }

  /** Puts a file into the container for uploads, in one request. */
  void upload(String name, Path file) {
    new LocalStorage(account, new AppSettings(Map.of()))
        .blob("uploads-" + id, name)
        .uploadFromFile(file.toString(), true);
  }

  /** Adds to a file in the container for uploads. */
  void append(String name, byte[] bytes) {
    var blob =
        new LocalStorage(account, new AppSettings(Map.of()))
            .blob("uploads-" + id, name)
            .getAppendBlobClient();
    if (!blob.exists()) {
      blob.create();
    }
    blob.appendBlock(new java.io.ByteArrayInputStream(bytes), bytes.length);
  }

  /** Conversions as the registry files them. */
  Conversions conversions() throws IOException {
    var queue = queue();
    return Conversions.inQueue(
        registry,
        Upstreams.NONE,
        ConversionOptions.DEFAULT,
        request -> queue.send(request.toMessage()));
  }

  /** Imports an image for linux/amd64. */
  Digest image(Path folder, Layer... layers) throws IOException {
    try (var source = Archives.open(Images.layout(folder, layers), "latest")) {
      return image(source);
    }
  }

  Digest image(ImageSource source) throws IOException {
    return new ImageImport(source, store, registry.repository(NAME), n -> {}).run().digest();
  }

  /** An OCI archive of a layout. */
  static Path archive(Path layout) throws IOException, InterruptedException {
    var archive = layout.resolveSibling(layout.getFileName() + ".tar");
    Command.succeed("tar", "-C", layout, "-cf", archive, ".");
    return archive;
  }

  int artifacts(Digest image) throws IOException {
    return registry.repository(NAME).referrers(image, MediaTypes.STREAMING_ARTIFACT).size();
  }

  /** Waits for an image's operation to end. */
  Operation ended(Digest image) throws Exception {
    try (var conversions = conversions()) {
      return until(
          () -> conversions.last(NAME, image).filter(o -> o.status().isOver()).orElse(null));
    }
  }

  /** Waits for something to be there. */
  static <T> T until(Callable<T> what) throws Exception {
    var end = Instant.now().plus(PATIENCE);
    while (Instant.now().isBefore(end)) {
      var found = what.call();
      if (found != null && !Boolean.FALSE.equals(found)) {
        return found;
      }
      Thread.sleep(50);
    }
    throw new AssertionError("it did not come within " + PATIENCE);
  }

  HttpResponse<String> get(LocalHost host, String path) throws Exception {
    return send(host, HttpRequest.newBuilder(), path);
  }

  HttpResponse<String> post(LocalHost host, String path, String body) throws Exception {
    return send(
        host, HttpRequest.newBuilder().POST(HttpRequest.BodyPublishers.ofString(body)), path);
  }

  private HttpResponse<String> send(LocalHost host, HttpRequest.Builder request, String path)
      throws Exception {
    var uri = URI.create("http://127.0.0.1:" + host.port() + path);
    return client.send(request.uri(uri).build(), BodyHandlers.ofString());
  }

  @Override
  public void close() {
    hosts.forEach(LocalHost::close);
    client.close();
  }
}
