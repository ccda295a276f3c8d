package io.headwater.proxy.v2;

import static org.assertj.core.api.Assertions.assertThat;

import io.headwater.oci.Descriptor;
import io.headwater.oci.ImageIndex;
import io.headwater.oci.Json;
import io.headwater.oci.MediaTypes;
import io.headwater.oci.Platform;
import io.headwater.proxy.RunningProxy;
import io.headwater.registry.StoredManifest;
import io.headwater.sample.Images;
import io.headwater.sample.Layer;
import io.headwater.sample.Tar;
import io.headwater.sample.Vectors;
import io.headwater.store.file.FileStore;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@SuppressWarnings("NullAway.Init")
class RegistryApiTest {
  private static final Layer LAYER = Layer.gzip(new Tar().file("etc/motd", "hello"));

  @TempDir private Path folder = Path.of("");
  private RunningProxy proxy;
  private StoredManifest image;
  private StoredManifest index;
  private Descriptor arm64;

  @BeforeEach
  void start() throws IOException {
    proxy = new RunningProxy(FileStore.open(folder.resolve("store")));
    image = proxy.putImage("team/app", "v1", Images.layout(folder.resolve("one"), LAYER));
    var images = Images.in(folder.resolve("many"));
    arm64 = images.image(Platform.of("linux", "arm64"), LAYER);
    var amd64 = images.image(Platform.of("linux", "amd64"), LAYER);
    images.index(images.indexBlob(MediaTypes.OCI_INDEX, List.of(arm64, amd64)));
    index = proxy.putImage("team/app", "multi", folder.resolve("many"));
  }

  @AfterEach
  void stop() {
    proxy.close();
  }

  private static String header(HttpResponse<byte[]> response, String name) {
    return response.headers().firstValue(name).orElse("");
  }

  private static String code(HttpResponse<byte[]> response) throws IOException {
    assertThat(header(response, "Content-Type")).isEqualTo("application/json");
    var error = Json.object(response.body(), "error").path("errors").get(0);
    assertThat(error.path("message").asString()).isNotBlank().doesNotContain("Exception");
    return error.path("code").asString();
  }

  @Test
  void baseSaysThatThisIsARegistry() throws Exception {
    var response = proxy.get("/v2/");
    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(header(response, "Docker-Distribution-Api-Version")).isEqualTo("registry/2.0");
  }

  @Test
  void manifestComesByTagAndByDigestWithItsExactBytes() throws Exception {
    for (var reference : List.of("v1", image.digest().toString())) {
      for (var method : List.of("GET", "HEAD")) {
        var response = proxy.send(method, "/v2/team/app/manifests/" + reference);
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(header(response, "Docker-Content-Digest")).isEqualTo(image.digest().toString());
        assertThat(header(response, "Content-Type")).isEqualTo(image.mediaType());
        assertThat(header(response, "Content-Length")).isEqualTo("" + image.bytes().length);
        assertThat(response.body()).isEqualTo(method.equals("GET") ? image.bytes() : new byte[0]);
      }
    }
  }

  /** As containerd, Docker and skopeo send it: one header with many types, or many headers. */
  @Test
  void acceptOfRealClientsGetsTheIndex() throws Exception {
    var containerd =
        proxy.get(
            "/v2/team/app/manifests/multi?ns=localhost",
            "Accept",
            "application/vnd.docker.distribution.manifest.v2+json, application/vnd.docker.distribution.manifest.list.v2+json, application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json, */*");
    var skopeo =
        proxy.get(
            "/v2/team/app/manifests/multi",
            "Accept",
            "application/vnd.oci.image.manifest.v1+json",
            "Accept",
            "application/vnd.docker.distribution.manifest.v1+prettyjws",
            "Accept",
            "application/vnd.oci.image.index.v1+json");
    for (var response : List.of(containerd, skopeo)) {
      assertThat(header(response, "Docker-Content-Digest")).isEqualTo(index.digest().toString());
    }
  }

