package io.headwater.proxy.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.headwater.proxy.limit.RawClient;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The command in a small heap while clients take what they can get: others are served meanwhile,
 * and memory falls back afterwards. Running out of memory ends the process, which fails the test.
 */
@SuppressWarnings("NullAway.Init")
class FloodTest {
  private static final String HEAP = "96m";

  @TempDir private Path folder = Path.of("");
  private final HttpClient http = HttpClient.newHttpClient();
  private final List<RawClient> clients = new ArrayList<>();
  private HeadwaterProcess up;
  private int port;

  @BeforeEach
  void start() throws Exception {
    up =
        HeadwaterProcess.start(
            HEAP,
            Map.of("HEADWATER_PORT", "0", "HEADWATER_STREAMING_PORT", "0"),
            "up",
            "--data",
            folder.resolve("data"));
    port = up.port();
  }

  @AfterEach
  void stop() throws Exception {
    for (var client : clients) {
      client.close();
    }
    up.close();
  }

  private String get(String path) throws IOException, InterruptedException {
    var request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
            .timeout(Duration.ofSeconds(30))
            .build();
    var response = http.send(request, BodyHandlers.ofString());
    assertThat(response.statusCode()).as(path).isEqualTo(200);
    return response.body();
  }

  private double metric(String name) throws IOException, InterruptedException {
    var metrics = get("/metrics");
    var line =
        Pattern.compile("^" + Pattern.quote(name) + " (\\S+)$", Pattern.MULTILINE).matcher(metrics);
    assertThat(line.find()).as(name + " in\n" + metrics).isTrue();
    return Double.parseDouble(line.group(1));
  }

  /**
   * 225 connections with 55 MB of tiny fields ended the server for good; and so would fewer bytes
   * than a head may have, if each two of them became a field.
   */
  @ParameterizedTest
  @CsvSource({"225, 62500", "450, 2000"})
  void tinyFieldsWithoutAnEndLeaveTheServerAlive(int connections, int fields) throws Exception {
    var head = "GET /v2/ HTTP/1.1\r\nHost: x\r\n" + "a:\r\n".repeat(fields);
    for (int i = 0; i < connections; i++) {
      var client = new RawClient(port);
      clients.add(client);
      client.trySend(head);
      if (i % 25 == 0) {
        assertThat(get("/healthz")).isEqualTo("alive");
      }
    }
    assertThat(clients.getLast().readAll()).startsWith("HTTP/1.1 431 ");
    assertThat(get("/healthz")).isEqualTo("alive");
    assertThat(metric("headwater_heads_refused_total")).isEqualTo(connections);
    assertThat(metric("headwater_heads_unfinished_bytes")).isZero();
  }
}
