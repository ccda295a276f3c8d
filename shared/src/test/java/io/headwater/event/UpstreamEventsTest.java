package io.headwater.event;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.headwater.convert.ConversionOptions;
import io.headwater.event.RegistryEvent.Kind;
import io.headwater.oci.Descriptor;
import io.headwater.oci.Digest;
import io.headwater.oci.ImageIndex;
import io.headwater.oci.ImageManifest;
import io.headwater.oci.MediaTypes;
import io.headwater.oci.RepositoryName;
import io.headwater.operation.Conversions;
import io.headwater.registry.Registry;
import io.headwater.registry.StoredManifest;
import io.headwater.source.RegistryAccounts;
import io.headwater.store.ModelStore;
import io.headwater.upstream.Upstreams;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Events of deletions that come when the image is there again, or while it comes back. */
@SuppressWarnings("NullAway.Init")
class UpstreamEventsTest {
  private static final RepositoryName NAME = new RepositoryName("team/app");
  private static final StoredManifest IMAGE = manifest(null, null);
  private static final StoredManifest ARTIFACT =
      manifest(MediaTypes.STREAMING_ARTIFACT, IMAGE.descriptor());

  private final Map<String, StoredManifest> there = new ConcurrentHashMap<>();
  private final AtomicBoolean pushesAgain = new AtomicBoolean();
  private HttpServer server;
  private UpstreamEvents events;
  private String host;

  private static StoredManifest manifest(
      @Nullable String artifactType, @Nullable Descriptor subject) {
    var blob = new byte[] {1};
    var descriptor = Descriptor.of(MediaTypes.OCI_LAYER_TAR, Digest.of(blob), blob.length);
    var config = Descriptor.of(MediaTypes.OCI_CONFIG, Digest.of(blob), blob.length);
    var bytes =
        new ImageManifest(
                2,
                MediaTypes.OCI_MANIFEST,
                artifactType,
                config,
                List.of(descriptor),
                subject,
                null)
            .toJson();
    return new StoredManifest(Digest.of(bytes), MediaTypes.OCI_MANIFEST, bytes);
  }

  /** A registry with the referrers API and a repository. */
  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/v2/team/app/manifests/", this::manifests);
    server.createContext("/v2/team/app/referrers/", this::referrers);
    server.start();
    host = "127.0.0.1:" + server.getAddress().getPort();
    var registry = new Registry(new ModelStore());
    var upstreams = new Upstreams(Set.of(host), RegistryAccounts.NONE);
    var conversions =
        Conversions.inQueue(registry, upstreams, ConversionOptions.DEFAULT, request -> {});
    events = new UpstreamEvents(registry, upstreams, conversions);
    put(IMAGE);
    put(ARTIFACT);
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  private void put(StoredManifest manifest) {
    there.put(manifest.digest().toString(), manifest);
  }

  private void manifests(HttpExchange exchange) throws IOException {
    var path = exchange.getRequestURI().getPath();
    var reference = path.substring(path.lastIndexOf('/') + 1);
    if (exchange.getRequestMethod().equals("DELETE")) {
      if (pushesAgain.get()) {
        put(IMAGE);
      }
      answer(exchange, there.remove(reference) == null ? 404 : 202, "", new byte[0]);
      return;
    }
    var found = there.get(reference);
    if (found == null) {
      answer(exchange, 404, "", new byte[0]);
    } else {
      answer(exchange, 200, found.mediaType(), found.bytes());
    }
  }

  private void referrers(HttpExchange exchange) throws IOException {
    var listed =
        there.containsKey(ARTIFACT.digest().toString())
            ? List.of(ARTIFACT.descriptor().withArtifactType(MediaTypes.STREAMING_ARTIFACT))
            : List.<Descriptor>of();
    answer(exchange, 200, MediaTypes.OCI_INDEX, ImageIndex.of(listed).toJson());
  }

  private static void answer(HttpExchange exchange, int status, String type, byte[] body)
      throws IOException {
    try (exchange) {
      exchange.getRequestBody().readAllBytes();
      exchange.getResponseHeaders().set("Content-Type", type);
      exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
      exchange.getResponseBody().write(body);
    }
  }

  private String deleted() throws IOException {
    return events.handle(new RegistryEvent(Kind.DELETED, host, NAME, IMAGE.digest()));
  }

  @Test
  void artifactsGoWithAnImageThatWasDeleted() throws IOException {
    there.remove(IMAGE.digest().toString());
    assertThat(deleted()).contains("1 streaming artifact(s) removed");
    assertThat(there).isEmpty();
  }

  @Test
  void lateEventOfADeletionLeavesTheArtifactOfAnImageThatIsThere() throws IOException {
    assertThat(deleted()).contains("is there again");
    assertThat(there).containsKey(ARTIFACT.digest().toString());
  }

  /** The event of that push may have found the old artifact and left it at that. */
  @Test
  void imageThatIsPushedWhileItsArtifactsAreRemovedIsConverted() throws IOException {
    there.remove(IMAGE.digest().toString());
    pushesAgain.set(true);
    assertThat(deleted()).contains(": operation ");
  }
}
