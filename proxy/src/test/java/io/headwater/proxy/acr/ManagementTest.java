package io.headwater.proxy.acr;

import static org.assertj.core.api.Assertions.assertThat;

import io.headwater.oci.Digest;
import io.headwater.oci.Json;
import io.headwater.oci.MediaTypes;
import io.headwater.oci.RepositoryName;
import io.headwater.proxy.Login;
import io.headwater.proxy.RunningProxy;
import io.headwater.registry.GarbageCollection;
import io.headwater.registry.StoreCheck;
import io.headwater.sample.Images;
import io.headwater.sample.Layer;
import io.headwater.sample.Tar;
import io.headwater.store.file.FileStore;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** What {@code az acr artifact-streaming} and soft delete ask for, as a client sends it. */
@SuppressWarnings("NullAway.Init")
class ManagementTest {
  private static final String ON =
      "{\"convertPushedImages\":true,\"conversionFormat\":\"overlaybd\",\"conversionVersion\":\"v1\"}";
  private static final String FORMAT =
      "{\"conversionFormat\":\"overlaybd\",\"conversionVersion\":\"v1\"}";

  @TempDir private Path folder = Path.of("");
  private RunningProxy proxy;
  private Path layout;

  @BeforeEach
  void start() throws IOException {
    proxy = new RunningProxy(FileStore.open(folder.resolve("store")), Login.options(folder));
    layout =
        Images.layout(
            folder.resolve("layout"), Layer.gzip(new Tar().file("etc/motd", "hello".repeat(999))));
  }

  @AfterEach
  void stop() {
    proxy.close();
  }

  private HttpResponse<byte[]> send(String method, String path, String body)
      throws IOException, InterruptedException {
    return proxy.send(
        method,
        path,
        body.getBytes(StandardCharsets.UTF_8),
        "Authorization",
        Login.header(),
        "Content-Type",
        "application/json");
  }

  private JsonNode ok(String method, String path, String body) throws Exception {
    var response = send(method, path, body);
    assertThat(response.statusCode())
        .as(new String(response.body(), StandardCharsets.UTF_8))
        .isBetween(200, 202);
    return Json.object(response.body(), path);
  }

  private JsonNode awaitEnd(String path) throws Exception {
    for (int i = 0; i < 300; i++) {
      var response = send("GET", path, "");
      if (response.statusCode() == 200) {
        var operation = Json.object(response.body(), path);
        if (!List.of("NotStarted", "Running").contains(operation.path("status").asString())) {
          return operation;
        }
      }
      Thread.sleep(100);
    }
    throw new AssertionError("the conversion does not end");
  }

  /** Pushes the layout's image as a client does, over HTTP. */
  private Digest push(String tag) throws Exception {
    var index = Json.object(Files.readAllBytes(layout.resolve("index.json")), "index");
    var descriptor = index.path("manifests").get(0);
    var digest = Digest.parse(descriptor.path("digest").asString());
    var manifest = Files.readAllBytes(Images.blob(layout, digest));
    var json = Json.object(manifest, "manifest");
    pushBlob(json.path("config"));
    for (var layer : json.path("layers")) {
      pushBlob(layer);
    }
    var put =
        proxy.send(
            "PUT",
            "/v2/team/app/manifests/" + tag,
            manifest,
            "Authorization",
            Login.header(),
            "Content-Type",
            MediaTypes.OCI_MANIFEST);
    assertThat(put.statusCode()).isEqualTo(201);
    return digest;
  }

  private void pushBlob(JsonNode descriptor) throws Exception {
    var digest = Digest.parse(descriptor.path("digest").asString());
    var sent =
        proxy.send(
            "POST",
            "/v2/team/app/blobs/uploads/?digest=" + digest,
            Files.readAllBytes(Images.blob(layout, digest)),
            "Authorization",
            Login.header());
    assertThat(sent.statusCode()).isEqualTo(201);
  }

  private int artifacts(Digest digest) throws Exception {
    var path =
        "/v2/team/app/referrers/" + digest + "?artifactType=" + MediaTypes.STREAMING_ARTIFACT;
    return Json.object(proxy.get(path).body(), "referrers").path("manifests").size();
  }

