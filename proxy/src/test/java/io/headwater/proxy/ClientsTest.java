package io.headwater.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.headwater.oci.Digest;
import io.headwater.oci.MediaTypes;
import io.headwater.oci.Platform;
import io.headwater.sample.Images;
import io.headwater.sample.Layer;
import io.headwater.sample.Tar;
import io.headwater.store.file.FileStore;
import io.headwater.tool.Command;
import io.headwater.tool.GoTools;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The registry as its real clients use it. */
@Tag("tools")
@SuppressWarnings("NullAway.Init")
class ClientsTest {
  private static final String CREDENTIALS = Login.USER + ":" + Login.PASSWORD;

  @TempDir private Path folder = Path.of("");
  private RunningProxy proxy;
  private Path layout;
  private String registry;

  @BeforeEach
  void start() throws IOException {
    proxy = new RunningProxy(FileStore.open(folder.resolve("store")), Login.options(folder));
    registry = "127.0.0.1:" + proxy.port();
    layout =
        Images.layout(
            folder.resolve("layout"),
            Layer.gzip(new Tar().file("etc/motd", "hello")),
            Layer.gzip(new Tar().file("etc/more", "world")));
  }

  @AfterEach
  void stop() {
    proxy.close();
  }

  private static String skopeo(Object... words) throws IOException, InterruptedException {
    var line = new Object[words.length + 2];
    line[0] = "skopeo";
    line[1] = "--insecure-policy";
    System.arraycopy(words, 0, line, 2, words.length);
    return Command.succeed(line);
  }

  private void push(String name) throws IOException, InterruptedException {
    skopeo(
        "copy",
        "--dest-tls-verify=false",
        "--dest-creds",
        CREDENTIALS,
        "oci:" + layout + ":latest",
        "docker://" + registry + "/" + name);
  }

  private Digest digest(String path) throws IOException, InterruptedException {
    var response = proxy.get(path);
    assertThat(response.statusCode()).isEqualTo(200);
    return Digest.of(response.body());
  }

  @Test
  void skopeoCopiesBothWaysInspectsListsAndDeletes() throws Exception {
    push("team/app:v1");
    push("team/app:v2");
    skopeo(
        "copy",
        "--src-tls-verify=false",
        "docker://" + registry + "/team/app:v1",
        "oci:" + folder.resolve("pulled") + ":v1");
    assertThat(
            Files.readAllBytes(blob(folder.resolve("pulled"), digest("/v2/team/app/manifests/v1"))))
        .isEqualTo(proxy.get("/v2/team/app/manifests/v1").body());
    var image = "docker://" + registry + "/team/app:v1";
    assertThat(skopeo("inspect", "--tls-verify=false", image)).contains("\"amd64\"");
    assertThat(skopeo("list-tags", "--tls-verify=false", "docker://" + registry + "/team/app"))
        .contains("v1", "v2");
    skopeo("delete", "--tls-verify=false", "--creds", CREDENTIALS, image);
    assertThat(proxy.get("/v2/team/app/manifests/v1").statusCode()).isEqualTo(404);
  }

  private static Path blob(Path layout, Digest digest) {
    return Images.blob(layout, digest);
  }

  @Test
  void skopeoCopiesAllPlatformsAndSyncsARepository() throws Exception {
    var images = Images.in(folder.resolve("many"));
    var arm64 = images.image(Platform.of("linux", "arm64"), Layer.gzip(new Tar().file("a", "1")));
    var amd64 = images.image(Platform.of("linux", "amd64"), Layer.gzip(new Tar().file("a", "2")));
    images.index(images.indexBlob(MediaTypes.OCI_INDEX, List.of(arm64, amd64)));
    skopeo(
        "copy",
        "--all",
        "--dest-tls-verify=false",
        "--dest-creds",
        CREDENTIALS,
        "oci:" + folder.resolve("many") + ":latest",
        "docker://" + registry + "/team/many:v1");
    skopeo(
        "sync",
        "--all",
        "--src",
        "docker",
        "--dest",
        "dir",
        "--src-tls-verify=false",
        registry + "/team/many",
        folder.resolve("synced"));
    assertThat(Files.readString(folder.resolve("synced/many:v1/manifest.json")))
        .contains("arm64", "amd64");
  }

