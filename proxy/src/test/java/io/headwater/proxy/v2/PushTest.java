package io.headwater.proxy.v2;

import static org.assertj.core.api.Assertions.assertThat;

import io.headwater.oci.Descriptor;
import io.headwater.oci.Digest;
import io.headwater.oci.ImageManifest;
import io.headwater.oci.Json;
import io.headwater.oci.MediaTypes;
import io.headwater.proxy.Login;
import io.headwater.proxy.ProxyOptions;
import io.headwater.proxy.RunningProxy;
import io.headwater.proxy.cache.CacheOptions;
import io.headwater.proxy.limit.ChangedLimits;
import io.headwater.registry.GarbageCollection;
import io.headwater.registry.Registry;
import io.headwater.registry.StoreCheck;
import io.headwater.store.ContentStore;
import io.headwater.store.azure.AzureStore;
import io.headwater.store.file.FileStore;
import io.headwater.tool.Azurite;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pushing over HTTP, into both stores. */
@SuppressWarnings("NullAway.Init")
class PushTest {
  @Nested
  class IntoFolder extends Pushes {
    @Override
    ContentStore store(Path folder) throws IOException {
      return FileStore.open(folder.resolve("store"));
    }
  }

  @Nested
  @Tag("tools")
  class IntoAzure extends Pushes {
    @Override
    ContentStore store(Path folder) throws IOException {
      return AzureStore.open(
          Azurite.start().connectionString(), "push" + Long.toHexString(System.nanoTime()));
    }
  }

  @SuppressWarnings("NullAway.Init")
  abstract static class Pushes {
    private static final String UPLOADS = "/v2/team/app/blobs/uploads/";
    private static final byte[] CONTENT = noise(1, 1_000_003);

    @TempDir private Path folder = Path.of("");
    private ContentStore store;
    private RunningProxy proxy;

    abstract ContentStore store(Path folder) throws IOException;

    static byte[] noise(long seed, int length) {
      var bytes = new byte[length];
      new Random(seed).nextBytes(bytes);
      return bytes;
    }

    @BeforeEach
    void start() throws IOException {
      store = store(folder);
      proxy = new RunningProxy(store, Login.options(folder));
    }

    @AfterEach
    void stop() {
      proxy.close();
      store.close();
    }

    HttpResponse<byte[]> send(String method, String path, byte[] body, String... headers)
        throws IOException, InterruptedException {
      var all = new ArrayList<>(List.of("Authorization", Login.header()));
      all.addAll(Arrays.asList(headers));
      return proxy.send(method, path, body, all.toArray(String[]::new));
    }

    HttpResponse<byte[]> send(String method, String path) throws IOException, InterruptedException {
      return send(method, path, new byte[0]);
    }

    static String header(HttpResponse<?> response, String name) {
      return response.headers().firstValue(name).orElse("");
    }

    static String code(HttpResponse<byte[]> response) throws IOException {
      var error = Json.object(response.body(), "error").path("errors").get(0);
      assertThat(error.path("message").asString()).isNotBlank().doesNotContain("Exception");
      return error.path("code").asString();
    }

    String begin() throws IOException, InterruptedException {
      var begun = send("POST", UPLOADS);
      assertThat(begun.statusCode()).isEqualTo(202);
      return header(begun, "Location");
    }

    @Test
    void uploadBeyondThoseThatMayBeOpenIsRefusedUntilOneEnds() throws Exception {
      proxy.close();
      proxy =
          new RunningProxy(
              store,
              Login.options(folder),
              ProxyOptions.DEFAULT_STALL,
              ProxyOptions.DEFAULT_MAX_BLOB_BYTES,
              CacheOptions.DEFAULT,
              ChangedLimits.with(Map.of("uploadSessions", 2)));
      begin();
      var second = begin();
      var refused = send("POST", UPLOADS);
      assertThat(refused.statusCode()).isEqualTo(429);
      assertThat(code(refused)).isEqualTo("TOOMANYREQUESTS");
      assertThat(send("DELETE", second).statusCode()).isEqualTo(204);
      begin();
    }

    Digest push(byte[] content) throws IOException, InterruptedException {
      var digest = Digest.of(content);
      var pushed = send("POST", UPLOADS + "?digest=" + digest, content);
      assertThat(pushed.statusCode()).isEqualTo(201);
      return digest;
    }

