package io.headwater.proxy.v2;

import static org.assertj.core.api.Assertions.assertThat;

import io.headwater.oci.Descriptor;
import io.headwater.oci.Digest;
import io.headwater.oci.Field;
import io.headwater.oci.ImageIndex;
import io.headwater.oci.ImageManifest;
import io.headwater.oci.MediaTypes;
import io.headwater.oci.Platform;
import io.headwater.proxy.Login;
import io.headwater.proxy.RunningProxy;
import io.headwater.sample.Layer;
import io.headwater.sample.OddDocuments;
import io.headwater.sample.OddDocuments.Odd;
import io.headwater.sample.Tar;
import io.headwater.store.Condition;
import io.headwater.store.ContentStore;
import io.headwater.store.azure.AzureStore;
import io.headwater.store.file.FileStore;
import io.headwater.tool.Azurite;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Thousands of odd documents for one running server: each is refused with a code, or taken and then
 * got, listed, served to nodes, converted or refused with a code, and deleted.
 */
class OddManifestsTest {
  @Nested
  class OverFolder extends Documents {
    @Override
    ContentStore store(Path folder) throws IOException {
      return FileStore.open(folder.resolve("store"));
    }

    @Override
    int every() {
      return 1;
    }
  }

  @Nested
  @Tag("tools")
  class OverAzure extends Documents {
    @Override
    ContentStore store(Path folder) throws IOException {
      return AzureStore.open(
          Azurite.start().connectionString(), "odd" + Long.toHexString(System.nanoTime()));
    }

    @Override
    int every() {
      return 17;
    }
  }

  @SuppressWarnings("NullAway.Init")
  abstract static class Documents {
    private static final String NAME = "odd";
    private static final String FAULT = "headwater\\.|java\\.|jackson|Exception|internal error";

    @TempDir private Path folder = Path.of("");
    private ContentStore store;
    private RunningProxy proxy;
    private final Map<Digest, Odd> taken = new LinkedHashMap<>();

    abstract ContentStore store(Path folder) throws IOException;

    /** One document of so many is tried. */
    abstract int every();

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

    private HttpResponse<byte[]> send(String method, String path, byte[] body, String type)
        throws IOException, InterruptedException {
      return proxy.send(method, path, body, "Authorization", Login.header(), "Content-Type", type);
    }

    private HttpResponse<byte[]> send(String method, String path)
        throws IOException, InterruptedException {
      return send(method, path, new byte[0], "application/json");
    }

    private HttpResponse<byte[]> get(String path) throws IOException, InterruptedException {
      return send("GET", path);
    }

    private HttpResponse<byte[]> streamed(String path) throws IOException, InterruptedException {
      return proxy.getStreaming(path, "Authorization", Login.header());
    }

    private static String text(HttpResponse<byte[]> response) {
      return new String(response.body(), StandardCharsets.UTF_8);
    }

    private Descriptor blob(byte[] content, String type) throws IOException {
      return Descriptor.of(type, proxy.putBlob(NAME, content), content.length);
    }

    private static byte[] config(Layer layer) {
      return ("{\"os\":\"linux\",\"architecture\":\"amd64\",\"variant\":\"v2\",\"os.version\":\"1\","
              + "\"config\":{\"Cmd\":[\"sh\"]},\"history\":[{\"created_by\":\"x\"}],"
              + "\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\""
              + layer.diffId()
              + "\"]}}")
          .getBytes(StandardCharsets.UTF_8);
    }

    private static Layer layer() {
      return Layer.gzip(new Tar().file("etc/motd", "hello"));
    }

    private ImageManifest image(String type, byte[] config) throws IOException {
      var isOci = type.equals(MediaTypes.OCI_MANIFEST);
      var layer = layer();
      return new ImageManifest(
          2,
          type,
          null,
          blob(config, isOci ? MediaTypes.OCI_CONFIG : MediaTypes.DOCKER_CONFIG),
          List.of(
              blob(
                  layer.blob(), isOci ? layer.mediaType() : MediaTypes.DOCKER_LAYER_TAR + ".gzip")),
          null,
          isOci ? Map.of("a", "b") : null);
    }