  @Test
  void clientThatKnowsNoIndexGetsTheImageForAmd64() throws Exception {
    var response = proxy.get("/v2/team/app/manifests/multi", "Accept", MediaTypes.OCI_MANIFEST);
    var amd64 = ((ImageIndex) index.parse()).manifests().get(1);
    assertThat(header(response, "Docker-Content-Digest")).isEqualTo(amd64.digest().toString());
  }

  @Test
  void clientThatKnowsNothingOfItIsTold() throws Exception {
    var response = proxy.get("/v2/team/app/manifests/v1", "Accept", "application/x-other");
    assertThat(response.statusCode()).isEqualTo(404);
    assertThat(code(response)).isEqualTo("MANIFEST_UNKNOWN");
  }

  @Test
  void knownManifestIsNotSentAgain() throws Exception {
    var response =
        proxy.get("/v2/team/app/manifests/v1", "If-None-Match", "\"" + image.digest() + "\"");
    assertThat(response.statusCode()).isEqualTo(304);
  }

  @ParameterizedTest
  @CsvSource({
    "/v2/team/app/manifests/nothing, 404, MANIFEST_UNKNOWN",
    "/v2/no/such/manifests/v1, 404, MANIFEST_UNKNOWN",
    "/v2/team/app/manifests/sha256:abc, 400, DIGEST_INVALID",
    "/v2/team/app/blobs/sha256:abc, 400, DIGEST_INVALID",
    "/v2/team/app/blobs/latest, 400, DIGEST_INVALID",
    "/v2/Team/app/manifests/v1, 400, NAME_INVALID",
    "/v2/team/_app/tags/list, 400, NAME_INVALID",
    "/v2/no/such/tags/list, 404, NAME_UNKNOWN",
    "/v2/team/app/tags/list?n=x, 400, PAGINATION_NUMBER_INVALID",
    "/v2/team/app/tags/list?n=-1, 400, PAGINATION_NUMBER_INVALID",
    "/v2/team/app, 404, NAME_UNKNOWN",
    "/v2/team/app/referrers/x, 400, DIGEST_INVALID"
  })
  void errorsHaveTheFormOfTheSpecification(String path, int status, String code) throws Exception {
    var response = proxy.get(path);
    assertThat(response.statusCode()).isEqualTo(status);
    assertThat(code(response)).isEqualTo(code);
  }