  @Test
  void repositoryIsInactiveUntilItIsTurnedOn() throws Exception {
    var path = "/acr/v1/team/app/_streaming";
    assertThat(ok("GET", path, "").path("convertPushedImages").asBoolean()).isFalse();
    assertThat(ok("POST", path, ON).toString()).isEqualTo(ON);
    assertThat(ok("GET", path, "").toString()).isEqualTo(ON);
    assertThat(send("POST", path, ON.replace("overlaybd", "nydus")).statusCode()).isEqualTo(400);
    assertThat(send("POST", path, "{").statusCode()).isEqualTo(400);
  }

  @Test
  void imagePushedIntoActiveRepositoryIsConverted() throws Exception {
    push("before");
    ok("POST", "/acr/v1/team/app/_streaming", ON);
    var digest = push("v1");
    var operation = awaitEnd("/acr/v1/team/app/_streaming/" + digest);
    assertThat(operation.path("status").asString()).isEqualTo("Succeeded");
    assertThat(operation.path("name").asString()).isEqualTo("ArtifactStreamingConversion");
    assertThat(operation.path("resource").asString()).isEqualTo("team/app@" + digest);
    assertThat(operation.path("progress").asString()).isEqualTo("100%");
    assertThat(operation.path("layers").size()).isEqualTo(1);
    assertThat(operation.has("heartbeat")).isFalse();
    assertThat(artifacts(digest)).isEqualTo(1);
    assertThat(
            proxy
                .getStreaming("/v2/team/app/manifests/v1")
                .headers()
                .firstValue("Headwater-Served"))
        .hasValue("streaming");
    // Neither what was there before nor the artifact itself led to an operation.
    assertThat(ok("GET", "/acr/v1/team/app/_operations", "").path("operations").size())
        .isEqualTo(1);
  }

  @Test
  void conversionIsAskedForShownAndJoined() throws Exception {
    var digest = push("v1");
    var path = "/acr/v1/team/app/_streaming/" + digest;
    assertThat(send("GET", path, "").statusCode()).isEqualTo(404);
    var created = send("POST", path, FORMAT);
    assertThat(created.statusCode()).isEqualTo(202);
    var id = Json.object(created.body(), "operation").path("id").asString();
    var ended = awaitEnd("/acr/v1/team/app/_operations/" + id);
    assertThat(ended.path("status").asString()).isEqualTo("Succeeded");
    var cancel = send("POST", "/acr/v1/team/app/_operations/" + id + ":cancel", FORMAT);
    assertThat(cancel.statusCode()).isEqualTo(409);
    assertThat(send("GET", "/acr/v1/team/app/_operations/none", "").statusCode()).isEqualTo(404);
  }

  /** ACR's clients ask for a token to pull and push, and for nothing else. */
  @Test
  void tokenToPullAndPushIsEnough() throws Exception {
    var digest = push("v1");
    var scope = "/oauth2/token?service=x&scope=repository:team/app:pull,push";
    var answer = proxy.get(scope, "Authorization", Login.header()).body();
    var bearer = "Bearer " + Json.object(answer, "token").path("access_token").asString();
    var named = proxy.get("/acr/v1/team/app/_tags/v1", "Authorization", bearer);
    assertThat(Json.object(named.body(), "tag").path("tag").path("digest").asString())
        .isEqualTo(digest.toString());
    var path = "/acr/v1/team/app/_streaming";
    for (var request : List.of(path, path + "/" + digest)) {
      var body = ON.getBytes(StandardCharsets.UTF_8);
      var sent = proxy.send("POST", request, body, "Authorization", bearer);
      assertThat(sent.statusCode()).isBetween(200, 202);
    }
    var deleted = "/oauth2/token?scope=registry:deleted_catalog:*";
    var token = Json.object(proxy.get(deleted, "Authorization", Login.header()).body(), "token");
    send("DELETE", "/v2/team/app/manifests/" + digest, "");
    var listed =
        proxy.get(
            "/acr/v1/_deleted/_catalog",
            "Authorization",
            "Bearer " + token.path("access_token").asString());
    assertThat(Json.object(listed.body(), "catalog").path("repositories").size()).isEqualTo(1);
    assertThat(proxy.get("/acr/v1/_storage").statusCode()).isEqualTo(401);
  }

