package io.headwater.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import io.headwater.fault.FormatException;
import io.headwater.oci.RepositoryName;
import io.headwater.store.StoreException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A registry that stops in the middle of a body. */
@Timeout(60)
class IdleBoundTest {
  private final CountDownLatch over = new CountDownLatch(1);

  @SuppressWarnings("NullAway.Init")
  private HttpServer server;

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext(
        "/v2/team/app/blobs/stalls",
        exchange -> {
          exchange.sendResponseHeaders(200, 1000);
          exchange.getResponseBody().write(new byte[10]);
          exchange.getResponseBody().flush();
          try {
            over.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
          exchange.close();
        });
    server.createContext(
        "/v2/team/app/blobs/comes",
        exchange -> {
          exchange.sendResponseHeaders(200, 1000);
          exchange.getResponseBody().write(new byte[1000]);
          exchange.close();
        });
    server.start();
  }

  @AfterEach
  void stop() {
    over.countDown();
    server.stop(0);
  }

  private RemoteRegistry registry(Duration idle) {
    var host = "127.0.0.1:" + server.getAddress().getPort();
    var image = new ImageReference(host, new RepositoryName("team/app"), "latest");
    return new RemoteRegistry(image, () -> RemoteRegistry.Credentials.NONE, idle);
  }

  @Test
  void bodyThatStopsInTheMiddleEndsWithAnErrorThatMayPass() throws IOException {
    try (var registry = registry(Duration.ofMillis(400));
        var body = registry.get("blobs/stalls", Map.of()).body()) {
      assertThat(body.readNBytes(10)).hasSize(10);
      assertThatThrownBy(body::read)
          .isInstanceOf(StoreException.class)
          .hasMessageContaining("/v2/team/app/blobs/stalls sent nothing for 0 seconds")
          .satisfies(e -> assertThat(((StoreException) e).isRetryable()).isTrue());
    }
  }

  @Test
  void readerThatTakesItsTimeIsNotHurried() throws Exception {
    try (var registry = registry(Duration.ofMillis(400));
        var body = registry.get("blobs/comes", Map.of()).body()) {
      assertThat(body.readNBytes(10)).hasSize(10);
      Thread.sleep(1000);
      assertThat(body.readAllBytes()).hasSize(990);
    }
  }

  @Test
  void whatIsSkippedIsWaitedForNoLonger() throws IOException {
    try (var registry = registry(Duration.ofMillis(400));
        var body = registry.get("blobs/stalls", Map.of()).body()) {
      assertThatThrownBy(() -> body.skipNBytes(1000)).isInstanceOf(StoreException.class);
    }
  }

  @Test
  void theWatchGoesOnAfterAPause() throws Exception {
    try (var registry = registry(Duration.ofMillis(400));
        var body = registry.get("blobs/stalls", Map.of()).body()) {
      assertThat(body.readNBytes(5)).hasSize(5);
      Thread.sleep(1000);
      assertThat(body.readNBytes(5)).hasSize(5);
      assertThatThrownBy(body::read).isInstanceOf(StoreException.class);
    }
  }

  /** Some streams say that they end when they are closed: half a body is no whole one. */
  @Test
  void bodyThatItsClosingEndsHasNotEnded() throws IOException {
    var endsWhenClosed =
        new InputStream() {
          @Override
          public int read() {
            return -1;
          }

          @Override
          public int read(byte[] out, int offset, int length) throws IOException {
            try {
              over.await();
            } catch (InterruptedException e) {
              throw new IOException(e);
            }
            return -1;
          }

          @Override
          public void close() {
            over.countDown();
          }
        };
    try (var body = new IdleBound(endsWhenClosed, "it", Duration.ofMillis(100))) {
      assertThatThrownBy(body::read)
          .isInstanceOf(StoreException.class)
          .hasMessageContaining("it sent nothing for");
    }
  }

  @Test
  void theLimitIsInWholeSeconds() throws FormatException {
    assertThat(IdleBound.limit(null)).isEqualTo(Duration.ofSeconds(60));
    assertThat(IdleBound.limit("5")).isEqualTo(Duration.ofSeconds(5));
    for (var wrong : List.of("0", "-1", "5s", "1.5", "86401", "99999999999999999999")) {
      assertThatThrownBy(() -> IdleBound.limit(wrong))
          .isInstanceOf(FormatException.class)
          .hasMessage(
              "HEADWATER_REMOTE_IDLE is '" + wrong + "': give whole seconds, from 1 to 86400");
    }
  }
}
