package io.headwater.functions.local;

import static io.headwater.functions.local.FunctionsWorld.NAME;
import static io.headwater.functions.local.FunctionsWorld.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.headwater.convert.ConversionListener;
import io.headwater.oci.Json;
import io.headwater.operation.Operation;
import io.headwater.sample.Layer;
import io.headwater.sample.Tar;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Hosts in processes of their own, killed in the middle of their work. */
@Tag("tools")
@SuppressWarnings("NullAway.Init")
class KillTest {
  @TempDir private Path folder = Path.of("");
  private FunctionsWorld world;
  private final List<Process> processes = new ArrayList<>();

  @BeforeEach
  void start() throws IOException {
    world = new FunctionsWorld();
  }

  @AfterEach
  void stop() {
    processes.forEach(Process::destroyForcibly);
    world.close();
  }

  private Process host() throws IOException {
    var settings = folder.resolve("settings.json");
    Files.write(settings, Json.write(Map.of("Values", world.settings())));
    var process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx512m",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty(
                    "surefire.test.class.path", System.getProperty("java.class.path")),
                FunctionsCommand.class.getName(),
                "--project=..",
                "--settings=" + settings,
                "--port=0",
                "--lease=5s")
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("log-" + processes.size()).toFile())
            .start();
    processes.add(process);
    return process;
  }

  private static Layer noise(int bytes, int seed) {
    var noise = new byte[bytes];
    new Random(seed).nextBytes(noise);
    return Layer.plain(new Tar().file("noise" + seed, noise));
  }

  @Test
  void hostThatIsKilledInTheMiddleLeavesItsWorkToTheNext() throws Exception {
    var image = world.image(folder.resolve("in"), noise(2_000_000, 1), noise(100_000_000, 2));
    try (var conversions = world.conversions()) {
      var operation = conversions.start(NAME, image, ConversionListener.NONE);
      var first = host();
      // In the middle: the first layer is done, the second is not.
      until(
          () -> {
            var now = conversions.find(NAME, operation.id()).orElseThrow();
            return now.layers() != null && now.status() == Operation.Status.Running;
          });
      first.destroyForcibly().waitFor();
      assertThat(world.artifacts(image)).isZero();
      host();
      var ended = world.ended(image);
      assertThat(ended.status()).isEqualTo(Operation.Status.Succeeded);
      assertThat(ended.id()).isEqualTo(operation.id());
      assertThat(ended.layers())
          .extracting(Operation.LayerEntry::reused)
          .containsExactly(true, false);
      assertThat(world.artifacts(image)).isEqualTo(1);
      until(() -> world.queue().size() == 0);
      assertThat(world.poison().size()).isZero();
    }
  }

  @Test
  void hostThatIsStoppedFreesItsWork() throws Exception {
    var image = world.image(folder.resolve("in"), noise(100_000_000, 3));
    try (var conversions = world.conversions()) {
      var operation = conversions.start(NAME, image, ConversionListener.NONE);
      var first = host();
      until(
          () ->
              conversions.find(NAME, operation.id()).orElseThrow().status()
                  == Operation.Status.Running);
      first.destroy();
      first.waitFor();
      var document = "operations/" + NAME + "/_ids/" + operation.id();
      assertThat(world.registry().store().get(document).orElseThrow().text())
          .contains("\"free\":true");
      assertThat(world.artifacts(image)).isZero();
      host();
      assertThat(world.ended(image).status()).isEqualTo(Operation.Status.Succeeded);
    }
  }

  @Test
  void hostThatIsKilledAgainAndAgainInTheEndConvertsAllThatWasUploaded() throws Exception {
    var random = new Random(7);
    for (int i = 0; i < 8; i++) {
      var layout =
          io.headwater.sample.Images.layout(folder.resolve("in" + i), noise(3_000_000, 10 + i));
      var archive = FunctionsWorld.archive(layout);
      world.uploads();
      world.upload("team/app/v" + i + ".tar", archive);
    }
    for (int i = 0; i < 3; i++) {
      var host = host();
      Thread.sleep(2000 + random.nextInt(2500));
      host.destroyForcibly().waitFor();
    }
    host();
    for (int i = 0; i < 8; i++) {
      var tag = new io.headwater.oci.Tag("v" + i);
      var image = until(() -> world.registry().repository(NAME).tag(tag).orElse(null));
      assertThat(world.ended(image).status()).isEqualTo(Operation.Status.Succeeded);
      assertThat(world.artifacts(image)).isEqualTo(1);
    }
    try (var conversions = world.conversions()) {
      assertThat(conversions.list(NAME)).hasSize(8);
    }
  }
}
