package io.headwater.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.headwater.management.StorageUse;
import io.headwater.operation.OldOperations;
import io.headwater.proxy.cache.CacheCounts;
import io.headwater.registry.Registry;
import io.headwater.store.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

class MaintenanceTest {
  @TempDir private Path folder = Path.of("");

  private static CacheCounts counts(long chunks, long storeReads) {
    return new CacheCounts(chunks, 0, storeReads, 0, 0, 0);
  }

  /** What is logged while the cache has done this and that. */
  private List<String> logged(int expected, CacheCounts... counts) throws Exception {
    var logger = (Logger) LoggerFactory.getLogger(Maintenance.class);
    var before = logger.getLevel();
    logger.setLevel(ch.qos.logback.classic.Level.INFO);
    var lines = new ListAppender<ILoggingEvent>();
    lines.start();
    logger.addAppender(lines);
    var registry = new Registry(FileStore.open(folder));
    var left = new ConcurrentLinkedQueue<>(List.of(counts));
    try (var maintenance =
        new Maintenance(
            registry,
            new StorageUse(registry, 1),
            Duration.ofMillis(20),
            Duration.ofDays(1),
            new OldOperations(registry, Duration.ofDays(1), 1),
            false,
            () -> left.size() > 1 ? left.remove() : left.element())) {
      maintenance.start();
      for (int i = 0; i < 2000 && lines.list.size() < expected; i++) {
        Thread.sleep(5);
      }
      Thread.sleep(100); // for any more that should not come
    } finally {
      logger.detachAppender(lines);
      logger.setLevel(before);
    }
    return lines.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
  }

  @Test
  void hitRatioIsOfTheTimeSinceTheLastReport() throws Exception {
    assertThat(logged(3, counts(10, 10), counts(20, 10), counts(20, 10), counts(30, 15)))
        .containsExactly(
            "Cache hit ratio 0.000 (10 chunks asked for, 10 read from the store)",
            "Cache hit ratio 1.000 (10 chunks asked for, 0 read from the store)",
            "Cache hit ratio 0.500 (10 chunks asked for, 5 read from the store)");
  }

  @Test
  void lineIsTheOneThatTheAlertReads() throws Exception {
    var alerts = Files.readString(Path.of("../infra/bicep/modules/monitoring.bicep"));
    var matcher = Pattern.compile("with \"([^\"]+)\" ratio:double \" \"").matcher(alerts);
    assertThat(matcher.find()).isTrue();
    assertThat(logged(1, counts(4, 1)).getFirst()).startsWith(matcher.group(1) + "0.750 ");
  }
}