    /** A manifest of blobs; of those that are nowhere it states a size of 1. */
    byte[] manifest(Digest config, Digest... layers) throws IOException {
      var descriptors = new ArrayList<Descriptor>();
      for (var layer : layers) {
        descriptors.add(Descriptor.of("x/layer", layer, store.size(layer).orElse(1)));
      }
      return new ImageManifest(
              2,
              MediaTypes.OCI_MANIFEST,
              null,
              Descriptor.of(MediaTypes.OCI_CONFIG, config, store.size(config).orElse(1)),
              descriptors,
              null,
              null)
          .toJson();
    }

    HttpResponse<byte[]> putManifest(String reference, byte[] manifest)
        throws IOException, InterruptedException {
      return send(
          "PUT",
          "/v2/team/app/manifests/" + reference,
          manifest,
          "Content-Type",
          MediaTypes.OCI_MANIFEST);
    }

    @Test
    void blobInOneRequestIsReadBack() throws Exception {
      var digest = push(CONTENT);
      var read = proxy.get("/v2/team/app/blobs/" + digest);
      assertThat(read.statusCode()).isEqualTo(200);
      assertThat(read.body()).isEqualTo(CONTENT);
    }

    @Test
    void blobInPiecesGoesOnWhereItIs() throws Exception {
      var location = begin();
      var first = Arrays.copyOf(CONTENT, 400_000);
      var patched = send("PATCH", location, first, "Content-Range", "0-399999");
      assertThat(patched.statusCode()).isEqualTo(202);
      assertThat(header(patched, "Range")).isEqualTo("0-399999");
      var status = send("GET", location);
      assertThat(status.statusCode()).isEqualTo(204);
      assertThat(header(status, "Range")).isEqualTo("0-399999");
      var rest = Arrays.copyOfRange(CONTENT, 400_000, CONTENT.length);
      var done = send("PUT", location + "?digest=" + Digest.of(CONTENT), rest);
      assertThat(done.statusCode()).isEqualTo(201);
      assertThat(header(done, "Docker-Content-Digest")).isEqualTo(Digest.of(CONTENT).toString());
      assertThat(send("GET", location).statusCode()).isEqualTo(404);
    }

    @Test
    void pieceOutOfOrderIsRefusedWithWhereTheUploadIs() throws Exception {
      var location = begin();
      send("PATCH", location, new byte[100]);
      for (var range : List.of("0-99", "50-149", "101-200")) {
        var refused = send("PATCH", location, new byte[100], "Content-Range", range);
        assertThat(refused.statusCode()).isEqualTo(416);
        assertThat(header(refused, "Range")).isEqualTo("0-99");
        assertThat(code(refused)).isEqualTo("BLOB_UPLOAD_INVALID");
      }
      assertThat(send("PATCH", location, new byte[100], "Content-Range", "100-150").statusCode())
          .isEqualTo(400);
      assertThat(send("PATCH", location, new byte[100], "Content-Range", "100-199").statusCode())
          .isEqualTo(202);
    }

    @Test
    void contentOfAnotherDigestIsRefusedAndNotKept() throws Exception {
      var location = begin();
      var wrong = Digest.of(noise(2, 10));
      var refused = send("PUT", location + "?digest=" + wrong, CONTENT);
      assertThat(refused.statusCode()).isEqualTo(400);
      assertThat(code(refused)).isEqualTo("DIGEST_INVALID");
      assertThat(proxy.get("/v2/team/app/blobs/" + wrong).statusCode()).isEqualTo(404);
      assertThat(store.size(Digest.of(CONTENT))).isEmpty();
    }

    @Test
    void uploadOfAnotherRepositoryIsUnknown() throws Exception {
      var location = begin().replace("team/app", "team/other");
      var refused = send("PATCH", location, new byte[10]);
      assertThat(refused.statusCode()).isEqualTo(404);
      assertThat(code(refused)).isEqualTo("BLOB_UPLOAD_UNKNOWN");
    }

    @Test
    void uploadGoesOnAfterRestart() throws Exception {
      var location = begin();
      send("PATCH", location, Arrays.copyOf(CONTENT, 500_000));
      proxy.close();
      proxy = new RunningProxy(store, Login.options(folder));
      assertThat(header(send("GET", location), "Range")).isEqualTo("0-499999");
      var rest = Arrays.copyOfRange(CONTENT, 500_000, CONTENT.length);
      assertThat(send("PUT", location + "?digest=" + Digest.of(CONTENT), rest).statusCode())
          .isEqualTo(201);
    }

