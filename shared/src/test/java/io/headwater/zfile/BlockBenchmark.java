package io.headwater.zfile;

import io.headwater.sample.RealBytes;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Compressing blocks, checksums included, on one thread. One operation is {@link RealBytes#LENGTH}
 * bytes of input.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(1)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 3, time = 1)
public class BlockBenchmark {
  /** Codec, level, block size. */
  @Param({
    "LZ4 1 4096",
    "LZ4 1 32768",
    "ZSTD -1 32768",
    "ZSTD 1 4096",
    "ZSTD 1 16384",
    "ZSTD 1 32768",
    "ZSTD 3 32768"
  })
  public String options = "";

  private byte[] plain = {};
  private ZFileOptions parsed = new ZFileOptions(Compression.LZ4, 1, 4096);

  @Setup
  public void read() throws IOException {
    plain = RealBytes.read();
    var parts = options.split(" ");
    parsed =
        new ZFileOptions(
            Compression.valueOf(parts[0]), Integer.parseInt(parts[1]), Integer.parseInt(parts[2]));
    System.out.printf("%n%s: %.3f of the input%n", options, (double) compress() / plain.length);
  }

  @Benchmark
  public long compress() {
    long total = 0;
    var batch = new Batch(parsed);
    var compressor = parsed.compression().compressor(parsed.level());
    for (int at = 0; at < plain.length; ) {
      at += batch.fill(plain, at, plain.length - at);
      batch.compress(compressor);
      total += batch.outputLength();
      batch.reset();
    }
    compressor.close();
    return total;
  }
}
