package io.headwater.proxy.limit;

import static org.assertj.core.api.Assertions.assertThat;

import io.headwater.oci.Digest;
import io.headwater.proxy.RunningProxy;
import io.headwater.proxy.cache.CacheOptions;
import io.headwater.store.ContentStore;
import io.headwater.store.file.FileStore;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Bodies on their way: what is counted, and who does not get on. */
class TransfersTest {
  private static final String SENT = "headwater_sent_bytes_total";
  private static final String COUNT = "headwater_requests_seconds_count";
  private static final int SIZE = 40_000_000;
  private static final Limits D = Limits.DEFAULT;

  @Nested
  class FromFiles extends Transfers {
    @Override
    ContentStore store(Path folder) throws IOException {
      return FileStore.open(folder);
    }
  }

  /** As from a storage account: by way of the cache. */
  @Nested
  class FromAfar extends Transfers {
    @Override
    ContentStore store(Path folder) throws IOException {
      var near = FileStore.open(folder);
      return (ContentStore)
          Proxy.newProxyInstance(
              ContentStore.class.getClassLoader(),
              new Class<?>[] {ContentStore.class},
              (proxy, method, arguments) -> {
                try {
                  return method.getName().equals("file")
                      ? Optional.empty()
                      : method.invoke(near, arguments);
                } catch (InvocationTargetException e) {
                  throw e.getCause();
                }
              });
    }
  }

  @SuppressWarnings("NullAway.Init")
  abstract static class Transfers {
    @TempDir private Path folder = Path.of("");
    private RunningProxy proxy;
    private Scrape metrics;
    private String path;
    private final List<RawClient> clients = new ArrayList<>();

    abstract ContentStore store(Path folder) throws IOException;

    @BeforeEach
    void start() throws IOException {
      start(D);
    }

    private void start(Limits limits) throws IOException {
      proxy = new RunningProxy(store(folder), CacheOptions.DEFAULT, limits);
      metrics = new Scrape(proxy);
      var content = new byte[SIZE];
      new Random(1).nextBytes(content);
      path = "/v2/team/app/blobs/" + proxy.putBlob("team/app", content);
      assertThat(Digest.of(content).toString()).isEqualTo(path.substring(path.indexOf("sha")));
    }

    @AfterEach
    void stop() throws IOException {
      for (var client : clients) {
        client.close();
      }
      proxy.close();
    }

    private void restart(Limits limits) throws IOException {
      proxy.close();
      start(limits);
    }

    private RawClient client() throws IOException {
      var client = new RawClient(proxy.port());
      clients.add(client);
      return client;
    }

    private static Limits with(int requests, long leastRate, Duration window) {
      return ChangedLimits.with(
          Map.of("requests", requests, "leastRate", leastRate, "window", window));
    }

    private String get() {
      return "GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n";
    }

    @Test
    void whatIsTakenIsCountedToTheByte() throws Exception {
      proxy.get(path);
      proxy.get(path, "Range", "bytes=5-1000004");
      proxy.send("HEAD", path);
      assertThat(metrics.awaitAtLeast(COUNT, "kind=\"blob\"", 3)).isEqualTo(3);
      assertThat(metrics.sum(SENT, "kind=\"blob\"")).isEqualTo(SIZE + 1_000_000);
      assertThat(metrics.sum(COUNT, "status=\"499\"")).isZero();
    }

    @Test
    void manyThatDoNotReadHoldLittleAndOthersAreServed() throws Exception {
      restart(ChangedLimits.with(Map.of("responseBytes", 2 << 20)));
      for (int i = 0; i < 150; i++) {
        client()
            .send(
                "GET "
                    + path
                    + " HTTP/1.1\r\nHost: x\r\nRange: bytes="
                    + i * 200_000
                    + "-\r\n\r\n");
      }
      metrics.awaitAtLeast("headwater_requests_running", "", 151); // with the one that asks
      assertThat(metrics.sum("headwater_responses_held_bytes", "")).isBetween(0L, 2L << 20);
      assertThat(proxy.get(path).body()).hasSize(SIZE);
      for (var client : clients) {
        client.close();
      }
      metrics.awaitAtLeast(COUNT, "status=\"499\"", 150);
      assertThat(metrics.sum("headwater_responses_held_bytes", "")).isZero();
    }

