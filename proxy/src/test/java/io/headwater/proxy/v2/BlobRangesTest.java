package io.headwater.proxy.v2;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headwater.oci.Digest;
import io.headwater.oci.Json;
import io.headwater.proxy.RunningProxy;
import io.headwater.store.ContentStore;
import io.headwater.store.azure.AzureStore;
import io.headwater.store.file.FileStore;
import io.headwater.tool.Azurite;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Blobs as nodes read them, from either store. */
class BlobRangesTest {
  private static final int SIZE = 700_001;
  private static final byte[] CONTENT = new byte[SIZE];

  static {
    new Random(1).nextBytes(CONTENT);
  }

  @Test
  void blockingOnAnEventLoopWouldBeNoticed() {
    var slept =
        reactor.core.publisher.Mono.fromCallable(
                () -> {
                  Thread.sleep(1);
                  return "";
                })
            .subscribeOn(reactor.core.scheduler.Schedulers.parallel());
    assertThatThrownBy(slept::block).hasMessageContaining("Blocking call");
  }

  @Nested
  class FromFolder extends Ranges {
    @TempDir private Path folder = Path.of("");

    @Override
    ContentStore store() throws IOException {
      return FileStore.open(folder);
    }
  }

  @Nested
  @Tag("tools")
  class FromAzure extends Ranges {
    @Override
    ContentStore store() throws IOException {
      return AzureStore.open(Azurite.start().connectionString(), "ranges-" + UUID.randomUUID());
    }
  }

  @SuppressWarnings("NullAway.Init")
  abstract static class Ranges {
    private RunningProxy proxy;
    private String path;
    private Digest digest;

    abstract ContentStore store() throws IOException;

    @BeforeEach
    void start() throws IOException {
      proxy = new RunningProxy(store());
      digest = proxy.putBlob("team/app", CONTENT);
      path = "/v2/team/app/blobs/" + digest;
    }

    @AfterEach
    void stop() {
      proxy.close();
    }

    private String header(HttpResponse<byte[]> response, String name) {
      return response.headers().firstValue(name).orElse("");
    }

    private String etag() {
      return "\"" + digest + "\"";
    }

    @Test
    void wholeBlobHasItsHeaders() throws Exception {
      var response = proxy.get(path);
      assertThat(response.statusCode()).isEqualTo(200);
      assertThat(response.body()).isEqualTo(CONTENT);
      assertThat(header(response, "Accept-Ranges")).isEqualTo("bytes");
      assertThat(header(response, "Docker-Content-Digest")).isEqualTo(digest.toString());
      assertThat(header(response, "ETag")).isEqualTo(etag());
      assertThat(header(response, "Content-Type")).isEqualTo("application/octet-stream");
    }

    @Test
    void headAnswersLikeGetWithoutABody() throws Exception {
      var response = proxy.send("HEAD", path);
      assertThat(response.statusCode()).isEqualTo(200);
      assertThat(response.body()).isEmpty();
      assertThat(header(response, "Content-Length")).isEqualTo("" + SIZE);
      assertThat(header(response, "Accept-Ranges")).isEqualTo("bytes");
    }

    @ParameterizedTest
    @CsvSource({
      "0-0, 0, 0", "0-262143, 0, 262143", "262143-262144, 262143, 262144",
          "700000-, 700000, 700000",
      "600000-, 600000, 700000", "-1, 700000, 700000", "-700001, 0, 700000", "-9999999, 0, 700000",
      "5-99999999999999999999999999, 5, 700000", "' 7 - 9 ', 7, 9"
    })
    void oneRangeInAllThreeForms(String asked, int first, int last) throws Exception {
      var response = proxy.get(path, "Range", "bytes=" + asked.replace(" ", ""));
      assertThat(response.statusCode()).isEqualTo(206);
      assertThat(response.body()).isEqualTo(Arrays.copyOfRange(CONTENT, first, last + 1));
      assertThat(header(response, "Content-Range"))
          .isEqualTo("bytes " + first + "-" + last + "/" + SIZE);
      assertThat(header(response, "Content-Length")).isEqualTo("" + (last - first + 1));
      assertThat(header(response, "Docker-Content-Digest")).isEqualTo(digest.toString());
    }

    @ParameterizedTest
    @ValueSource(strings = {"700001-", "700001-800000", "99999999999999999999-", "-0", "5-4"})
    void rangeBehindTheEndIsNotSatisfiable(String asked) throws Exception {
      var response = proxy.get(path, "Range", "bytes=" + asked);
      assertThat(response.statusCode()).isEqualTo(416);
      assertThat(header(response, "Content-Range")).isEqualTo("bytes */" + SIZE);
      assertThat(
              Json.object(response.body(), "error").path("errors").get(0).path("code").asString())
          .isEqualTo("SIZE_INVALID");
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "bytes=",
          "bytes=x-y",
          "bytes=--1",
          "lines=1-2",
          "bytes",
          "bytes=1-2-3",
          "bytes=0x1-2"
        })
    void headerThatMakesNoSenseIsIgnored(String header) throws Exception {
      var response = proxy.get(path, "Range", header);
      assertThat(response.statusCode()).isEqualTo(200);
      assertThat(response.body()).hasSize(SIZE);
    }

