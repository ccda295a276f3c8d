package io.headwater.proxy.limit;

import static org.assertj.core.api.Assertions.assertThat;

import io.headwater.oci.Digest;
import io.headwater.proxy.Login;
import io.headwater.proxy.RunningProxy;
import io.headwater.proxy.cache.CacheOptions;
import io.headwater.store.file.FileStore;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Heads of requests at their bounds and over them. */
class HeadsTest {
  private static final String GET = "GET /healthz HTTP/1.1\r\nHost: x\r\n";
  private static final Limits D = Limits.DEFAULT;

  @TempDir private Path folder = Path.of("");

  private RunningProxy start(Limits limits) throws IOException {
    return new RunningProxy(FileStore.open(folder), CacheOptions.DEFAULT, limits);
  }

  private RunningProxy start() throws IOException {
    return start(D);
  }

  private static Limits with(long unfinishedHeadBytes, Duration headTimeout) {
    return ChangedLimits.with(
        Map.of("unfinishedHeadBytes", unfinishedHeadBytes, "headTimeout", headTimeout));
  }

  private static String answer(RunningProxy proxy, String request) throws IOException {
    try (var client = new RawClient(proxy.port())) {
      client.trySend(request);
      return client.readAll();
    }
  }

  @Test
  void endOfABodyIsNoUnfinishedHead() throws Exception {
    var limits = with(D.headBytes(), D.headTimeout());
    try (var proxy =
        new RunningProxy(
            FileStore.open(folder),
            Login.options(folder),
            limits.window(),
            1 << 30,
            CacheOptions.DEFAULT,
            limits)) {
      var body = new byte[3_000_000];
      var path = "/v2/team/app/blobs/uploads/?digest=" + Digest.of(body);
      var pushed = proxy.send("POST", path, body, "Authorization", Login.header());
      assertThat(pushed.statusCode()).isEqualTo(201);
    }
  }

  @Test
  void aHundredFieldsAreTakenAndOneMoreIsNot() throws Exception {
    try (var proxy = start()) {
      var most = "Host: x\r\nConnection: close\r\n" + "a:\r\n".repeat(98);
      assertThat(answer(proxy, "GET /healthz HTTP/1.1\r\n" + most + "\r\n"))
          .startsWith("HTTP/1.1 200 ");
      assertThat(answer(proxy, "GET /healthz HTTP/1.1\r\na:\r\n" + most + "\r\n"))
          .startsWith("HTTP/1.1 431 ")
          .contains("more than 100 header fields (max-head-lines)", "connection: close");
    }
  }

  @Test
  void trailersAreCountedToo() {
    var decoder = new HttpRequestDecoder(Connections.decoder(D, () -> {}));
    var channel = new EmbeddedChannel(decoder);
    var chunked = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n";
    var trailers = "a:\r\n".repeat(101) + "\r\n";
    channel.writeInbound(Unpooled.copiedBuffer(chunked + trailers, StandardCharsets.US_ASCII));
    HttpRequest head = channel.readInbound();
    LastHttpContent last = channel.readInbound();
    assertThat(head.decoderResult().isSuccess()).isTrue();
    assertThat(last.decoderResult().cause()).isInstanceOf(TooLongHttpHeaderException.class);
  }

  @Test
  void eightKilobytesAreTakenAndMoreAreNot() throws Exception {
    try (var proxy = start()) {
      var token = "Authorization: Bearer " + "e".repeat(6000) + "\r\nConnection: close\r\n\r\n";
      assertThat(answer(proxy, GET + token)).startsWith("HTTP/1.1 200 ");
      var huge = "X: " + "e".repeat(250_000) + "\r\n\r\n";
      assertThat(answer(proxy, GET + huge))
          .startsWith("HTTP/1.1 431 ")
          .contains("more than 8192 bytes of them (max-head-bytes)");
    }
  }

  @Test
  void longRequestLineIsAnswered() throws Exception {
    try (var proxy = start()) {
      assertThat(answer(proxy, "GET /" + "a".repeat(100_000) + " HTTP/1.1\r\n\r\n"))
          .startsWith("HTTP/1.1 414 ")
          .contains("the request line is longer than 8192 bytes");
    }
  }

  @Test
  void nonsenseIsAnswered() throws Exception {
    try (var proxy = start()) {
      assertThat(answer(proxy, "nonsense\r\n\r\n"))
          .startsWith("HTTP/1.1 400 ")
          .contains("not HTTP/1.1 that can be read");
    }
  }

  @Test
  @Timeout(60)
  void headThatDripsHasItsTimeAndNoMore() throws Exception {
    try (var proxy = start(with(D.unfinishedHeadBytes(), Duration.ofSeconds(2)));
        var dripping = new RawClient(proxy.port());
        var silent = new RawClient(proxy.port())) {
      dripping.send("GET /healthz HTTP/1.1\r\n");
      while (dripping.trySend("a")) {
        Thread.sleep(50);
      }
      assertThat(silent.readAll()).isEmpty();
      assertThat(proxy.get("/healthz").statusCode()).isEqualTo(200);
      assertThat(proxy.connections().lateHeads()).isEqualTo(2);
    }
  }

  @Test
  void headThatStopsIsToldSo() throws Exception {
    try (var proxy = start(with(D.unfinishedHeadBytes(), Duration.ofSeconds(1)))) {
      assertThat(answer(proxy, GET + "\r\n" + GET))
          .startsWith("HTTP/1.1 200 ")
          .contains("HTTP/1.1 408 ", "did not come within 1 s (head-timeout)");
    }
  }

  @Test
  void unfinishedHeadsTogetherAreBoundedAndWholeOnesAreServed() throws Exception {
    var clients = new ArrayList<RawClient>();
    try (var proxy = start(with(64 << 10, Duration.ofSeconds(60)))) {
      for (int i = 0; i < 40; i++) {
        var client = new RawClient(proxy.port());
        client.trySend(GET + "X: " + "e".repeat(4000));
        clients.add(client);
        assertThat(proxy.get("/healthz").statusCode()).isEqualTo(200);
      }
      assertThat(clients.getLast().readAll())
          .startsWith("HTTP/1.1 503 ")
          .contains("max-unfinished-heads");
      assertThat(proxy.connections().unfinishedHeadBytes()).isBetween(48L << 10, 64L << 10);
      for (var client : clients) {
        client.close();
      }
      for (int i = 0; i < 100 && proxy.connections().unfinishedHeadBytes() > 0; i++) {
        Thread.sleep(50);
      }
      assertThat(proxy.connections().unfinishedHeadBytes()).isZero();
    }
  }

  @Test
  void requestsThatWaitBehindOneAnotherAreBounded() throws Exception {
    try (var proxy = start()) {
      var one = "GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n";
      assertThat(answer(proxy, one.repeat(10_000)).split("HTTP/1.1 200", -1))
          .hasSizeLessThan(10_000);
      assertThat(proxy.connections().refusedHeads()).isEqualTo(1);
      assertThat(proxy.get("/healthz").statusCode()).isEqualTo(200);
    }
  }
}