    /** Pushes a document; what is taken is remembered. */
    private void push(Odd odd, String type) throws Exception {
      var response = send("PUT", "/v2/odd/manifests/latest", odd.bytes(), type);
      var status = response.statusCode();
      assertThat(status).as("%s: %s", odd, text(response)).matches(s -> s == 201 || s / 100 == 4);
      if (status == 201) {
        var digest = Digest.of(odd.bytes());
        taken.put(digest, odd);
        got(get("/v2/odd/manifests/" + digest), type, odd);
        got(get("/v2/odd/manifests/latest"), type, odd);
        answered(streamed("/v2/odd/manifests/latest"), odd);
      } else {
        assertThat(text(response)).as(odd.what()).contains("\"code\"").doesNotContainPattern(FAULT);
      }
    }

    private static void got(HttpResponse<byte[]> response, String type, Odd odd) {
      assertThat(response.statusCode()).as(odd.what()).isEqualTo(200);
      assertThat(response.body()).as(odd.what()).isEqualTo(odd.bytes());
      assertThat(response.headers().firstValue("Content-Type")).as(odd.what()).contains(type);
    }

    private static void answered(HttpResponse<byte[]> response, Odd odd) {
      assertThat(response.statusCode()).as("%s: %s", odd, text(response)).isEqualTo(200);
    }

    private void pushAll(byte[] right, String type) throws Exception {
      var all = OddDocuments.of(right);
      for (int i = 0; i < all.size(); i += every()) {
        push(all.get(i), type);
      }
      for (int seed = 0; seed < 300; seed += every()) {
        push(OddDocuments.random(right, seed), type);
      }
    }

    private void convertAll() throws Exception {
      for (var digest : taken.keySet()) {
        var response = send("POST", "/acr/v1/odd/_streaming/" + digest);
        assertThat(response.statusCode()).as("%s: %s", digest, text(response)).isEqualTo(202);
      }
      for (var entry : taken.entrySet()) {
        var operation = ended(entry.getKey());
        assertThat(operation)
            .as(entry.getValue().what())
            .doesNotContain("UNKNOWN_ERROR")
            .doesNotContainPattern(FAULT)
            .containsPattern("Succeeded|\"code\":\"[A-Z_]+\"");
      }
    }

    private String ended(Digest digest) throws Exception {
      while (true) {
        var operation = text(get("/acr/v1/odd/_streaming/" + digest));
        if (!operation.contains("NotStarted") && !operation.contains("Running")) {
          return operation;
        }
        // A wrong document is never worth another try.
        assertThat(operation).doesNotContain("tried again");
        Thread.sleep(20);
      }
    }

    private void listAndDeleteAll() throws Exception {
      for (var entry : taken.entrySet()) {
        answered(get("/v2/odd/referrers/" + entry.getKey()), entry.getValue());
      }
      var odd = new Odd("all", new byte[0]);
      answered(get("/v2/odd/tags/list"), odd);
      answered(get("/v2/_catalog"), odd);
      answered(get("/acr/v1/odd/_operations"), odd);
      for (var entry : taken.entrySet()) {
        var response = send("DELETE", "/v2/odd/manifests/" + entry.getKey());
        assertThat(response.statusCode())
            .as("%s: %s", entry.getValue(), text(response))
            .isIn(202, 404);
      }
    }

    @Test
    void everyOddManifestIsRefusedOrServedAndConverted() throws Exception {
      pushAll(image(MediaTypes.OCI_MANIFEST, config(layer())).toJson(), MediaTypes.OCI_MANIFEST);
      pushAll(
          image(MediaTypes.DOCKER_MANIFEST, config(layer())).toJson(), MediaTypes.DOCKER_MANIFEST);
      assertThat(taken.size()).isGreaterThan(50 / every());
      convertAll();
      listAndDeleteAll();
    }

    @Test
    void everyOddIndexIsRefusedOrServedAndConverted() throws Exception {
      var image = image(MediaTypes.OCI_MANIFEST, config(layer()));
      var stored = proxy.repository(NAME).putManifest(image.toJson(), MediaTypes.OCI_MANIFEST);
      var child =
          new Descriptor(
              MediaTypes.OCI_MANIFEST,
              stored.digest(),
              stored.bytes().length,
              null,
              Map.of("a", "b"),
              null,
              null,
              new Platform("amd64", "linux", "v2", "1"));
      var missing = Descriptor.of(MediaTypes.OCI_MANIFEST, Digest.of(new byte[1]), 1);
      pushAll(
          new ImageIndex(
                  2, MediaTypes.OCI_INDEX, null, List.of(child, missing), null, Map.of("a", "b"))
              .toJson(),
          MediaTypes.OCI_INDEX);
      assertThat(taken.size()).isGreaterThan(50 / every());
      convertAll();
      listAndDeleteAll();
    }