    /** What came of a body that broke off stays, and the client goes on from there. */
    @Test
    void clientThatBreaksOffCanGoOn() throws Exception {
      var location = begin();
      try (var socket = new Socket(InetAddress.getLoopbackAddress(), proxy.port())) {
        var head =
            "PATCH "
                + location
                + " HTTP/1.1\r\nHost: x\r\nAuthorization: "
                + Login.header()
                + "\r\nContent-Length: "
                + CONTENT.length
                + "\r\n\r\n";
        socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
        socket.getOutputStream().write(CONTENT, 0, 300_000);
        socket.getOutputStream().flush();
        Thread.sleep(300);
      }
      var came = 0;
      for (int i = 0; i < 50 && came == 0; i++) {
        Thread.sleep(100);
        var range = header(send("GET", location), "Range");
        came = range.equals("0-0") ? 0 : Integer.parseInt(range.substring(2)) + 1;
      }
      assertThat(came).isBetween(1, 300_000);
      var rest = Arrays.copyOfRange(CONTENT, came, CONTENT.length);
      assertThat(send("PUT", location + "?digest=" + Digest.of(CONTENT), rest).statusCode())
          .isEqualTo(201);
    }

    @Test
    void uploadGoesOnAtAnotherProxyOverTheSameStore() throws Exception {
      var location = begin();
      send("PATCH", location, Arrays.copyOf(CONTENT, 500_000));
      try (var other = new RunningProxy(store, Login.options(folder))) {
        var rest = Arrays.copyOfRange(CONTENT, 500_000, CONTENT.length);
        var done =
            other.send(
                "PUT",
                location + "?digest=" + Digest.of(CONTENT),
                rest,
                "Authorization",
                Login.header());
        assertThat(done.statusCode()).isEqualTo(201);
      }
      assertThat(proxy.get("/v2/team/app/blobs/" + Digest.of(CONTENT)).body()).isEqualTo(CONTENT);
    }

    @Test
    void clientThatStallsIsDroppedAndCanGoOn() throws Exception {
      var location = begin();
      proxy.close();
      proxy = new RunningProxy(store, Login.options(folder), Duration.ofSeconds(3));
      try (var socket = new Socket(InetAddress.getLoopbackAddress(), proxy.port())) {
        var head =
            "PATCH "
                + location
                + " HTTP/1.1\r\nHost: x\r\nAuthorization: "
                + Login.header()
                + "\r\nContent-Length: 1000\r\n\r\n0123456789";
        socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
        socket.getOutputStream().flush();
        socket.setSoTimeout(10_000);
        var answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
        assertThat(answer).matches("(?s)|HTTP/1.1 408 .*");
      }
      // What came counts as soon as the store has it.
      for (int i = 0; i < 50 && !header(send("GET", location), "Range").equals("0-9"); i++) {
        Thread.sleep(100);
      }
      assertThat(header(send("GET", location), "Range")).isEqualTo("0-9");
    }

    @Test
    void pullGoesOnWhileTheImageIsDeleted() throws Exception {
      var layer = noise(12, 30_000_000);
      var digest = push(layer);
      var put = putManifest("v1", manifest(push(noise(13, 10)), digest));
      try (var socket = new Socket(InetAddress.getLoopbackAddress(), proxy.port())) {
        var head =
            "GET /v2/team/app/blobs/"
                + digest
                + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
        socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
        var in = socket.getInputStream();
        in.readNBytes(1000);
        send("DELETE", "/v2/team/app/manifests/" + header(put, "Docker-Content-Digest"));
        GarbageCollection.run(new Registry(store, Duration.ZERO), Duration.ZERO, false);
        // From a folder all of it comes; a far store may break off, but gives nothing that is
        // wrong.
        var rest = in.readAllBytes();
        assertThat(rest.length).isGreaterThan(0);
        if (store.file(digest).isPresent()) {
          assertThat(Arrays.copyOfRange(rest, rest.length - 1000, rest.length))
              .isEqualTo(Arrays.copyOfRange(layer, layer.length - 1000, layer.length));
        }
      }
    }

