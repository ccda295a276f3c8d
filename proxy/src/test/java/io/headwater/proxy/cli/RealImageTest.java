package io.headwater.proxy.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.headwater.oci.Digest;
import io.headwater.oci.Json;
import io.headwater.tool.Command;
import io.headwater.tool.Disks;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The whole way of a real image, with real clients: in by the folder, out by skopeo, by ranges,
 * into the kernel.
 */
@Tag("tools")
class RealImageTest {
  @TempDir private static Path shared = Path.of("");
  private static Path images = Path.of("");
  private static String tree = "";

  @TempDir private Path folder = Path.of("");

  /** What an independent unpacker makes of the image. */
  @BeforeAll
  static void unpack() throws Exception {
    var named = System.getenv("HEADWATER_TEST_IMAGES");
    assertThat(named).as("./headwater test builds the image and says where it is").isNotNull();
    images = Path.of(named);
    Command.succeed(
        "umoci", "unpack", "--image", images.resolve("app") + ":latest", shared.resolve("bundle"));
    tree = Disks.tree(shared.resolve("bundle/rootfs"));
  }

  private static void assertEqualTrees(Path disk) throws IOException, InterruptedException {
    Disks.assertClean(disk);
    Disks.mounted(
        disk,
        root -> {
          var ours = Disks.tree(root).lines().toList();
          assertThat(ours).isEqualTo(tree.lines().toList());
        });
  }

  private Path put(String archive, String name) throws IOException {
    var upload = folder.resolve("data/uploads").resolve(name);
    Files.createDirectories(upload.getParent());
    var unfinished = folder.resolve("data/uploads/unfinished");
    Files.copy(images.resolve(archive), unfinished);
    return Files.move(unfinished, upload);
  }

  @Test
  void imageGoesInByTheFolderAndComesOutByRangesAndWhole() throws Exception {
    put("app.oci.tar", "team/app/v1.tar");
    try (var up = HeadwaterProcess.up(folder.resolve("data"))) {
      assertThat(up.await("team/app:v1 is ready")).contains("127.0.0.1:" + up.port());
      assertThat(up.log()).contains("Converting team/app/v1.tar: 100%");
      var image = "127.0.0.1:" + up.port() + "/team/app:v1";

      var pulled = folder.resolve("pulled");
      Command.succeed(
          "skopeo",
          "--insecure-policy",
          "copy",
          "-q",
          "--src-tls-verify=false",
          "docker://" + image,
          "oci:" + pulled + ":latest");
      var original = blobs(images.resolve("app"));
      assertThat(blobs(pulled)).containsExactlyInAnyOrderElementsOf(original);
      var digest =
          Command.succeed(
                  "skopeo",
                  "inspect",
                  "--tls-verify=false",
                  "--format",
                  "{{.Digest}}",
                  "docker://" + image)
              .strip();
      var referrers =
          Command.succeed(
              "curl", "-sf", "http://127.0.0.1:" + up.port() + "/v2/team/app/referrers/" + digest);
      assertThat(referrers)
          .contains("application/vnd.azure.artifact.streaming.v1")
          .contains("\"streaming.platform.arch\":\"amd64\"");

      var view =
          Command.succeed(
              "skopeo",
              "inspect",
              "--raw",
              "--tls-verify=false",
              "docker://127.0.0.1:" + up.streamingPort() + "/team/app:v1");
      assertThat(view).contains("containerd.io/snapshot/overlaybd/blob-digest");

      assertEqualTrees(exported(image));
      assertVerbs(image);
    }
  }

  private static java.util.List<String> blobs(Path layout) throws IOException {
    try (var files = Files.list(layout.resolve("blobs/sha256"))) {
      return files.map(file -> file.getFileName().toString()).toList();
    }
  }

  private Path exported(String image) throws Exception {
    var disk = folder.resolve("disk.img");
    assertThat(run("export", image, disk)).contains("68.7 GB");
    return disk;
  }

  private static String run(Object... arguments) throws Exception {
    try (var process = HeadwaterProcess.start(Map.of(), arguments)) {
      assertThat(process.exitCode()).as(process.log()).isZero();
      Thread.sleep(100); // the last lines
      return process.log();
    }
  }

  private void assertVerbs(String image) throws Exception {
    assertThat(run("verify", image)).contains("is good: ").contains("every checksum is right");
    assertThat(run("inspect", image)).contains("ext4").contains("ZSTD").contains("opening   took");
    assertThat(run("ls", image, "/srv/app"))
        .contains("model.bin")
        .containsPattern("fetched \\d+\\.\\d kB in \\d+ ranges");
    assertThat(run("cat", image, "/srv/app/static/200.link")).contains("page 200");
  }

  /**
   * Blobs are read by another reader, and are what a conversion offline makes of the same image.
   */
  @Test
  void conversionOfflineGivesTheSameArtifact() throws Exception {
    var layout = folder.resolve("layout");
    var said = run("convert", images.resolve("app.docker.tar"), "-o", layout);
    assertThat(said).contains("linux/amd64").contains("is the streaming artifact of");
    assertThat(run("verify", layout)).contains("is good: ");
    assertEqualTrees(exported(layout.toString()));
    var layers = new java.util.ArrayList<Path>();
    for (var descriptor : index(layout).path("manifests")) {
      if (!descriptor.path("artifactType").asString("").isEmpty()) {
        var manifest =
            Json.object(
                Files.readAllBytes(blob(layout, descriptor.path("digest").asString())), "manifest");
        manifest
            .path("layers")
            .forEach(layer -> layers.add(blob(layout, layer.path("digest").asString())));
      }
    }
    assertThat(layers).hasSize(4);
    // The clean-up layer is the block difference and little more.
    assertThat(Files.size(layers.getLast())).isLessThan(200_000);
    var raw = folder.resolve("theirs.img");
    Command.succeed(
        Command.line(
            layers, "python3", Command.ours("obdread"), "--no-block-checksums", "dump", raw));
    Disks.assertClean(raw);
  }

  private static tools.jackson.databind.JsonNode index(Path layout) throws IOException {
    return Json.object(Files.readAllBytes(layout.resolve("index.json")), "index");
  }

  private static Path blob(Path layout, String digest) {
    return layout.resolve("blobs/sha256").resolve(digest.substring(digest.indexOf(':') + 1));
  }

  @Test
  void processKilledInTheMiddleIsCompletedByTheNext() throws Exception {
    put("app.docker.tar", "app/latest.tar");
    var data = folder.resolve("data");
    try (var first = HeadwaterProcess.up(data)) {
      first.await("Converting app/latest.tar: [3-6]0%");
      first.kill();
    }
    assertThat(data.resolve("registry/repositories/app/_referrers")).doesNotExist();
    try (var second = HeadwaterProcess.up(data)) {
      second.await("app:latest is ready");
      assertThat(run("verify", "127.0.0.1:" + second.port() + "/app:latest")).contains("is good: ");
      assertThat(everyBlobIsOfItsName(data.resolve("registry/blobs"))).isGreaterThan(8);
    }
  }

  private static int everyBlobIsOfItsName(Path blobs) throws Exception {
    var count = 0;
    try (var files = Files.walk(blobs)) {
      for (var file : files.filter(Files::isRegularFile).toList()) {
        var digest = Digest.sha256();
        try (var in = Files.newInputStream(file)) {
          in.transferTo(
              new java.security.DigestOutputStream(
                  java.io.OutputStream.nullOutputStream(), digest));
        }
        assertThat(file.getFileName())
            .hasToString(java.util.HexFormat.of().formatHex(digest.digest()));
        count++;
      }
    }
    return count;
  }
}
