package io.headwater.layer;

import io.headwater.sample.Layer;
import io.headwater.sample.RealBytes;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPInputStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Expanding gzip: ours, and the JDK's zlib. One operation is {@link RealBytes#LENGTH} bytes of
 * output.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class InflateBenchmark {
  private byte[] gzip = {};
  private final byte[] out = new byte[256 * 1024];

  @Setup
  public void compress() throws IOException {
    gzip = Layer.gzip(RealBytes.read());
  }

  private long drain(InputStream in) throws IOException {
    long total = 0;
    try (in) {
      for (int count = in.read(out); count >= 0; count = in.read(out)) {
        total += count;
      }
    }
    return total;
  }

  @Benchmark
  public long ours() throws IOException {
    return drain(new GzipStream(new ByteArrayInputStream(gzip)));
  }

  @Benchmark
  public long jdk() throws IOException {
    return drain(new GZIPInputStream(new ByteArrayInputStream(gzip), 256 * 1024));
  }
}
