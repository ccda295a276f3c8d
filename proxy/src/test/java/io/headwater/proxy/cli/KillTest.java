package io.headwater.proxy.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.headwater.convert.ConversionOptions;
import io.headwater.oci.MediaTypes;
import io.headwater.oci.RepositoryName;
import io.headwater.oci.Tag;
import io.headwater.operation.Conversions;
import io.headwater.proxy.Login;
import io.headwater.registry.GarbageCollection;
import io.headwater.registry.Registry;
import io.headwater.registry.Repository;
import io.headwater.registry.StoreCheck;
import io.headwater.registry.StreamingSettings;
import io.headwater.store.file.FileStore;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A registry that is killed again and again in the middle of pushes, conversions, deletions and
 * collecting garbage: whatever it answered is there, and nothing in its store is missing or
 * corrupt.
 */
@org.junit.jupiter.api.Tag("tools")
class KillTest {
  private static final int KILLS = 15;
  private static final int CLIENTS = 3;
  private static final Duration GRACE = Duration.ofSeconds(5);

  @TempDir private Path folder = Path.of("");

  private Registry registry() throws IOException {
    return new Registry(FileStore.open(folder.resolve("data/registry")), Duration.ofSeconds(3));
  }

  private HeadwaterProcess start() throws IOException {
    return HeadwaterProcess.start(
        Map.of("HEADWATER_PORT", "0", "HEADWATER_STREAMING_PORT", "0"),
        "up",
        "--data",
        folder.resolve("data"),
        "--htpasswd",
        folder.resolve("htpasswd"),
        "--maintenance",
        "1s",
        "--gc-grace",
        GRACE.toSeconds() + "s",
        "--retention",
        "3s");
  }

  /** A kill before anything was answered shows nothing, and a busy machine takes its time. */
  private static void awaitAnswer(List<RandomClient> clients) throws InterruptedException {
    var before = answered(clients);
    var end = Instant.now().plus(Duration.ofSeconds(30));
    while (answered(clients) == before && Instant.now().isBefore(end)) {
      Thread.sleep(20);
    }
  }

  private static int answered(List<RandomClient> clients) {
    return clients.stream().mapToInt(RandomClient::answered).sum();
  }

  @Test
  void nothingThatWasAnsweredIsLostAndNothingIsCorrupt() throws Exception {
    var seed = System.nanoTime();
    var random = new Random(seed);
    Login.options(folder);
    var clients = new ArrayList<RandomClient>();
    for (int i = 0; i < CLIENTS; i++) {
      // Two share a repository's blobs with another one's by content, none shares tags.
      var name = "team/app" + i;
      registry().repository(new RepositoryName(name)).putStreaming(StreamingSettings.of(true));
      clients.add(new RandomClient(name, seed + i % 2));
    }
    for (int round = 0; round < KILLS; round++) {
      try (var process = start()) {
        var port = process.port();
        var threads = new ArrayList<Thread>();
        var failures = new ArrayList<Throwable>();
        for (var client : clients) {
          threads.add(
              Thread.ofPlatform()
                  .start(
                      () -> {
                        try {
                          client.work(port);
                        } catch (Throwable e) {
                          synchronized (failures) {
                            failures.add(e);
                          }
                        }
                      }));
        }
        awaitAnswer(clients);
        Thread.sleep(300 + random.nextInt(2500));
        process.kill();
        for (var thread : threads) {
          thread.join();
        }
        assertThat(failures).as("seed " + seed + ", round " + round).isEmpty();
      }
      check("seed " + seed + ", round " + round, clients);
    }
    assertThat(answered(clients)).isGreaterThan(KILLS);
    finishConversions();
    check("seed " + seed + ", at the end", clients);
    GarbageCollection.run(registry(), Duration.ZERO, false);
    check("seed " + seed + ", after collecting", clients);
    assertThat(GarbageCollection.run(registry(), Duration.ZERO, true).blobs()).isZero();
  }

  private void check(String when, List<RandomClient> clients) throws IOException {
    assertThat(StoreCheck.run(registry()).faults()).as(when).isEmpty();
    for (int i = 0; i < CLIENTS; i++) {
      var repository = registry().repository(new RepositoryName("team/app" + i));
      for (var tag : clients.get(i).expected().entrySet()) {
        var now = repository.tag(new Tag(tag.getKey()));
        assertThat(tag.getValue())
            .as(when + ", " + repository.name() + ":" + tag.getKey())
            .contains(now);
      }
    }
  }

  /**
   * What was under way when the process died is taken up and ends, with an artifact for each image.
   */
  private void finishConversions() throws Exception {
    try (var process = start()) {
      process.await("Put an image archive");
      var registry = registry();
      try (var conversions = new Conversions(registry, ConversionOptions.DEFAULT, 1)) {
        for (int i = 0; i < CLIENTS; i++) {
          var name = new RepositoryName("team/app" + i);
          for (var listed : conversions.list(name)) {
            // It may have ended, and been forgotten, while the one before was waited for.
            var operation = conversions.find(name, listed.id());
            if (operation.isPresent() && !operation.get().status().isOver()) {
              conversions.await(operation.get());
            }
          }
          assertConverted(registry.repository(name));
        }
      }
    }
  }

  private static void assertConverted(Repository repository) throws IOException {
    for (var tag : repository.tags("", Integer.MAX_VALUE)) {
      var digest = repository.tag(new Tag(tag)).orElseThrow();
      assertThat(repository.referrers(digest, MediaTypes.STREAMING_ARTIFACT))
          .as(repository.name() + ":" + tag)
          .hasSize(1);
    }
  }
}
