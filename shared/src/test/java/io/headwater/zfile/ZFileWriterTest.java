package io.headwater.zfile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headwater.block.MemoryDevice;
import io.headwater.sample.Vectors;
import io.headwater.tool.Command;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ZFileWriterTest {
  @Property(tries = 60)
  void whatIsWrittenReadsBack(
      @ForAll("options") ZFileOptions options, @ForAll("content") byte[] plain) throws IOException {
    var zfile = ZFileReader.open(new MemoryDevice(write(plain, options)));
    assertThat(zfile.sizeBytes()).isEqualTo(plain.length);
    assertThat(zfile.read(0, plain.length).array()).isEqualTo(plain);
  }

  @Provide
  Arbitrary<ZFileOptions> options() {
    return Combinators.combine(
            Arbitraries.of(Compression.values()),
            Arbitraries.of(1, 3, 9),
            Arbitraries.of(4096, 8192, 16384, 32768))
        .as(ZFileOptions::new);
  }

  /** Stretches of zeros, text and noise. */
  @Provide
  Arbitrary<byte[]> content() {
    return Combinators.combine(
            Arbitraries.longs(),
            Arbitraries.integers().between(0, 700_000),
            Arbitraries.of(0, 1, 2, 3))
        .as(ZFileWriterTest::content);
  }

  private static byte[] content(long seed, int length, int kind) {
    var random = new Random(seed);
    var bytes = new byte[length];
    for (int at = 0; at < length; at += 1000) {
      var end = Math.min(length, at + 1000);
      switch (kind == 3 ? random.nextInt(3) : kind) {
        case 0 -> {}
        case 1 -> java.util.Arrays.fill(bytes, at, end, (byte) random.nextInt());
        default -> {
          for (int i = at; i < end; i++) {
            bytes[i] = (byte) random.nextInt();
          }
        }
      }
    }
    return bytes;
  }

  private static byte[] write(byte[] plain, ZFileOptions options) throws IOException {
    var body = new ByteArrayOutputStream();
    try (var compressors = new BlockCompressors(options.compression(), options.level(), 2)) {
      var writer = new ZFileWriter(body, options, compressors);
      for (int at = 0; at < plain.length; at += 10_007) {
        writer.write(plain, at, Math.min(10_007, plain.length - at));
      }
      var finished = writer.finish();
      var whole = new ByteArrayOutputStream();
      whole.writeBytes(finished.header());
      whole.writeBytes(body.toByteArray());
      assertThat(finished.sizeBytes()).isEqualTo(whole.size());
      return whole.toByteArray();
    }
  }

  /** A writer on many threads gives the bytes of a writer on one. */
  @Test
  void bytesDoNotDependOnThreads() throws IOException {
    var plain = content(4, 3_000_000, 3);
    var options = new ZFileOptions(Compression.ZSTD, 1, 16384);
    assertThat(write(plain, options)).isEqualTo(write(plain, options));
  }

  @Tag("tools")
  @Test
  void anotherReaderTakesEveryKind(@TempDir Path folder) throws Exception {
    var plain = Vectors.bytes("zfile.plain.gz");
    for (var compression : Compression.values()) {
      for (int blockSize = 4096; blockSize <= 32768; blockSize *= 2) {
        var file = folder.resolve(compression + "-" + blockSize);
        Files.write(file, write(plain, new ZFileOptions(compression, 1, blockSize)));
        var out = folder.resolve("out");
        Command.succeed("python3", Command.ours("obdread"), "unzfile", out, file);
        assertThat(Files.readAllBytes(out)).isEqualTo(plain);
      }
    }
  }

  @Test
  void provisionalHeaderLeavesValuesToTheTrailer() throws IOException {
    var plain = Vectors.bytes("zfile.plain.gz");
    var options = new ZFileOptions(Compression.LZ4, 1, 4096);
    var whole = write(plain, options);
    System.arraycopy(ZFileWriter.provisionalHeader(options), 0, whole, 0, ZFileWriter.HEADER_BYTES);
    var zfile = ZFileReader.open(new MemoryDevice(whole));
    assertThat(zfile.read(0, plain.length).array()).isEqualTo(plain);
  }

  /** Readers buffer 64 KiB, and such a block may not fit (formats/overlaybd.md §2, pitfalls). */
  @Test
  void refusesBlocksOf64KiB() {
    assertThatThrownBy(() -> new ZFileOptions(Compression.LZ4, 1, 65536))
        .hasMessageContaining("give 4096, 8192, 16384 or 32768 bytes");
  }

  @Test
  void faultOfTheSinkReachesTheWriter() {
    var options = new ZFileOptions(Compression.LZ4, 1, 4096);
    var full =
        new OutputStream() {
          @Override
          public void write(int b) throws IOException {
            throw new IOException("no room");
          }
        };
    try (var compressors = BlockCompressors.of(options)) {
      var writer = new ZFileWriter(full, options, compressors);
      assertThatThrownBy(
              () -> {
                writer.write(new byte[100_000], 0, 100_000);
                writer.finish();
              })
          .hasMessage("no room");
    }
  }
}
