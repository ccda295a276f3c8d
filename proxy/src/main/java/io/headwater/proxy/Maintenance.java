package io.headwater.proxy;

import io.headwater.loop.Items;
import io.headwater.loop.Loop;
import io.headwater.management.StorageUse;
import io.headwater.operation.OldOperations;
import io.headwater.proxy.cache.CacheCounts;
import io.headwater.registry.GarbageCollection;
import io.headwater.registry.Registry;
import java.io.IOException;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is done now and then: collecting garbage, counting what is stored, saying how well caches
 * do.
 */
public final class Maintenance implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Maintenance.class);

  private final Registry registry;
  private final StorageUse storage;
  private final Duration every;
  private final Duration grace;
  private final OldOperations operations;
  private final boolean collects;
  private final Supplier<CacheCounts> cache;
  private CacheCounts reported = CacheCounts.NONE;
  private boolean begun;
  private final Items steps = new Items("maintenance");
  private @Nullable Loop loop;

  /**
   * Prepares it.
   *
   * @param every how often; zero for never
   * @param grace what was wanted within it is not garbage
   * @param operations forgets those that are of no use any more
   * @param collects whether collecting and counting is this process's affair
   * @param cache how well the cache has done so far
   */
  public Maintenance(
      Registry registry,
      StorageUse storage,
      Duration every,
      Duration grace,
      OldOperations operations,
      boolean collects,
      Supplier<CacheCounts> cache) {
    this.registry = registry;
    this.storage = storage;
    this.every = every;
    this.grace = grace;
    this.operations = operations;
    this.collects = collects;
    this.cache = cache;
  }

  /**
   * Begins; the first time comes after a whole interval.
   *
   * @return what does it, closed with this; empty if it is never to be done
   */
  public Optional<Loop> start() {
    if (!every.isZero()) {
      loop = Loop.start("maintenance", this::run);
    }
    return Optional.ofNullable(loop);
  }

  /** Each step by itself: one that fails leaves the others alone, and is tried again. */
  private Duration run() throws InterruptedException {
    if (begun) {
      steps.serve("cache", this::reportCache);
      if (collects) {
        steps.serve("garbage", this::collect);
        steps.serve("operations", this::forgetOperations);
        steps.serve("storage", storage::count);
      }
    }
    begun = true;
    return every;
  }

  /**
   * Of the time since the last report. An alert reads it (infra/bicep/modules/monitoring.bicep).
   */
  private void reportCache() {
    var now = cache.get();
    var chunks = now.chunks() - reported.chunks();
    if (chunks > 0) {
      var fetched = now.storeReads() - reported.storeReads();
      LOG.info(
          "Cache hit ratio {} ({} chunks asked for, {} read from the store)",
          String.format(Locale.ROOT, "%.3f", Math.max(0, 1 - (double) fetched / chunks)),
          chunks,
          fetched);
    }
    reported = now;
  }

  private void collect() throws IOException {
    var report = GarbageCollection.run(registry, grace, false);
    if (report.blobs() + report.links() + report.purgedImages() + report.uploads() > 0) {
      LOG.info(
          "Collected garbage: {} blobs of {} bytes, {} deleted images purged, {} uploads abandoned",
          report.blobs(),
          report.bytes(),
          report.purgedImages(),
          report.uploads());
    }
  }

  private void forgetOperations() throws IOException {
    var forgotten = operations.forget(false);
    if (forgotten > 0) {
      LOG.info("Forgot {} operations that are over", forgotten);
    }
  }

  @Override
  public void close() {
    if (loop != null) {
      loop.close();
    }
  }
}
