package io.headwater.proxy.v2;

import static org.assertj.core.api.Assertions.assertThat;

import io.headwater.oci.Descriptor;
import io.headwater.oci.Digest;
import io.headwater.oci.ImageManifest;
import io.headwater.oci.Json;
import io.headwater.oci.MediaTypes;
import io.headwater.oci.RepositoryName;
import io.headwater.proxy.Login;
import io.headwater.proxy.ProxyOptions;
import io.headwater.proxy.RunningProxy;
import io.headwater.proxy.cache.CacheOptions;
import io.headwater.proxy.limit.ChangedLimits;
import io.headwater.registry.Registry;
import io.headwater.store.file.FileStore;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Manifests as large as may be, of which more come and go than memory would hold. */
@SuppressWarnings("NullAway.Init")
class LargeDocumentsTest {
  private static final String MANIFESTS = "/v2/team/app/manifests/";
  private static final int LARGE = 4_000_000;

  @TempDir private Path folder = Path.of("");
  private FileStore store;
  private RunningProxy proxy;
  private Descriptor config;

  @BeforeEach
  void start() throws Exception {
    store = FileStore.open(folder.resolve("store"));
    proxy =
        new RunningProxy(
            store,
            Login.options(folder),
            ProxyOptions.DEFAULT_STALL,
            ProxyOptions.DEFAULT_MAX_BLOB_BYTES,
            CacheOptions.DEFAULT,
            ChangedLimits.with(
                Map.of("requestBytes", 9L << 20, "responseBytes", 5L << 20, "documents", 2)));
    var bytes = "config".getBytes(StandardCharsets.UTF_8);
    var digest = Digest.of(bytes);
    assertThat(send("POST", "/v2/team/app/blobs/uploads/?digest=" + digest, bytes).statusCode())
        .isEqualTo(201);
    config = Descriptor.of(MediaTypes.OCI_CONFIG, digest, bytes.length);
  }

  @AfterEach
  void stop() {
    proxy.close();
    store.close();
  }

  private HttpResponse<byte[]> send(String method, String path, byte[] body) throws Exception {
    return proxy.send(
        method,
        path,
        body,
        "Authorization",
        Login.header(),
        "Content-Type",
        MediaTypes.OCI_MANIFEST);
  }

  private byte[] manifest(String name, int bytes) {
    return new ImageManifest(
            2,
            MediaTypes.OCI_MANIFEST,
            null,
            config,
            List.of(),
            null,
            Map.of("name", name, "filling", "x".repeat(bytes)))
        .toJson();
  }

  private double metric(String name) throws Exception {
    return new String(send("GET", "/metrics", new byte[0]).body(), StandardCharsets.UTF_8)
        .lines()
        .filter(line -> line.startsWith(name + " ") || line.startsWith(name + "{"))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .sum();
  }

  private void awaitMetric(String name, double value) throws Exception {
    for (int i = 0; i < 400 && metric(name) != value; i++) {
      Thread.sleep(25);
    }
    assertThat(metric(name)).isEqualTo(value);
  }

  /** Begins a request whose body stays away. */
  private Socket begun(byte[] body) throws Exception {
    var socket = new Socket(InetAddress.getLoopbackAddress(), proxy.port());
    var head =
        "PUT "
            + MANIFESTS
            + "slow HTTP/1.1\r\nHost: x\r\nAuthorization: "
            + Login.header()
            + "\r\nContent-Type: "
            + MediaTypes.OCI_MANIFEST
            + "\r\nContent-Length: "
            + body.length
            + "\r\n\r\n";
    socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
    socket.getOutputStream().write(body, 0, 1000);
    return socket;
  }

  @Test
  void largeManifestWithoutRoomIsRefusedAndSmallOnesAreTaken() throws Exception {
    var held = "headwater_requests_held_bytes";
    var large = manifest("large", LARGE);
    var slow = new ArrayList<Socket>();
    slow.add(begun(large));
    slow.add(begun(large));
    awaitMetric(held, 2.0 * large.length);
    var refused = send("PUT", MANIFESTS + "large", large);
    assertThat(refused.statusCode()).isEqualTo(503);
    assertThat(refused.headers().firstValue("Retry-After")).isPresent();
    assertThat(new String(refused.body(), StandardCharsets.UTF_8)).contains("request-memory");
    assertThat(metric("headwater_documents_refused_total")).isEqualTo(1);
    assertThat(send("PUT", MANIFESTS + "small", manifest("small", 1000)).statusCode())
        .isEqualTo(201);
    for (var socket : slow) {
      socket.close();
    }
    awaitMetric(held, 0);
    assertThat(send("PUT", MANIFESTS + "large", large).statusCode()).isEqualTo(201);
    assertThat(metric(held)).isZero();
  }