  @Test
  void nodesViewIsOnlyRead() throws Exception {
    for (var method : List.of("POST", "PUT", "DELETE", "PATCH")) {
      var response = proxy.sendStreaming(method, "/v2/team/app/blobs/uploads/");
      assertThat(response.statusCode()).isEqualTo(405);
      assertThat(code(response)).isEqualTo("UNSUPPORTED");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/v2/../../etc/passwd", "/v2/team/app/blobs/../../../../etc/passwd",
            "/v2/%2e%2e/%2e%2e/manifests/v1",
        "/v2/team/app/manifests/..%2f..%2fetc", "/v2/team%00app/manifests/v1",
            "/v2/team/app/blobs/sha256:..%2F..%2Fx"
      })
  void pathsThatTryToLeaveAreRefused(String path) throws Exception {
    var answer = proxy.raw("GET " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    assertThat(answer).matches("(?s)HTTP/1.1 40[04] .*").doesNotContain("root:");
  }

  @Test
  void garbageInsteadOfHttpIsRefused() throws Exception {
    assertThat(proxy.raw("\u0016\u0003\u0001 this is no HTTP\r\n\r\n")).startsWith("HTTP/1.1 400");
    assertThat(proxy.raw("GET /v2/" + "a".repeat(100_000) + " HTTP/1.1\r\nHost: x\r\n\r\n"))
        .matches("(?s)HTTP/1.1 4\\d\\d .*");
    assertThat(proxy.get("/v2/").statusCode()).isEqualTo(200);
  }

  @Test
  void tagsComeInPages() throws Exception {
    for (int i = 0; i < 25; i++) {
      proxy
          .repository("team/app")
          .putTag(new io.headwater.oci.Tag("t%02d".formatted(i)), image.digest());
    }
    var seen = new java.util.ArrayList<String>();
    var path = "/v2/team/app/tags/list?n=10";
    while (!path.isEmpty()) {
      var response = proxy.get(path);
      var body = Json.object(response.body(), "tags");
      assertThat(body.path("name").asString()).isEqualTo("team/app");
      body.path("tags").forEach(tag -> seen.add(tag.asString()));
      var link = header(response, "Link");
      path = link.isEmpty() ? "" : link.substring(1, link.indexOf('>'));
      assertThat(link.isEmpty() || link.endsWith(">; rel=\"next\"")).isTrue();
    }
    assertThat(seen).hasSize(27).isSorted().contains("multi", "v1", "t00", "t24");
    assertThat(new String(proxy.get("/v2/team/app/tags/list?n=0").body(), StandardCharsets.UTF_8))
        .contains("\"tags\":[]");
    assertThat(
            new String(proxy.get("/v2/team/app/tags/list?last=t23").body(), StandardCharsets.UTF_8))
        .contains("[\"t24\",\"v1\"]");
  }

  @Test
  void referrersOfNothingAreAnEmptyIndex() throws Exception {
    var response = proxy.get("/v2/team/app/referrers/" + image.digest());
    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(header(response, "Content-Type")).isEqualTo(MediaTypes.OCI_INDEX);
    assertThat(Json.object(response.body(), "index").path("manifests")).isEmpty();
  }

  @Test
  void referrersAreFilteredByArtifactType() throws Exception {
    proxy.convert("team/app", image.digest());
    var all = proxy.get("/v2/team/app/referrers/" + image.digest());
    var streaming =
        proxy.get(
            "/v2/team/app/referrers/"
                + image.digest()
                + "?artifactType=application%2Fvnd.azure.artifact.streaming.v1");
    var others =
        proxy.get("/v2/team/app/referrers/" + image.digest() + "?artifactType=application%2Fother");
    for (var response : List.of(all, streaming)) {
      var found = Json.object(response.body(), "index").path("manifests");
      assertThat(found).hasSize(1);
      assertThat(found.get(0).path("artifactType").asString())
          .isEqualTo(MediaTypes.STREAMING_ARTIFACT);
      assertThat(found.get(0).path("annotations").path("streaming.format").asString())
          .isEqualTo("overlaybd");
    }
    assertThat(Json.object(others.body(), "index").path("manifests")).isEmpty();
    assertThat(header(all, "OCI-Filters-Applied")).isEmpty();
    assertThat(header(streaming, "OCI-Filters-Applied")).isEqualTo("artifactType");
  }

  @Test
  void referrersComeByPages() throws Exception {
    var empty = proxy.putBlob("team/app", "{}".getBytes(StandardCharsets.UTF_8));
    var blob =
        "{\"mediaType\":\"application/vnd.oci.empty.v1+json\",\"digest\":\"%s\",\"size\":2}"
            .formatted(empty);
    for (int i = 0; i < 5; i++) {
      var manifest =
          """
          {"schemaVersion":2,"mediaType":"%s","artifactType":"a/b","config":%s,"layers":[%s],
          "subject":{"mediaType":"%s","digest":"%s","size":%d},"annotations":{"n":"%d"}}"""
              .formatted(
                  MediaTypes.OCI_MANIFEST,
                  blob,
                  blob,
                  image.mediaType(),
                  image.digest(),
                  image.bytes().length,
                  i);
      proxy
          .repository("team/app")
          .putManifest(
              manifest.getBytes(StandardCharsets.UTF_8), MediaTypes.OCI_MANIFEST, "sha256");
    }
    var seen = new HashSet<String>();
    var next = "/v2/team/app/referrers/" + image.digest() + "?n=2&artifactType=a%2Fb";
    for (int page = 0; page < 3; page++) {
      var response = proxy.get(next);
      var found = Json.object(response.body(), "index").path("manifests");
      assertThat(found).hasSize(page < 2 ? 2 : 1);
      found.forEach(referrer -> seen.add(referrer.path("digest").asString()));
      assertThat(header(response, "Link").isEmpty()).isEqualTo(page == 2);
      next = header(response, "Link").replaceFirst("<(.*)>.*", "$1");
    }
    assertThat(seen).hasSize(5);
  }

  @Test
  void nodesViewAnswersTagWithTheStreamingManifestOfItsPlatform() throws Exception {
    var before = proxy.getStreaming("/v2/team/app/manifests/multi");
    assertThat(header(before, "Headwater-Served")).isEqualTo("original");
    assertThat(header(before, "Docker-Content-Digest")).isEqualTo(index.digest().toString());
    proxy.convert("team/app", index.digest());
    var usual = proxy.getStreaming("/v2/team/app/manifests/multi");
    var arm =
        proxy.getStreaming("/v2/team/app/manifests/multi", "Headwater-Platform", "linux/arm64");
    var query = proxy.getStreaming("/v2/team/app/manifests/multi?platform=linux/arm64");
    var none = proxy.getStreaming("/v2/team/app/manifests/multi?platform=linux/s390x");
    assertThat(header(usual, "Headwater-Served")).isEqualTo("streaming");
    assertThat(architecture(usual)).isEqualTo("amd64");
    assertThat(architecture(arm)).isEqualTo("arm64");
    assertThat(query.body()).isEqualTo(arm.body());
    assertThat(header(none, "Headwater-Served")).isEqualTo("original");
    assertThat(none.body()).isEqualTo(index.bytes());
    // The registry's own port is not changed by that.
    assertThat(proxy.get("/v2/team/app/manifests/multi").body()).isEqualTo(index.bytes());
  }

  @Test
  void nodesViewAnswersTagOfWhatIsStreamableAlreadyWithItAndSaysSo() throws Exception {
    var images = Images.in(folder.resolve("obd"));
    var amd64 = images.overlaybd(Platform.of("linux", "amd64"), Vectors.bytes("image-layer1.obd"));
    images.index(amd64);
    var single = proxy.putImage("team/app", "obd", folder.resolve("obd"));
    images.index(
        images.indexBlob(
            MediaTypes.OCI_INDEX,
            List.of(amd64, images.image(Platform.of("linux", "arm64"), LAYER))));
    var mixed = proxy.putImage("team/app", "mixed", folder.resolve("obd"));
    proxy.convert("team/app", mixed.digest());
    for (var stored : Map.of("obd", single, "mixed", mixed).entrySet()) {
      var answer = proxy.getStreaming("/v2/team/app/manifests/" + stored.getKey());
      assertThat(header(answer, "Headwater-Served"))
          .isEqualTo("original; streamable already (overlaybd)");
      assertThat(answer.body()).isEqualTo(stored.getValue().bytes());
    }
    // What is not streamable in the same index is served as it was converted.
    var arm = proxy.getStreaming("/v2/team/app/manifests/mixed?platform=linux/arm64");
    assertThat(header(arm, "Headwater-Served")).isEqualTo("streaming");
    // Our own artifact under a tag is one, too.
    proxy.convert("team/app", image.digest());
    var artifact = proxy.repository("team/app").referrers(image.digest(), "").getFirst().digest();
    proxy.repository("team/app").putTag(new io.headwater.oci.Tag("own"), artifact);
    var served = proxy.getStreaming("/v2/team/app/manifests/own");
    assertThat(header(served, "Headwater-Served"))
        .isEqualTo("original; streamable already (overlaybd)");
    assertThat(header(served, "Docker-Content-Digest")).isEqualTo(artifact.toString());
  }

  private static String architecture(HttpResponse<byte[]> manifest) throws IOException {
    return Json.object(manifest.body(), "manifest")
        .path("annotations")
        .path("streaming.platform.arch")
        .asString();
  }

  @Test
  void nodesViewAnswersDigestWithExactlyThatDigest() throws Exception {
    proxy.convert("team/app", image.digest());
    var response = proxy.getStreaming("/v2/team/app/manifests/" + image.digest());
    assertThat(response.body()).isEqualTo(image.bytes());
    assertThat(header(response, "Docker-Content-Digest")).isEqualTo(image.digest().toString());
  }
}