    @Test
    void everyOddArtifactIsRefusedOrListed() throws Exception {
      var subject =
          proxy
              .repository(NAME)
              .putManifest(
                  image(MediaTypes.OCI_MANIFEST, config(layer())).toJson(),
                  MediaTypes.OCI_MANIFEST);
      var empty = "{}".getBytes(StandardCharsets.UTF_8);
      var config = blob(empty, MediaTypes.OCI_EMPTY);
      var embedded =
          new Descriptor(
              config.mediaType(),
              config.digest(),
              config.size(),
              null,
              null,
              Base64.getEncoder().encodeToString(empty),
              null,
              null);
      var artifact =
          new ImageManifest(
              2,
              MediaTypes.OCI_MANIFEST,
              MediaTypes.STREAMING_ARTIFACT,
              embedded,
              List.of(blob(new byte[] {1}, "a/b")),
              subject.descriptor(),
              Map.of("streaming.platform.os", "linux", "streaming.platform.arch", "amd64"));
      pushAll(artifact.toJson(), MediaTypes.OCI_MANIFEST);
      // Whatever came: who asks for what refers to the image, and nodes that pull it, are answered.
      send("PUT", "/v2/odd/manifests/subject", subject.bytes(), MediaTypes.OCI_MANIFEST);
      var referrers = get("/v2/odd/referrers/" + subject.digest());
      assertThat(referrers.statusCode()).isEqualTo(200);
      assertThat(Field.document(referrers.body(), "referrers").field("manifests").items())
          .isNotEmpty();
      assertThat(streamed("/v2/odd/manifests/subject").statusCode()).isEqualTo(200);
      convertAll();
      listAndDeleteAll();
    }

    @Test
    void everyOddConfigIsConvertedOrRefusedWithACode() throws Exception {
      var configs = OddDocuments.of(config(layer()));
      for (int i = 0; i < configs.size(); i += every()) {
        if (configs.get(i).bytes().length > 0) {
          var manifest = image(MediaTypes.OCI_MANIFEST, configs.get(i).bytes()).toJson();
          push(new Odd("config: " + configs.get(i), manifest), MediaTypes.OCI_MANIFEST);
        }
      }
      convertAll();
    }

    @Test
    void everyOddRequestIsAnsweredWithACode() throws Exception {
      var right =
          "{\"convertPushedImages\":true,\"conversionFormat\":\"overlaybd\",\"conversionVersion\":\"v1\"}"
              .getBytes(StandardCharsets.UTF_8);
      for (var odd : OddDocuments.of(right)) {
        for (var path : List.of("_streaming", "_streaming/" + Digest.of(right))) {
          var response = send("POST", "/acr/v1/odd/" + path, odd.bytes(), "application/json");
          assertThat(response.statusCode())
              .as("%s: %s", odd, text(response))
              .matches(s -> s / 100 == 2 || s / 100 == 4);
          assertThat(text(response)).as(odd.what()).doesNotContainPattern(FAULT);
        }
      }
      answered(get("/acr/v1/odd/_streaming"), new Odd("settings", right));
    }

    @Test
    void refusesSizeThatIsNotTheBlobs() throws Exception {
      var right = image(MediaTypes.OCI_MANIFEST, config(layer()));
      var layer = right.layers().getFirst();
      for (var wrong : List.of(right.config(), layer)) {
        var json = new String(right.toJson(), StandardCharsets.UTF_8);
        for (var stated : List.of(0L, wrong.size() + 1, Long.MAX_VALUE)) {
          var altered =
              json.replace(
                  wrong.digest() + "\",\"size\":" + wrong.size(),
                  wrong.digest() + "\",\"size\":" + stated);
          assertThat(altered).isNotEqualTo(json);
          var response = put("latest", altered, MediaTypes.OCI_MANIFEST);
          assertThat(response.statusCode()).isEqualTo(400);
          assertThat(text(response))
              .contains("SIZE_INVALID")
              .contains(
                  "blob "
                      + wrong.digest()
                      + " has "
                      + wrong.size()
                      + " bytes, its descriptor says "
                      + stated);
        }
      }
      assertThat(get("/v2/odd/manifests/latest").statusCode()).isEqualTo(404);
    }