    @Test
    void blobLargerThanTheLimitIsRefused() throws Exception {
      var location = begin();
      proxy.close();
      proxy = new RunningProxy(store, Login.options(folder), Duration.ofSeconds(5), 1000);
      var refused = send("PATCH", location, new byte[1001]);
      assertThat(refused.statusCode()).isEqualTo(413);
      assertThat(new String(refused.body(), StandardCharsets.UTF_8)).contains("max-blob-bytes");
      assertThat(
              send("POST", UPLOADS + "?digest=" + Digest.of(new byte[1000]), new byte[1000])
                  .statusCode())
          .isEqualTo(201);
    }

    @Test
    void fiftyClientsPushTheSameBlobAtOnce() throws Exception {
      var digest = Digest.of(CONTENT);
      try (var executor = Executors.newVirtualThreadPerTaskExecutor()) {
        var all = new ArrayList<Future<HttpResponse<byte[]>>>();
        for (int i = 0; i < 50; i++) {
          all.add(executor.submit(() -> send("POST", UPLOADS + "?digest=" + digest, CONTENT)));
        }
        for (var one : all) {
          assertThat(one.get().statusCode()).isEqualTo(201);
        }
      }
      assertThat(proxy.get("/v2/team/app/blobs/" + digest).body()).isEqualTo(CONTENT);
      assertThat(StoreCheck.run(proxy.registry()).faults()).isEmpty();
    }

    @Test
    void blobIsMountedFromWhereItIsAndFromNowhereElse() throws Exception {
      var digest = push(CONTENT);
      var to = "/v2/team/other/blobs/uploads/?mount=" + digest;
      assertThat(send("POST", to + "&from=team/nothing").statusCode()).isEqualTo(202);
      assertThat(proxy.get("/v2/team/other/blobs/" + digest).statusCode()).isEqualTo(404);
      var mounted = send("POST", to + "&from=team/app");
      assertThat(mounted.statusCode()).isEqualTo(201);
      assertThat(proxy.get("/v2/team/other/blobs/" + digest).statusCode()).isEqualTo(200);
      assertThat(send("POST", "/v2/third/blobs/uploads/?mount=" + digest).statusCode())
          .isEqualTo(201);
    }

    @Test
    void manifestWithoutItsBlobsIsRefusedWithTheDigest() throws Exception {
      var config = push(noise(3, 10));
      var missing = Digest.of(noise(4, 10));
      var refused = putManifest("v1", manifest(config, missing));
      assertThat(refused.statusCode()).isEqualTo(404);
      assertThat(code(refused)).isEqualTo("MANIFEST_BLOB_UNKNOWN");
      assertThat(new String(refused.body(), StandardCharsets.UTF_8)).contains(missing.toString());
      assertThat(proxy.get("/v2/team/app/manifests/v1").statusCode()).isEqualTo(404);
    }

    @Test
    void manifestsThatMakeNoSenseAreRefused() throws Exception {
      var deep = "{\"schemaVersion\":2,\"a\":" + "[".repeat(5000) + "]".repeat(5000) + "}";
      var twice = "{\"schemaVersion\":2,\"schemaVersion\":2}";
      for (var text : List.of("", "{", "[]", "null", deep, twice, "{\"schemaVersion\":1}")) {
        var refused = putManifest("v1", text.getBytes(StandardCharsets.UTF_8));
        assertThat(refused.statusCode())
            .as(text.substring(0, Math.min(20, text.length())))
            .isEqualTo(400);
        assertThat(code(refused)).isEqualTo("MANIFEST_INVALID");
      }
      assertThat(putManifest("v1", new byte[5 << 20]).statusCode()).isEqualTo(413);
    }

    @Test
    void namesAtTheLimitAreTakenAndPastItRefused() throws Exception {
      var longest = "a".repeat(200) + "/" + "b".repeat(54);
      assertThat(send("POST", "/v2/" + longest + "/blobs/uploads/").statusCode()).isEqualTo(202);
      for (var name : List.of(longest + "c", "Team/app", "team//app", "team/_app", "-team")) {
        var refused = send("POST", "/v2/" + name + "/blobs/uploads/");
        assertThat(refused.statusCode()).as(name).isEqualTo(400);
      }
      var manifest = manifest(push(noise(5, 10)));
      assertThat(putManifest("a".repeat(128), manifest).statusCode()).isEqualTo(201);
      for (var tag : List.of("a".repeat(129), "-a", ".a", "..%2f..%2fetc")) {
        assertThat(putManifest(tag, manifest).statusCode()).as(tag).isBetween(400, 404);
      }
    }

