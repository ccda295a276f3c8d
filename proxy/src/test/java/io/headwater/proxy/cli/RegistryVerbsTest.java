package io.headwater.proxy.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.headwater.oci.MediaTypes;
import io.headwater.oci.Platform;
import io.headwater.proxy.Login;
import io.headwater.sample.Images;
import io.headwater.sample.Layer;
import io.headwater.sample.Tar;
import io.headwater.sample.Vectors;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The verbs that talk to a registry or look after its store, each as a user runs it. */
@SuppressWarnings("NullAway.Init")
class RegistryVerbsTest {
  @TempDir private Path folder = Path.of("");
  private HeadwaterProcess registry;
  private String host;

  @BeforeEach
  void start() throws Exception {
    Login.options(folder);
    registry =
        HeadwaterProcess.start(
            Map.of("HEADWATER_PORT", "0", "HEADWATER_STREAMING_PORT", "0"),
            "up",
            "--data",
            data(),
            "--htpasswd",
            folder.resolve("htpasswd"));
    host = "127.0.0.1:" + registry.port();
  }

  @AfterEach
  void stop() throws Exception {
    registry.close();
  }

  private Path data() {
    return folder.resolve("data");
  }

  private static String run(int exitCode, Object... arguments) throws Exception {
    var environment =
        Map.of(
            "HEADWATER_USERNAME", Login.USER,
            "HEADWATER_PASSWORD", Login.PASSWORD,
            "HEADWATER_SOURCE_USERNAME", Login.USER,
            "HEADWATER_SOURCE_PASSWORD", Login.PASSWORD);
    try (var process = HeadwaterProcess.start(environment, arguments)) {
      assertThat(process.exitCode()).as(process.log()).isEqualTo(exitCode);
      process.awaitEnd();
      assertThat(process.log()).doesNotContain("Exception", Login.PASSWORD);
      return process.log();
    }
  }

  private static HttpResponse<Void> send(int port, String method, String path) throws Exception {
    var request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
            .header("Authorization", Login.header())
            .method(method, HttpRequest.BodyPublishers.noBody())
            .build();
    return HttpClient.newHttpClient().send(request, BodyHandlers.discarding());
  }

  private int status(String method, String path) throws Exception {
    return send(registry.port(), method, path).statusCode();
  }

  private String served(String path) throws Exception {
    var answer = send(registry.streamingPort(), "GET", path);
    return answer.headers().firstValue("Headwater-Served").orElse("");
  }

  @Test
  void imageWhoseArtifactAClientPushedIsServedAsItIsUntilItIsConvertedHere() throws Exception {
    var layout =
        Images.layout(folder.resolve("one"), Layer.gzip(new Tar().file("etc/motd", "hello")));
    run(0, "convert", layout, "-o", folder.resolve("converted"), "--only-platform", "linux/amd64");
    var image = host + "/team/pushed:v1";
    run(0, "import", folder.resolve("converted"), image, "--with-referrers");
    assertThat(run(0, "referrers", image)).contains(MediaTypes.STREAMING_ARTIFACT);
    var asAmd64 = "/v2/team/pushed/manifests/v1?platform=linux/amd64";
    assertThat(served(asAmd64)).isEqualTo("original");
    run(0, "create", image);
    assertThat(served(asAmd64)).isEqualTo("streaming");
  }

  @Test
  void imageIsImportedConvertedDeletedRestoredAndCounted() throws Exception {
    var layout =
        Images.layout(folder.resolve("one"), Layer.gzip(new Tar().file("etc/motd", "hello")));
    var image = host + "/team/app:v1";
    assertThat(run(0, "import", layout, image)).contains(image + " is sha256:");
    assertThat(run(0, "create", image)).contains("Succeeded 100%");
    assertThat(run(0, "create", image)).contains("has a streaming artifact already");
    assertThat(run(0, "operation", "show", image)).contains("Succeeded", "linux/amd64 1 of 1");
    assertThat(run(0, "operation", "list", host + "/team/app")).contains("Succeeded");
    assertThat(run(0, "referrers", image)).contains(MediaTypes.STREAMING_ARTIFACT);
    assertThat(run(0, "update", host + "/team/copy", "--enable-streaming", "true"))
        .contains("Active");
    // From one repository to another, as from another registry, with what refers to it.
    run(0, "import", image, host + "/team/copy:v1", "--with-referrers");
    assertThat(run(0, "referrers", host + "/team/copy:v1")).contains("streaming.format");
    assertThat(run(0, "verify", host + "/team/copy:v1")).contains("is good");
    var digest = run(0, "import", layout, image).replaceAll("(?s).*(sha256:[0-9a-f]{64}).*", "$1");
    assertThat(status("DELETE", "/v2/team/app/manifests/" + digest)).isEqualTo(202);
    assertThat(run(0, "deleted", host + "/team/app")).contains(digest, "v1");
    assertThat(run(0, "restore", host + "/team/app@" + digest)).contains("restored " + digest);
    assertThat(run(0, "referrers", image)).contains(MediaTypes.STREAMING_ARTIFACT);
    assertThat(run(0, "storage", host)).contains("team/app", "all together", "kept");
    assertThat(run(0, "gc", "--data", data(), "--dry-run")).contains("would remove 0 blobs");
    assertThat(run(0, "check", "--data", data())).contains("all is well");
    assertThat(run(1, "operation", "cancel", host + "/team/app", "--id", "none"))
        .contains("no such operation");
  }

  @Test
  void overlaybdImageOfAnotherMakerIsImportedReadAndNeverConverted() throws Exception {
    var images = Images.in(folder.resolve("obd"));
    images.index(
        images.overlaybd(
            Platform.of("linux", "amd64"),
            Vectors.bytes("image-layer1.obd"),
            Vectors.bytes("image-layer2.obd")));
    var image = host + "/team/obd:v1";
    run(0, "import", folder.resolve("obd"), image);
    run(0, "import", image, host + "/team/copy:v1");
    var copy = host + "/team/copy:v1";
    assertThat(run(0, "inspect", copy)).contains("subject   none");
    assertThat(run(0, "ls", copy, "/")).contains("etc");
    assertThat(run(0, "verify", copy)).contains("is good by itself");
    assertThat(run(1, "create", copy))
        .contains("UNSUPPORTED_ARTIFACT_TYPE", "is streamable already (overlaybd)");
  }

  @Test
  void chosenPlatformsOfAnIndexAreImported() throws Exception {
    var images = Images.in(folder.resolve("many"));
    var arm64 = images.image(Platform.of("linux", "arm64"), Layer.gzip(new Tar().file("a", "1")));
    var amd64 = images.image(Platform.of("linux", "amd64"), Layer.gzip(new Tar().file("a", "2")));
    images.index(images.indexBlob(MediaTypes.OCI_INDEX, List.of(arm64, amd64)));
    var image = host + "/team/many:v1";
    run(0, "import", folder.resolve("many"), image, "--platforms", "linux/arm64");
    assertThat(status("HEAD", "/v2/team/many/manifests/v1")).isEqualTo(200);
    assertThat(status("HEAD", "/v2/team/many/manifests/" + arm64.digest())).isEqualTo(200);
    assertThat(status("HEAD", "/v2/team/many/manifests/" + amd64.digest())).isEqualTo(404);
    assertThat(run(1, "import", host + "/team/none:v1", image)).contains("has no manifest 'v1'");
  }
}
