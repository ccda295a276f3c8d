package io.headwater.proxy.v2;

import static org.assertj.core.api.Assertions.assertThat;

import io.headwater.oci.Descriptor;
import io.headwater.oci.Digest;
import io.headwater.oci.ImageManifest;
import io.headwater.oci.Json;
import io.headwater.oci.MediaTypes;
import io.headwater.proxy.Login;
import io.headwater.proxy.RunningProxy;
import io.headwater.registry.GarbageCollection;
import io.headwater.registry.Registry;
import io.headwater.store.file.FileStore;
import io.headwater.tool.Command;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A registry on a disk on which no byte is free. */
@Tag("tools")
@SuppressWarnings("NullAway.Init")
class FullDiskTest {
  private static final byte[] LAYER = new byte[600_000];

  @TempDir private Path disk = Path.of("");
  @TempDir private Path elsewhere = Path.of("");
  private FileStore store;
  private RunningProxy proxy;

  @BeforeEach
  void mount() throws Exception {
    Command.succeed("mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", disk);
    store = FileStore.open(disk.resolve("store"));
  }

  @AfterEach
  void unmount() throws Exception {
    if (proxy != null) {
      proxy.close();
    }
    store.close();
    Command.succeed("umount", disk);
  }

  private void start() throws IOException {
    proxy = new RunningProxy(store, Login.options(elsewhere));
  }

  private void fill() throws IOException {
    try (var filler = Files.newOutputStream(disk.resolve("filler"))) {
      while (true) {
        filler.write(new byte[512]);
      }
    } catch (IOException e) {
      assertThat(e).hasMessageContaining("No space left");
    }
  }

  private HttpResponse<byte[]> send(String method, String path, byte[] body) throws Exception {
    return proxy.send(
        method,
        path,
        body,
        "Authorization",
        Login.header(),
        "Content-Type",
        MediaTypes.OCI_MANIFEST);
  }

  private HttpResponse<byte[]> upload(byte[] blob) throws Exception {
    return send("POST", "/v2/team/app/blobs/uploads/?digest=" + Digest.of(blob), blob);
  }

  private Digest pushed(byte[] layer) throws Exception {
    var config = new byte[] {'{', '}'};
    assertThat(upload(config).statusCode()).isEqualTo(201);
    assertThat(upload(layer).statusCode()).isEqualTo(201);
    var manifest =
        new ImageManifest(
                2,
                MediaTypes.OCI_MANIFEST,
                null,
                Descriptor.of(MediaTypes.OCI_CONFIG, Digest.of(config), config.length),
                List.of(Descriptor.of("x/layer", Digest.of(layer), layer.length)),
                null,
                null)
            .toJson();
    assertThat(send("PUT", "/v2/team/app/manifests/v1", manifest).statusCode()).isEqualTo(201);
    return Digest.of(manifest);
  }

  @Test
  void imageIsDeletedAndItsSpaceIsFreed() throws Exception {
    start();
    var image = pushed(LAYER);
    fill();
    var refused = upload(new byte[100_000]);
    assertThat(refused.statusCode()).isEqualTo(503);
    assertThat(Json.object(refused.body(), "error").path("errors").get(0).path("code").asString())
        .isEqualTo("UNAVAILABLE");
    assertThat(send("GET", "/v2/team/app/manifests/v1", new byte[0]).statusCode()).isEqualTo(200);
    assertThat(send("DELETE", "/v2/team/app/manifests/" + image, new byte[0]).statusCode())
        .isEqualTo(202);
    assertThat(send("GET", "/v2/team/app/manifests/v1", new byte[0]).statusCode()).isEqualTo(404);
    GarbageCollection.run(new Registry(store, Duration.ZERO), Duration.ofSeconds(-5), false);
    pushed(new byte[100_000]);
  }

  @Test
  void firstLogInSucceeds() throws Exception {
    fill();
    start();
    assertThat(send("GET", "/v2/", new byte[0]).statusCode()).isEqualTo(200);
    var token = send("GET", "/oauth2/token?scope=repository:team/app:pull&service=x", new byte[0]);
    assertThat(token.statusCode()).isEqualTo(200);
    var bearer = Json.object(token.body(), "token").path("access_token").asString();
    assertThat(proxy.get("/v2/", "Authorization", "Bearer " + bearer).statusCode()).isEqualTo(200);
  }
}
