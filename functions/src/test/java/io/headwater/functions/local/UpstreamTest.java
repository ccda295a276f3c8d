package io.headwater.functions.local;

import static io.headwater.functions.local.FunctionsWorld.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.headwater.oci.Digest;
import io.headwater.oci.RepositoryName;
import io.headwater.sample.Images;
import io.headwater.sample.Layer;
import io.headwater.sample.Tar;
import io.headwater.source.ImageReference;
import io.headwater.source.RegistryAccounts;
import io.headwater.source.RemoteSource;
import io.headwater.tool.Command;
import io.headwater.upstream.Upstreams;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Another registry tells of its images; their artifacts come back to it. */
@Tag("tools")
@SuppressWarnings("NullAway.Init")
class UpstreamTest {
  @TempDir private Path folder = Path.of("");
  private FunctionsWorld world;

  @BeforeEach
  void start() throws IOException {
    world = new FunctionsWorld();
  }

  @AfterEach
  void stop() {
    world.close();
  }

  private Path layout() throws IOException {
    return Images.layout(folder.resolve("in"), Layer.gzip(new Tar().file("etc/motd", "hello")));
  }

  private static Digest digest(ForeignRegistry registry) throws IOException {
    try (var source = RemoteSource.open(ImageReference.parse(registry.host() + "/team/app:v1"))) {
      return source.root().digest();
    }
  }

  private static Set<Digest> artifacts(ForeignRegistry registry, Digest image) throws Exception {
    var upstreams = new Upstreams(Set.of(registry.host()), RegistryAccounts.NONE);
    var here = upstreams.nameHere(registry.host(), new RepositoryName("team/app"));
    return upstreams.of(here).orElseThrow().artifacts(image);
  }

  @Test
  void pushToDistributionBringsTheArtifactBesideTheImageAndDeletingTakesItAway() throws Exception {
    // The registry's port is in the host's settings, and the host's port in the registry's.
    try (var relay = Relay.start();
        var registry =
            ForeignRegistry.start(folder.resolve("registry"), relay.url() + "/hooks/registry")) {
      var host = world.host("HEADWATER_UPSTREAMS", registry.host());
      relay.to(host.port());
      registry.push(layout(), "team/app:v1");
      var image = digest(registry);
      var artifact = until(() -> artifacts(registry, image).stream().findFirst().orElse(null));
      // Its own notifications about the artifact lead to nothing more.
      until(() -> world.queue().size() == 0);
      assertThat(artifacts(registry, image)).containsExactly(artifact);
      assertThat(world.poison().size()).isZero();
      Command.succeed(
          "skopeo",
          "--insecure-policy",
          "copy",
          "--src-tls-verify=false",
          "docker://" + registry.host() + "/team/app@" + artifact,
          "oci:" + folder.resolve("pulled") + ":v1");
      Command.succeed(
          "skopeo", "delete", "--tls-verify=false", "docker://" + registry.host() + "/team/app:v1");
      until(() -> artifacts(registry, image).isEmpty());
    }
  }

  @Test
  void eventOfAnAzureContainerRegistryComesTwiceAndConvertsOnce() throws Exception {
    try (var registry = ForeignRegistry.start(folder.resolve("registry"), "")) {
      var host = world.host("HEADWATER_UPSTREAMS", registry.host());
      registry.push(layout(), "team/app:v1");
      var image = digest(registry);
      var event =
          "[{\"eventType\":\"Microsoft.ContainerRegistry.ImagePushed\",\"data\":{\"target\":{\"digest\":\""
              + image
              + "\",\"repository\":\"team/app\"},\"request\":{\"host\":\""
              + registry.host()
              + "\"}}},{\"eventType\":\"Microsoft.ContainerRegistry.ChartPushed\",\"data\":{}}]";
      for (var i = 0; i < 2; i++) {
        assertThat(world.post(host, "/runtime/webhooks/EventGrid", event).statusCode())
            .isEqualTo(202);
      }
      until(() -> !artifacts(registry, image).isEmpty());
      assertThat(world.post(host, "/runtime/webhooks/EventGrid", event).statusCode())
          .isEqualTo(202);
      var here =
          new Upstreams(Set.of(registry.host()), RegistryAccounts.NONE)
              .nameHere(registry.host(), new RepositoryName("team/app"));
      try (var conversions = world.conversions()) {
        assertThat(conversions.list(here)).hasSize(1);
      }
    }
  }

  @Test
  void importDocumentBringsAnImageOfAnotherRegistry() throws Exception {
    try (var registry = ForeignRegistry.start(folder.resolve("registry"), "")) {
      registry.push(layout(), "team/app:v1");
      world.host("HEADWATER_IMPORT_HOSTS", registry.host());
      var document =
          Files.writeString(
              folder.resolve("x"), "{\"source\":\"" + registry.host() + "/team/app:v1\"}");
      world.upload("team/app/imported.import.json", document);
      var tag = new io.headwater.oci.Tag("imported");
      var image =
          until(() -> world.registry().repository(FunctionsWorld.NAME).tag(tag).orElse(null));
      assertThat(image).isEqualTo(digest(registry));
      world.ended(image);
      assertThat(world.artifacts(image)).isEqualTo(1);
    }
  }
}