  @Test
  void buildahPushesAndPulls() throws Exception {
    var storage = List.of("--root", folder.resolve("root"), "--runroot", folder.resolve("run"));
    var driver = List.of("--storage-driver", "vfs", "--log-level", "error");
    var policy = folder.resolve("policy.json");
    Files.writeString(policy, "{\"default\":[{\"type\":\"insecureAcceptAnything\"}]}");
    buildah(storage, driver, "pull", "--signature-policy", policy, "oci:" + layout + ":latest");
    var id = buildah(storage, driver, "images", "-q", "--no-trunc").strip().replace("sha256:", "");
    var image = registry + "/team/built:v1";
    buildah(
        storage,
        driver,
        "push",
        "--signature-policy",
        policy,
        "--tls-verify=false",
        "--creds",
        CREDENTIALS,
        id,
        "docker://" + image);
    buildah(storage, driver, "rmi", "--force", id);
    buildah(storage, driver, "pull", "--signature-policy", policy, "--tls-verify=false", image);
    assertThat(buildah(storage, driver, "images")).contains("team/built");
  }

  private static String buildah(List<?> storage, List<?> driver, Object... words)
      throws IOException, InterruptedException {
    var line = new java.util.ArrayList<Object>(List.of("buildah"));
    line.addAll(storage);
    line.addAll(driver);
    line.addAll(List.of(words));
    return Command.succeed(line.toArray());
  }

  @Test
  void containerdPullsThroughHostsToml() throws Exception {
    push("team/app:v1");
    var manifest = digest("/v2/team/app/manifests/v1");
    var hosts = folder.resolve("certs.d/registry.test");
    Files.createDirectories(hosts);
    Files.writeString(
        hosts.resolve("hosts.toml"),
        """
        server = "http://%s"
        [host."http://127.0.0.1:%d"]
          capabilities = ["pull", "resolve"]
        """
            .formatted(registry, proxy.streamingPort()));
    var socket = folder.resolve("containerd.sock");
    var config = folder.resolve("containerd.toml");
    Files.writeString(
        config,
        """
        version = 2
        root = "%s"
        state = "%s"
        disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.internal.v1.opt"]
        [grpc]
          address = "%s"
        """
            .formatted(folder.resolve("containerd"), folder.resolve("state"), socket));
    var daemon =
        new ProcessBuilder("containerd", "--config", config.toString())
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("containerd.log").toFile())
            .start();
    try {
      for (int i = 0; i < 100 && !Files.exists(socket); i++) {
        Thread.sleep(100);
      }
      var pull =
          Command.run(
              "ctr",
              "-a",
              socket,
              "images",
              "pull",
              "--hosts-dir",
              folder.resolve("certs.d"),
              "--snapshotter",
              "native",
              "registry.test/team/app:v1");
      assertThat(pull.exitCode())
          .as(pull.output() + Files.readString(folder.resolve("containerd.log")))
          .isZero();
      assertThat(Command.succeed("ctr", "-a", socket, "images", "ls"))
          .contains("registry.test/team/app:v1", manifest.toString());
    } finally {
      daemon.destroy();
      daemon.waitFor();
    }
  }

  @Test
  void orasAttachesAndDiscovers() throws Exception {
    push("team/app:v1");
    var sbom = folder.resolve("sbom.json");
    Files.writeString(sbom, "{}");
    var oras = GoTools.find("oras");
    Command.succeed(
        oras,
        "attach",
        "--plain-http",
        "--username",
        Login.USER,
        "--password",
        Login.PASSWORD,
        "--disable-path-validation",
        "--artifact-type",
        "application/x.sbom",
        registry + "/team/app:v1",
        sbom + ":application/json");
    var found =
        Command.succeed(
            oras, "discover", "--plain-http", "--format", "json", registry + "/team/app:v1");
    assertThat(found).contains("application/x.sbom");
  }
}