    @Test
    void sparseIndexIsTakenAndWholeOneServed() throws Exception {
      var missing = Descriptor.of(MediaTypes.OCI_MANIFEST, Digest.of(noise(6, 5)), 5);
      var index = io.headwater.oci.ImageIndex.of(List.of(missing)).toJson();
      var put =
          send("PUT", "/v2/team/app/manifests/sparse", index, "Content-Type", MediaTypes.OCI_INDEX);
      assertThat(put.statusCode()).isEqualTo(201);
      assertThat(proxy.get("/v2/team/app/manifests/sparse").body()).isEqualTo(index);
    }

    @Test
    void manifestOfAnyMediaTypeIsTakenAndItsSubjectListed() throws Exception {
      var image = manifest(push(noise(7, 10)));
      var subject = putManifest("v1", image);
      var digest = header(subject, "Docker-Content-Digest");
      var blob = push(noise(8, 10));
      var other =
          """
          {"mediaType":"application/vnd.example+json","artifactType":"application/x.note",
           "blobs":[{"mediaType":"x/y","digest":"%s","size":10}],
           "subject":{"mediaType":"%s","digest":"%s","size":%d}}"""
              .formatted(blob, MediaTypes.OCI_MANIFEST, digest, image.length)
              .getBytes(StandardCharsets.UTF_8);
      var put =
          send(
              "PUT",
              "/v2/team/app/manifests/" + Digest.of(other),
              other,
              "Content-Type",
              "application/vnd.example+json");
      assertThat(put.statusCode()).isEqualTo(201);
      assertThat(header(put, "OCI-Subject")).isEqualTo(digest);
      var referrers =
          Json.object(proxy.get("/v2/team/app/referrers/" + digest).body(), "referrers");
      assertThat(referrers.path("manifests").get(0).path("artifactType").asString())
          .isEqualTo("application/x.note");
    }

    /** As OCI allows it, the manifest does not say its type itself. */
    private byte[] silentManifest() throws Exception {
      var config = Descriptor.of(MediaTypes.OCI_CONFIG, push(noise(12, 10)), 10);
      var manifest = Json.object();
      manifest.put("schemaVersion", 2).putArray("layers");
      manifest.set("config", Json.object(Json.write(config), "descriptor"));
      return Json.write(manifest);
    }

    @Test
    void typeOfADigestStaysWhoeverPushesItAgainAndHowever() throws Exception {
      var manifest = silentManifest();
      var path = "/v2/team/app/manifests/" + Digest.of(manifest);
      var pushes = new ArrayList<Callable<String>>();
      for (int i = 0; i < 20; i++) {
        var type = i % 2 == 0 ? MediaTypes.OCI_MANIFEST : MediaTypes.DOCKER_MANIFEST;
        pushes.add(
            () -> type + " " + send("PUT", path, manifest, "Content-Type", type).statusCode());
      }
      var codes = new ArrayList<String>();
      try (var racers = Executors.newVirtualThreadPerTaskExecutor()) {
        for (var push : racers.invokeAll(pushes)) {
          codes.add(push.get());
        }
      }
      assertThat(codes)
          .hasSize(20)
          .containsOnly(MediaTypes.OCI_MANIFEST + " 201", MediaTypes.DOCKER_MANIFEST + " 400");
      assertThat(header(proxy.get(path), "Content-Type")).isEqualTo(MediaTypes.OCI_MANIFEST);
      assertThat(send("PUT", path, manifest).statusCode()).isEqualTo(201);
      assertThat(header(proxy.get(path), "Content-Type")).isEqualTo(MediaTypes.OCI_MANIFEST);
    }