    @Test
    void severalRangesComeAsMultipartInTheirOrder() throws Exception {
      var response = proxy.get(path, "Range", "bytes=500000-500009, 0-4, -3");
      assertThat(response.statusCode()).isEqualTo(206);
      var type = header(response, "Content-Type");
      assertThat(type).startsWith("multipart/byteranges; boundary=");
      var parts = parts(response.body(), type.substring(type.indexOf('=') + 1));
      assertThat(parts)
          .containsExactly(part(500_000, 500_009), part(0, 4), part(SIZE - 3, SIZE - 1));
      assertThat(header(response, "Content-Length")).isEqualTo("" + response.body().length);
    }

    private record Part(String contentRange, ByteBuffer bytes) {}

    private static Part part(int first, int last) {
      return new Part(
          "bytes " + first + "-" + last + "/" + SIZE,
          ByteBuffer.wrap(Arrays.copyOfRange(CONTENT, first, last + 1)));
    }

    /** Reads a multipart body as RFC 2046 has it. */
    private static List<Part> parts(byte[] body, String boundary) {
      var text = new String(body, StandardCharsets.ISO_8859_1);
      var parts = new ArrayList<Part>();
      var pieces = text.split("\r\n--" + boundary, -1);
      assertThat(pieces[pieces.length - 1]).isEqualTo("--\r\n");
      for (int i = 1; i < pieces.length - 1; i++) {
        var split = pieces[i].indexOf("\r\n\r\n");
        var head = pieces[i].substring(0, split);
        var range = head.substring(head.indexOf("Content-Range: ") + 15);
        parts.add(
            new Part(
                range,
                ByteBuffer.wrap(
                    pieces[i].substring(split + 4).getBytes(StandardCharsets.ISO_8859_1))));
      }
      return parts;
    }

    @Test
    void overlappingRangesAreJoined() throws Exception {
      var response = proxy.get(path, "Range", "bytes=0-99,50-199,100-150");
      assertThat(response.statusCode()).isEqualTo(206);
      assertThat(header(response, "Content-Range")).isEqualTo("bytes 0-199/" + SIZE);
      assertThat(response.body()).isEqualTo(Arrays.copyOf(CONTENT, 200));
    }

    /** Whose they are is not known before they are read: docs/limits.md says how many fit. */
    @Test
    void tenThousandRangesAreRefused() throws Exception {
      var response = proxy.get(path, "Range", ranges(10_000));
      assertThat(response.statusCode()).isEqualTo(431);
      assertThat(new String(response.body(), StandardCharsets.UTF_8))
          .contains("ask for fewer ranges at once");
    }

    @Test
    void sixHundredRangesAreServed() throws Exception {
      assertThat(proxy.get(path, "Range", ranges(600)).statusCode()).isEqualTo(206);
    }

    private static String ranges(int count) {
      var ranges = new StringBuilder("bytes=0-0");
      for (int i = 1; i < count; i++) {
        ranges.append(',').append(i * 2).append('-').append(i * 2);
      }
      return ranges.toString();
    }

    @Test
    void ifRangeOfAnotherVersionGetsTheWhole() throws Exception {
      assertThat(proxy.get(path, "Range", "bytes=0-9", "If-Range", etag()).statusCode())
          .isEqualTo(206);
      assertThat(proxy.get(path, "Range", "bytes=0-9", "If-Range", "\"other\"").statusCode())
          .isEqualTo(200);
      assertThat(
              proxy
                  .get(path, "Range", "bytes=0-9", "If-Range", "Tue, 01 Jan 2030 00:00:00 GMT")
                  .statusCode())
          .isEqualTo(200);
    }

    @Test
    void knownBlobIsNotSentAgain() throws Exception {
      var response = proxy.get(path, "If-None-Match", "\"x\", " + etag());
      assertThat(response.statusCode()).isEqualTo(304);
      assertThat(response.body()).isEmpty();
    }

    /**
     * What the overlaybd snapshotter sends first: a probe, and a GET that it drops (formats §6).
     */
    @Test
    void nodeProbeTellsTheTotalSize() throws Exception {
      var response = proxy.get(path, "Range", "bytes=0-0");
      assertThat(header(response, "Content-Range")).endsWith("/" + SIZE);
    }

    @Test
    void digestOpensNothingInAnotherRepository() throws Exception {
      proxy.putBlob("other/app", new byte[] {1});
      var response = proxy.get("/v2/other/app/blobs/" + digest);
      assertThat(response.statusCode()).isEqualTo(404);
      assertThat(new String(response.body(), StandardCharsets.UTF_8)).contains("BLOB_UNKNOWN");
    }

    @Test
    void emptyBlobIsServed() throws Exception {
      var empty = proxy.putBlob("team/app", new byte[0]);
      var response = proxy.get("/v2/team/app/blobs/" + empty);
      assertThat(response.statusCode()).isEqualTo(200);
      assertThat(response.body()).isEmpty();
      assertThat(proxy.get("/v2/team/app/blobs/" + empty, "Range", "bytes=0-0").statusCode())
          .isEqualTo(416);
    }
  }
}