  @Test
  void largeManifestIsServedWhileOthersDoNotReadTheirs() throws Exception {
    var held = "headwater_responses_held_bytes";
    var large = manifest("large", LARGE);
    assertThat(send("PUT", MANIFESTS + "large", large).statusCode()).isEqualTo(201);
    var slow = new ArrayList<Socket>();
    for (int i = 0; i < 8; i++) {
      var socket = new Socket();
      socket.setReceiveBufferSize(4096);
      socket.connect(
          new java.net.InetSocketAddress(InetAddress.getLoopbackAddress(), proxy.port()));
      var head =
          "GET " + MANIFESTS + "large HTTP/1.1\r\nHost: x\r\nAuthorization: " + Login.header();
      socket.getOutputStream().write((head + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
      slow.add(socket);
    }
    // One of them holds it, the others wait for the next piece of theirs.
    awaitMetric(held, large.length);
    var answer = send("GET", MANIFESTS + Digest.of(large), new byte[0]);
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.body()).isEqualTo(large);
    assertThat(answer.headers().firstValueAsLong("Content-Length")).hasValue(large.length);
    for (var socket : slow) {
      socket.close();
    }
    awaitMetric(held, 0);
    assertThat(send("GET", MANIFESTS + "large", new byte[0]).body()).isEqualTo(large);
    awaitMetric(held, 0);
  }

  @Test
  void memoryOfAManifestIsTakenUntilItsClientHasReadIt() throws Exception {
    var held = "headwater_responses_held_bytes";
    var large = manifest("large", 2_500_000); // of fewer pieces than are asked for in advance
    assertThat(send("PUT", MANIFESTS + "large", large).statusCode()).isEqualTo(201);
    try (var socket = new Socket()) {
      socket.setReceiveBufferSize(4096);
      socket.connect(
          new java.net.InetSocketAddress(InetAddress.getLoopbackAddress(), proxy.port()));
      var head =
          "GET " + MANIFESTS + "large HTTP/1.1\r\nHost: x\r\nAuthorization: " + Login.header();
      socket.getOutputStream().write((head + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
      awaitMetric(held, large.length);
      for (int i = 0; i < 20; i++) {
        Thread.sleep(25);
        assertThat(metric(held)).isEqualTo(large.length);
      }
    }
    awaitMetric(held, 0);
  }

  @Test
  void manifestOfPiecesThatAreNotWholeIsServedToTheByte() throws Exception {
    for (var bytes : List.of(64 * 1024, 64 * 1024 + 1, 2 * 64 * 1024, 2 * 64 * 1024 + 1)) {
      var some = manifest("some", bytes - manifest("some", 0).length);
      assertThat(some).hasSize(bytes);
      assertThat(send("PUT", MANIFESTS + "some", some).statusCode()).isEqualTo(201);
      assertThat(send("GET", MANIFESTS + "some", new byte[0]).body()).isEqualTo(some);
      assertThat(send("HEAD", MANIFESTS + "some", new byte[0]).statusCode()).isEqualTo(200);
    }
  }

  @Test
  void manifestOfMoreValuesThanAnyHasIsRefusedBeforeItIsInMemory() throws Exception {
    var values = "{},".repeat(9_999) + "{}";
    var rows = ("[" + values + "],").repeat(20) + "[]";
    var text = new String(manifest("many", 0), StandardCharsets.UTF_8);
    var body = text.substring(0, text.length() - 1) + ",\"x\":[" + rows + "]}";
    var refused = send("PUT", MANIFESTS + "many", body.getBytes(StandardCharsets.UTF_8));
    assertThat(refused.statusCode()).isEqualTo(400);
    assertThat(new String(refused.body(), StandardCharsets.UTF_8)).contains("300000 names");
  }

  @Test
  void indexOfAsManyImagesAsMayBeIsTaken() throws Exception {
    var index = Json.object().put("schemaVersion", 2).put("mediaType", MediaTypes.OCI_INDEX);
    var list = index.putArray("manifests");
    for (int i = 0; i < 10_000; i++) {
      var image = list.addObject();
      image.put("mediaType", MediaTypes.OCI_MANIFEST).put("size", 1000 + i);
      image.put("digest", Digest.of(("image " + i).getBytes(StandardCharsets.UTF_8)).toString());
      image
          .putObject("platform")
          .put("os", "linux")
          .put("architecture", "arm")
          .put("variant", "v7");
      image.putObject("annotations").put("vnd.docker.reference.type", "attestation-manifest");
    }
    var body = Json.write(index);
    var answer =
        proxy.send(
            "PUT",
            MANIFESTS + "all",
            body,
            "Authorization",
            Login.header(),
            "Content-Type",
            MediaTypes.OCI_INDEX);
    assertThat(answer.statusCode()).isEqualTo(201);
    var name = new RepositoryName("team/app");
    assertThat(new Registry(store).repository(name).manifest(Digest.of(body))).isPresent();
  }
}
