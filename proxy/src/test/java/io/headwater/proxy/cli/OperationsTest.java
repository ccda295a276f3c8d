package io.headwater.proxy.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.headwater.oci.Digest;
import io.headwater.oci.Json;
import io.headwater.proxy.Login;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an operations team relies on, with the process as it runs. */
class OperationsTest {
  @TempDir private Path folder = Path.of("");

  @BeforeEach
  void users() throws Exception {
    Login.options(folder);
  }

  private HeadwaterProcess start(Map<String, String> environment) throws Exception {
    return start("768m", environment);
  }

  private HeadwaterProcess start(String heap, Map<String, String> environment) throws Exception {
    var all = new java.util.HashMap<>(environment);
    all.putAll(Map.of("HEADWATER_PORT", "0", "HEADWATER_STREAMING_PORT", "0"));
    return HeadwaterProcess.start(
        heap,
        all,
        "up",
        "--data",
        folder.resolve("data"),
        "--htpasswd",
        folder.resolve("htpasswd"));
  }

  private static Digest push(int port, byte[] content) throws Exception {
    var digest = Digest.of(content);
    var address = "http://127.0.0.1:" + port + "/v2/team/app/blobs/uploads/?digest=" + digest;
    var request =
        HttpRequest.newBuilder(URI.create(address))
            .header("Authorization", Login.header())
            .header("X-Request-Id", "my-push")
            .POST(BodyPublishers.ofByteArray(content))
            .build();
    var response = HttpClient.newHttpClient().send(request, BodyHandlers.discarding());
    assertThat(response.statusCode()).isEqualTo(201);
    return digest;
  }

  @Test
  void transferThatIsUnderWayEndsBeforeTheProcessDoes() throws Exception {
    var content = new byte[40_000_000];
    new Random(1).nextBytes(content);
    try (var process = start(Map.of());
        var socket = new Socket()) {
      var digest = push(process.port(), content);
      socket.setReceiveBufferSize(64 * 1024);
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), process.port()));
      var head =
          "GET /v2/team/app/blobs/" + digest + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
      socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
      var in = socket.getInputStream();
      in.readNBytes(1000);
      process.terminate();
      Thread.sleep(500);
      var rest = in.readAllBytes();
      var tail = java.util.Arrays.copyOfRange(rest, rest.length - 1000, rest.length);
      assertThat(tail)
          .isEqualTo(java.util.Arrays.copyOfRange(content, content.length - 1000, content.length));
      process.awaitEnd();
    }
  }

  @Test
  void logInJsonHasAnObjectALineWithTheRequestsId() throws Exception {
    try (var process = start(Map.of("HEADWATER_LOG_FORMAT", "json"))) {
      process.await("\"formattedMessage\":\"Registry on");
      var port =
          Integer.parseInt(
              process.await("Registry on").replaceAll(".*Registry on 127.0.0.1:(\\d+).*", "$1"));
      push(port, new byte[10]);
      var line = process.await("my-push");
      var event = Json.object(line.getBytes(StandardCharsets.UTF_8), "log");
      assertThat(event.path("level").asString()).isEqualTo("INFO");
      assertThat(event.path("kvpList").toString())
          .contains("\"request\":\"my-push\"", "\"status\":\"201\"", "\"method\":\"POST\"");
    }
  }

  /** The limits are set to more than this process has: what is pushed at once does not fit. */
  @Test
  void processWithoutMemoryEndsSoThatItCanBeStartedAnew() throws Exception {
    var manifest = "{\"a\":\"" + "a".repeat(4_100_000) + "\"}";
    var limits = Map.of("HEADWATER_REQUEST_MEMORY", "1g", "HEADWATER_DOCUMENTS_AT_ONCE", "100");
    try (var process = start("48m", limits);
        var client = HttpClient.newHttpClient()) {
      var address = "http://127.0.0.1:" + process.port() + "/v2/a/manifests/v1";
      var request =
          HttpRequest.newBuilder(URI.create(address))
              .header("Authorization", Login.header())
              .PUT(BodyPublishers.ofString(manifest))
              .build();
      var pushes =
          IntStream.range(0, 40)
              .mapToObj(i -> client.sendAsync(request, BodyHandlers.discarding()))
              .toList();
      assertThat(process.exitCode()).isEqualTo(3);
      pushes.forEach(push -> push.cancel(true));
    }
  }

  @Test
  void everyWayOfStartingEndsWithoutMemory() throws Exception {
    for (var file :
        new String[] {
          "headwater",
          "infra/images/proxy/Containerfile",
          "infra/bicep/modules/functions.bicep",
          "local.settings.sample.json"
        }) {
      assertThat(Path.of("..", file)).content().contains("-XX:+ExitOnOutOfMemoryError");
    }
  }

  @Test
  void namesInTheLogMoveNothingOnTheReadersScreen() throws Exception {
    for (var format : new String[] {"text", "json"}) {
      var name = "bad\u001b[2J\nERROR forged " + format + ".tar";
      java.nio.file.Files.createDirectories(folder.resolve("data/uploads/team"));
      java.nio.file.Files.write(folder.resolve("data/uploads/team/" + name), new byte[600]);
      try (var process = start(Map.of("HEADWATER_LOG_FORMAT", format))) {
        var line = process.await("forged " + format);
        assertThat(line)
            .containsIgnoringCase("\\u001b[2J\\nERROR forged " + format)
            .doesNotContain("\u001b", "\u202e");
      }
    }
  }

  @Test
  void requestsAreTracedWhereTheEnvironmentSaysSo() throws Exception {
    var received = new LinkedBlockingQueue<byte[]>();
    var collector =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    collector.createContext(
        "/v1/traces",
        exchange -> {
          received.add(exchange.getRequestBody().readAllBytes());
          exchange.sendResponseHeaders(200, -1);
          exchange.close();
        });
    collector.start();
    var endpoint = "http://127.0.0.1:" + collector.getAddress().getPort();
    var environment =
        Map.of("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint, "OTEL_BSP_SCHEDULE_DELAY", "100");
    try (var process = start(environment)) {
      push(process.port(), new byte[10]);
      var spans = received.poll(20, TimeUnit.SECONDS);
      assertThat(spans).isNotNull();
      assertThat(new String(spans, StandardCharsets.ISO_8859_1))
          .contains("headwater", "POST upload", "my-push");
    } finally {
      collector.stop(0);
    }
  }
}
