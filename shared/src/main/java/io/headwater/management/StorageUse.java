package io.headwater.management;

import io.headwater.registry.Registry;
import io.headwater.registry.StorageReport;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How much is stored, counted now and then, and whether that is more than it should be. Blocks
 * while it counts.
 */
public final class StorageUse {
  private static final Logger LOG = LoggerFactory.getLogger(StorageUse.class);

  private final ReentrantLock lock = new ReentrantLock();
  private final Registry registry;
  private final long thresholdBytes;
  private final AtomicReference<StorageReport.Use> last =
      new AtomicReference<>(new StorageReport.Use(0, 0, 0));
  private boolean above;

  /**
   * Counts a registry.
   *
   * @param thresholdBytes more than this is reported
   */
  public StorageUse(Registry registry, long thresholdBytes) {
    this.registry = registry;
    this.thresholdBytes = thresholdBytes;
  }

  /** What was counted last. */
  public StorageReport.Use last() {
    return last.get();
  }

  public long thresholdBytes() {
    return thresholdBytes;
  }

  public boolean isAboveThreshold() {
    return last.get().all() > thresholdBytes;
  }

  /** Counts; logs when the threshold is crossed. */
  public StorageReport count() throws IOException {
    var report = StorageReport.of(registry);
    last.set(report.total());
    logCrossing();
    return report;
  }

  private void logCrossing() {
    lock.lock();
    try {
      if (above == isAboveThreshold()) {
        return;
      }
      above = !above;
      if (above) {
        LOG.warn(
            "{} bytes are stored, more than the threshold of {}: delete images, or raise storage-threshold",
            last.get().all(),
            thresholdBytes);
      } else {
        LOG.info(
            "{} bytes are stored, less than the threshold of {} again",
            last.get().all(),
            thresholdBytes);
      }
    } finally {
      lock.unlock();
    }
  }

  /** Counts; says it in one line of JSON, which dashboards and alerts read. */
  public String countAsText() throws IOException {
    return new String(
        io.headwater.oci.Json.write(report()), java.nio.charset.StandardCharsets.UTF_8);
  }

  /** What is stored now, for clients. */
  public Map<String, Object> report() throws IOException {
    var report = count();
    return Map.of(
        "repositories",
        report.repositories(),
        "total",
        report.total(),
        "thresholdBytes",
        thresholdBytes,
        "aboveThreshold",
        isAboveThreshold());
  }
}
