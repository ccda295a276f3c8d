package io.headwater.zfile;

import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * The threads that compress blocks, with a codec context for each. One is shared by all writers of
 * a conversion that use the same codec and level. Platform threads: the work is native code, which
 * would pin a virtual thread's carrier.
 */
public final class BlockCompressors implements AutoCloseable {
  private final Compression compression;
  private final int level;
  private final int threads;
  private final ExecutorService executor;
  private final ConcurrentLinkedQueue<Compression.Compressor> idle = new ConcurrentLinkedQueue<>();

  public BlockCompressors(Compression compression, int level, int threads) {
    this.compression = compression;
    this.level = level;
    this.threads = threads;
    this.executor =
        Executors.newFixedThreadPool(
            threads, Thread.ofPlatform().daemon().name("compress-", 0).factory());
  }

  /** One thread for each processor. */
  public static BlockCompressors of(ZFileOptions options) {
    return new BlockCompressors(
        options.compression(), options.level(), Runtime.getRuntime().availableProcessors());
  }

  int threads() {
    return threads;
  }

  boolean serves(ZFileOptions options) {
    return options.compression() == compression && options.level() == level;
  }

  Future<?> submit(Batch batch) {
    return executor.submit(
        () -> {
          var compressor = idle.poll();
          if (compressor == null) {
            compressor = compression.compressor(level);
          }
          try {
            batch.compress(compressor);
          } finally {
            idle.add(compressor);
          }
        });
  }

  @Override
  public void close() {
    executor.shutdownNow();
    executor.close();
    for (var compressor = idle.poll(); compressor != null; compressor = idle.poll()) {
      compressor.close();
    }
  }
}