    @Test
    void typesThatCannotBeServedAreRefusedWithASentence() throws Exception {
      var manifest = silentManifest();
      var path = "/v2/team/app/manifests/v1";
      for (var type :
          List.of(
              "text/html",
              "text/html; x=\"",
              "application/x-www-form-urlencoded",
              "application/" + "a".repeat(5000),
              "a",
              "\u00e9/\u00e9")) {
        var refused = send("PUT", path, manifest, "Content-Type", type);
        assertThat(refused.statusCode()).as(type).isEqualTo(400);
        assertThat(code(refused)).isEqualTo("MANIFEST_INVALID");
      }
      var own = new String(manifest, StandardCharsets.UTF_8);
      for (var type : List.of("text/html", "application/xhtml+xml", "application/a b")) {
        var lying = own.replaceFirst("\\{", "{\"mediaType\":\"" + type + "\",");
        var bytes = lying.getBytes(StandardCharsets.UTF_8);
        assertThat(send("PUT", path, bytes, "Content-Type", type).statusCode()).isEqualTo(400);
        assertThat(send("PUT", path, bytes).statusCode()).isEqualTo(400);
      }
      assertThat(proxy.get(path).statusCode()).isEqualTo(404);
      var charset = MediaTypes.OCI_MANIFEST + "; charset=utf-8";
      assertThat(send("PUT", path, manifest, "Content-Type", charset).statusCode()).isEqualTo(201);
      assertThat(header(proxy.get(path), "Content-Type")).isEqualTo(MediaTypes.OCI_MANIFEST);
    }

    @Test
    void noAnswerMayBeGuessedAt() throws Exception {
      putManifest("v1", manifest(push(noise(13, 10))));
      for (var path :
          List.of(
              "/v2/",
              "/v2/team/app/manifests/v1",
              "/v2/team/app/manifests/none",
              "/v2/team/app/tags/list",
              "/oauth2/token",
              "/acr/v1/team/app/_tags",
              "/metrics",
              "/healthz",
              "/readyz",
              "/nowhere")) {
        for (var answer : List.of(proxy.get(path), proxy.getStreaming(path))) {
          assertThat(header(answer, "X-Content-Type-Options")).as(path).isEqualTo("nosniff");
        }
      }
      assertThat(proxy.raw("nonsense\r\n\r\n")).containsIgnoringCase("options: nosniff");
    }

    @Test
    void catalogComesInPages() throws Exception {
      for (var name : List.of("b", "a", "a/c", "d")) {
        var config = Digest.of(CONTENT);
        send("POST", "/v2/" + name + "/blobs/uploads/?digest=" + config, CONTENT);
        send(
            "PUT",
            "/v2/" + name + "/manifests/v1",
            manifest(config),
            "Content-Type",
            MediaTypes.OCI_MANIFEST);
      }
      var first = send("GET", "/v2/_catalog?n=2");
      assertThat(new String(first.body(), StandardCharsets.UTF_8))
          .isEqualTo("{\"repositories\":[\"a\",\"a/c\"]}");
      assertThat(header(first, "Link")).isEqualTo("</v2/_catalog?n=2&last=a%2Fc>; rel=\"next\"");
      assertThat(
              new String(send("GET", "/v2/_catalog?n=2&last=a%2Fc").body(), StandardCharsets.UTF_8))
          .isEqualTo("{\"repositories\":[\"b\",\"d\"]}");
    }

    @Test
    void blobInUseIsNotDeleted() throws Exception {
      var config = push(noise(9, 10));
      var layer = push(noise(10, 10));
      var put = putManifest("v1", manifest(config, layer));
      var refused = send("DELETE", "/v2/team/app/blobs/" + layer);
      assertThat(refused.statusCode()).isEqualTo(405);
      assertThat(new String(refused.body(), StandardCharsets.UTF_8))
          .contains(header(put, "Docker-Content-Digest"));
      assertThat(proxy.get("/v2/team/app/blobs/" + layer).statusCode()).isEqualTo(200);
    }

    @Test
    void tagIsRemovedAloneAndManifestWithItsTags() throws Exception {
      var put = putManifest("v1", manifest(push(noise(11, 10))));
      putManifest("v2", manifest(push(noise(11, 10))));
      var digest = header(put, "Docker-Content-Digest");
      assertThat(send("DELETE", "/v2/team/app/manifests/v1").statusCode()).isEqualTo(202);
      assertThat(proxy.get("/v2/team/app/manifests/v1").statusCode()).isEqualTo(404);
      assertThat(proxy.get("/v2/team/app/manifests/v2").statusCode()).isEqualTo(200);
      assertThat(send("DELETE", "/v2/team/app/manifests/" + digest).statusCode()).isEqualTo(202);
      assertThat(proxy.get("/v2/team/app/manifests/v2").statusCode()).isEqualTo(404);
      assertThat(proxy.get("/v2/team/app/manifests/" + digest).statusCode()).isEqualTo(404);
      assertThat(send("DELETE", "/v2/team/app/manifests/" + digest).statusCode()).isEqualTo(404);
    }
  }
}