  @Test
  void deletedImageComesBackWithItsTagsAndItsArtifact() throws Exception {
    var digest = push("v1");
    proxy.convert("team/app", digest);
    assertThat(artifacts(digest)).isEqualTo(1);
    assertThat(send("DELETE", "/v2/team/app/manifests/" + digest, "").statusCode()).isEqualTo(202);
    assertThat(artifacts(digest)).isZero();
    var repository = proxy.registry().repository(new RepositoryName("team/app"));
    assertThat(repository.hasManifests()).isFalse();
    var deleted = ok("GET", "/acr/v1/_deleted/team/app/_manifests", "").path("manifests");
    assertThat(deleted.size()).isEqualTo(1);
    assertThat(deleted.get(0).path("digest").asString()).isEqualTo(digest.toString());
    assertThat(
            ok("GET", "/acr/v1/_deleted/team/app/_tags", "")
                .path("tags")
                .get(0)
                .path("tag")
                .asString())
        .isEqualTo("v1");
    assertThat(ok("GET", "/acr/v1/_deleted/_catalog", "").path("repositories").size()).isEqualTo(1);
    // Collecting garbage leaves alone what can be restored.
    GarbageCollection.run(proxy.registry(), Duration.ZERO, false);
    var restored = ok("POST", "/acr/v1/_deleted/team/app/_manifests/" + digest, "{\"tag\":\"v1\"}");
    assertThat(restored.path("digest").asString()).isEqualTo(digest.toString());
    assertThat(proxy.get("/v2/team/app/manifests/v1").statusCode()).isEqualTo(200);
    assertThat(artifacts(digest)).isEqualTo(1);
    assertThat(StoreCheck.run(proxy.registry()).faults()).isEmpty();
    assertThat(ok("GET", "/acr/v1/_deleted/team/app/_manifests", "").path("manifests").size())
        .isZero();
  }

  @Test
  void tagThatNamesSomethingNewerIsTakenOnlyByForce() throws Exception {
    var digest = push("v1");
    send("DELETE", "/v2/team/app/manifests/" + digest, "");
    layout =
        Images.layout(folder.resolve("newer"), Layer.gzip(new Tar().file("etc/motd", "newer")));
    var newer = push("v1");
    var path = "/acr/v1/_deleted/team/app/_manifests/" + digest;
    assertThat(send("POST", path, "{\"tag\":\"v1\"}").statusCode()).isEqualTo(409);
    assertThat(named("v1")).isEqualTo(newer.toString());
    ok("POST", path + "?force=True", "{\"tag\":\"v1\"}");
    assertThat(named("v1")).isEqualTo(digest.toString());
  }

  private String named(String tag) throws Exception {
    return proxy
        .get("/v2/team/app/manifests/" + tag)
        .headers()
        .firstValue("Docker-Content-Digest")
        .orElse("");
  }

  @Test
  void storageIsCountedByKind() throws Exception {
    var digest = push("v1");
    var before = ok("GET", "/acr/v1/_storage", "").path("total");
    proxy.convert("team/app", digest);
    var after = ok("GET", "/acr/v1/_storage", "").path("total");
    assertThat(before.path("streaming").asLong()).isZero();
    assertThat(after.path("originals").asLong())
        .isEqualTo(before.path("originals").asLong())
        .isPositive();
    assertThat(after.path("streaming").asLong()).isPositive();
    var metrics = new String(proxy.get("/metrics").body(), StandardCharsets.UTF_8);
    assertThat(metrics)
        .contains("headwater_storage_originals_bytes", "headwater_requests_seconds_count");
    assertThat(proxy.get("/healthz").statusCode()).isEqualTo(200);
    assertThat(proxy.get("/readyz").statusCode()).isEqualTo(200);
    assertThat(proxy.get("/healthz", "X-Request-Id", "mine").headers().firstValue("X-Request-Id"))
        .hasValue("mine");
  }
}