    @Test
    void refusesSizeThatIsNotTheListedManifests() throws Exception {
      var image = image(MediaTypes.OCI_MANIFEST, config(layer()));
      var stored = proxy.repository(NAME).putManifest(image.toJson(), MediaTypes.OCI_MANIFEST);
      var wrong = Descriptor.of(MediaTypes.OCI_MANIFEST, stored.digest(), 7);
      var index = new String(ImageIndex.of(List.of(wrong)).toJson(), StandardCharsets.UTF_8);
      var response = put("latest", index, MediaTypes.OCI_INDEX);
      assertThat(response.statusCode()).isEqualTo(400);
      assertThat(text(response))
          .contains(
              "manifest "
                  + stored.digest()
                  + " has "
                  + stored.bytes().length
                  + " bytes, its descriptor says 7");
      var other = index.replace(stored.digest().hex(), "0".repeat(64));
      assertThat(put("latest", other, MediaTypes.OCI_INDEX).statusCode()).isEqualTo(201);
    }

    @Test
    void damagedManifestIsNotServed() throws Exception {
      var bytes = image(MediaTypes.OCI_MANIFEST, config(layer())).toJson();
      var digest = Digest.of(bytes);
      put("latest", new String(bytes, StandardCharsets.UTF_8), MediaTypes.OCI_MANIFEST);
      bytes[bytes.length / 2] ^= 1;
      store.put(
          "repositories/odd/_manifests/sha256/" + digest.hex(),
          bytes,
          MediaTypes.OCI_MANIFEST,
          Condition.ALWAYS);
      for (var method : List.of("GET", "HEAD")) {
        for (var reference : List.of(digest.toString(), "latest")) {
          var response = send(method, "/v2/odd/manifests/" + reference);
          assertThat(response.statusCode()).isEqualTo(500);
          assertThat(response.body()).isNotEqualTo(bytes);
        }
      }
      assertThat(streamed("/v2/odd/manifests/latest").statusCode()).isEqualTo(500);
      proxy.convert(NAME, digest);
      assertThat(text(get("/acr/v1/odd/_streaming/" + digest)))
          .contains("INVALID_IMAGE")
          .contains("is damaged in the store");
    }

    /** It is not pushed, and neither is somebody else's content opened by naming it. */
    @Test
    void foreignLayerIsTakenAndNotConverted() throws Exception {
      var layer = layer();
      var elsewhere = proxy.putBlob("victim", layer.blob());
      var foreign = new ArrayList<Descriptor>();
      foreign.add(
          new Descriptor(
              layer.mediaType(),
              elsewhere,
              layer.blob().length,
              List.of("https://example.com/layer"),
              null,
              null,
              null,
              null));
      foreign.add(
          Descriptor.of(
              "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
              elsewhere,
              Long.MAX_VALUE));
      for (var one : foreign) {
        var config = blob(config(layer), MediaTypes.OCI_CONFIG);
        var manifest =
            new ImageManifest(2, MediaTypes.OCI_MANIFEST, null, config, List.of(one), null, null);
        var json = new String(manifest.toJson(), StandardCharsets.UTF_8);
        assertThat(put("latest", json, MediaTypes.OCI_MANIFEST).statusCode()).isEqualTo(201);
        var digest = Digest.of(manifest.toJson());
        send("POST", "/acr/v1/odd/_streaming/" + digest);
        assertThat(ended(digest))
            .contains("INVALID_IMAGE")
            .contains("repository 'odd' has no blob " + elsewhere)
            .contains("foreign layer");
        assertThat(get("/v2/odd/blobs/" + elsewhere).statusCode()).isEqualTo(404);
      }
    }

    private HttpResponse<byte[]> put(String reference, String manifest, String type)
        throws Exception {
      return send(
          "PUT", "/v2/odd/manifests/" + reference, manifest.getBytes(StandardCharsets.UTF_8), type);
    }
  }
}