    /** A node opens every blob by a GET that it drops: each was counted as a whole. */
    @Test
    void whatIsDroppedIsCountedAsFarAsItWent() throws Exception {
      for (int i = 0; i < 5; i++) {
        try (var client = client()) {
          client.send(get());
          assertThat(client.read(new byte[1000])).isPositive();
        }
      }
      assertThat(metrics.awaitAtLeast(COUNT, "status=\"499\"", 5)).isEqualTo(5);
      // No more than the system's buffers took: far from a whole one each.
      assertThat(metrics.sum(SENT, "kind=\"blob\"")).isBetween(1L, 5L * SIZE / 3);
    }

    @Test
    void readerThatDoesNotReadIsDropped() throws Exception {
      restart(with(D.requests(), 64 << 10, Duration.ofSeconds(2)));
      client().send(get());
      assertThat(metrics.awaitAtLeast("headwater_clients_slow_total", "", 1)).isEqualTo(1);
      assertThat(metrics.awaitAtLeast(COUNT, "status=\"499\"", 1)).isEqualTo(1);
    }

    @Test
    void slowReaderAboveTheLeastRateGetsOn() throws Exception {
      restart(with(D.requests(), 64 << 10, Duration.ofSeconds(2)));
      var client = client();
      client.send(get());
      var buffer = new byte[64 << 10];
      for (int i = 0; i < 500; i++) { // five seconds of some 400 kB/s
        assertThat(client.read(buffer)).isPositive();
        Thread.sleep(10);
      }
      assertThat(metrics.sum("headwater_clients_slow_total", "")).isZero();
    }

    @Test
    void connectionThatWaitsForItsNextRequestIsNoSlowOne() throws Exception {
      restart(with(D.requests(), 1 << 10, Duration.ofSeconds(1)));
      var client = client();
      var answer = new byte[64 << 10];
      for (int i = 0; i < 3; i++) {
        client.send("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
        while (client.read(answer) == answer.length) {
          // all that has come
        }
        Thread.sleep(3000);
      }
      assertThat(metrics.sum("headwater_clients_slow_total", "")).isZero();
    }

    @Test
    @Timeout(60)
    void bodyThatDripsIsDropped() throws Exception {
      restart(with(D.requests(), 64 << 10, Duration.ofSeconds(2)));
      var client = client();
      client.send("POST /oauth2/token HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n");
      while (client.trySend("a")) {
        Thread.sleep(20);
      }
      assertThat(metrics.sum("headwater_clients_slow_total", "")).isEqualTo(1);
    }

    @Test
    void requestsBeyondTheBoundAreToldToComeAgain() throws Exception {
      restart(with(3, D.leastRate(), D.window()));
      for (int i = 0; i < 3; i++) {
        client().send(get());
      }
      metrics.awaitAtLeast("headwater_requests_running", "", 4); // with the one that asks
      var refused = proxy.get("/v2/");
      assertThat(refused.statusCode()).isEqualTo(503);
      assertThat(refused.headers().firstValue("Retry-After")).contains("1");
      assertThat(new String(refused.body(), java.nio.charset.StandardCharsets.UTF_8))
          .contains("too many requests are under way (max-requests)");
      assertThat(proxy.get("/healthz").statusCode()).isEqualTo(200);
      assertThat(metrics.sum("headwater_requests_refused_total", "")).isEqualTo(1);
      for (var client : clients) {
        client.close();
      }
      metrics.awaitAtLeast(COUNT, "status=\"499\"", 3);
      assertThat(proxy.get("/v2/").statusCode()).isEqualTo(200);
    }

    @Test
    void methodsThatNobodyKnowsAreOneInTheMetrics() throws Exception {
      for (int i = 0; i < 50; i++) {
        proxy.send("BREW" + i, "/v2/");
      }
      assertThat(metrics.awaitAtLeast(COUNT, "method=\"OTHER\"", 50)).isEqualTo(50);
      assertThat(metrics.all()).doesNotContain("BREW");
    }
  }
}
