package io.headwater.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headwater.fault.FormatException;
import io.headwater.sample.Layer;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import java.util.zip.GZIPInputStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

/** Against the JDK's encoder, and its decoder where the input is broken. */
class GzipStreamTest {
  record Encoding(int level, int strategy) {}

  private static byte[] gzip(byte[] plain, Encoding encoding) {
    var deflater = new Deflater(encoding.level(), true);
    deflater.setStrategy(encoding.strategy());
    deflater.setInput(plain);
    deflater.finish();
    var out = new ByteArrayOutputStream();
    out.writeBytes(new byte[] {0x1f, (byte) 0x8b, 8, 0, 0, 0, 0, 0, 0, 3});
    var buffer = new byte[8192];
    while (!deflater.finished()) {
      out.write(buffer, 0, deflater.deflate(buffer));
    }
    deflater.end();
    var crc = new CRC32();
    crc.update(plain);
    word(out, (int) crc.getValue());
    word(out, plain.length);
    return out.toByteArray();
  }

  private static void word(ByteArrayOutputStream out, int value) {
    for (int i = 0; i < 4; i++) {
      out.write(value >>> 8 * i);
    }
  }

  private static byte[] expand(byte[] gzip) throws IOException {
    try (var in = new GzipStream(new ByteArrayInputStream(gzip))) {
      return in.readAllBytes();
    }
  }

  @Property(tries = 400)
  void expandsWhateverTheEncoderWrites(
      @ForAll("plain") byte[] plain, @ForAll("encodings") Encoding encoding) throws IOException {
    assertThat(expand(gzip(plain, encoding))).isEqualTo(plain);
  }

  @Provide
  Arbitrary<Encoding> encodings() {
    return Combinators.combine(
            Arbitraries.integers().between(0, 9),
            Arbitraries.of(Deflater.DEFAULT_STRATEGY, Deflater.FILTERED, Deflater.HUFFMAN_ONLY))
        .as(Encoding::new);
  }

  @Provide
  Arbitrary<byte[]> plain() {
    return Combinators.combine(
            Arbitraries.longs(),
            Arbitraries.of(0, 1, 2, 100, 32768, 40_000, 300_000, 1_000_000),
            Arbitraries.of(0, 1, 2, 3, 4, 5))
        .as(GzipStreamTest::plain);
  }

  /**
   * Zeros, noise, words, runs of short periods, rare symbols with long codes, or a little of each.
   */
  private static byte[] plain(long seed, int length, int kind) {
    var random = new Random(seed);
    var out = new byte[length];
    for (int at = 0; at < length; ) {
      var count = Math.min(length - at, 1 + random.nextInt(3000));
      switch (kind == 5 ? random.nextInt(5) : kind) {
        case 0 -> Arrays.fill(out, at, at + count, (byte) 0);
        case 1 -> {
          for (int i = at; i < at + count; i++) {
            out[i] = (byte) random.nextInt();
          }
        }
        case 2 -> {
          for (int i = at; i < at + count; i++) {
            out[i] = (byte) "the quick brown fox jumps over a lazy dog ".charAt(random.nextInt(42));
          }
        }
        case 3 -> {
          var period = 1 + random.nextInt(12);
          for (int i = at; i < at + count; i++) {
            out[i] = i - period < 0 ? (byte) i : out[i - period];
          }
        }
        default -> {
          for (int i = at; i < at + count; i++) {
            // Geometric: each symbol half as frequent as the one before, so that codes get as long
            // as they can.
            out[i] = (byte) Long.numberOfTrailingZeros(random.nextLong() | 1L << 40);
          }
        }
      }
      at += count;
    }
    return out;
  }

  @Test
  void readsMembersWithAllHeaderFields() throws IOException {
    var plain = "text".getBytes(StandardCharsets.UTF_8);
    var bare = Layer.gzip(plain);
    var out = new ByteArrayOutputStream();
    // Extra field, name, comment and header checksum.
    out.writeBytes(
        new byte[] {
          0x1f,
          (byte) 0x8b,
          8,
          2 | 4 | 8 | 16,
          0,
          0,
          0,
          0,
          0,
          3,
          3,
          0,
          'x',
          'y',
          'z',
          'n',
          0,
          'c',
          0,
          1,
          2
        });
    out.write(bare, 10, bare.length - 10);
    out.writeBytes(new byte[700]); // padding between and after members
    out.writeBytes(bare);
    out.writeBytes(new byte[3]);
    assertThat(expand(out.toByteArray())).isEqualTo("texttext".getBytes(StandardCharsets.UTF_8));
  }

  /** A source that gives a few bytes at a time is as good as any. */
  @Test
  void readsFromSourceThatGivesLittleAtATime() throws IOException {
    var plain = plain(3, 500_000, 5);
    var gzip = Layer.gzip(plain);
    var random = new Random(4);
    var slow =
        new ByteArrayInputStream(gzip) {
          @Override
          public synchronized int read(byte[] out, int offset, int length) {
            return super.read(out, offset, Math.min(length, 1 + random.nextInt(7)));
          }
        };
    try (var in = new GzipStream(slow)) {
      assertThat(in.readAllBytes()).isEqualTo(plain);
    }
  }

  @Test
  void everyTruncationIsNoticed() {
    var gzip = Layer.gzip(plain(5, 3000, 2));
    for (int length = 1; length < gzip.length; length++) {
      var cut = Arrays.copyOf(gzip, length);
      assertThatThrownBy(() -> expand(cut))
          .isInstanceOf(FormatException.class)
          .hasMessageContaining("truncated");
    }
  }

  /**
   * Where the JDK's decoder finds a fault, so does this one; where it finds none, both give the
   * same.
   */
  @Test
  void brokenDataIsRefusedAsTheJdkDoes() {
    var random = new Random(6);
    for (int round = 0; round < 20_000; round++) {
      var bad =
          gzip(plain(round, 1 + random.nextInt(2000), round % 6), new Encoding(1 + round % 9, 0));
      for (int i = random.nextInt(3); i >= 0; i--) {
        bad[10 + random.nextInt(bad.length - 10)] = (byte) random.nextInt();
      }
      var expected = jdk(bad);
      byte[] actual = null;
      try {
        actual = expand(bad);
      } catch (FormatException e) {
        assertThat(e.getMessage()).startsWith("gzip: ");
      } catch (IOException e) {
        throw new AssertionError(e);
      }
      assertThat(actual).as("round " + round).isEqualTo(expected);
    }
  }

  private static byte @org.jspecify.annotations.Nullable [] jdk(byte[] gzip) {
    try (InputStream in = new GZIPInputStream(new ByteArrayInputStream(gzip))) {
      return in.readAllBytes();
    } catch (IOException e) {
      return null;
    }
  }

  @Test
  void matchThatGoesBackBeforeItsMemberIsRefused() throws IOException {
    var first = Layer.gzip(plain(1, 50_000, 2));
    // A fixed block: a match of length 3 at distance 1 as its first symbol.
    var bits =
        new byte[] {
          0x1f, (byte) 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 0x03, 0x02, 0x00, 0, 0, 0, 0, 0, 0, 0, 0
        };
    var both = new ByteArrayOutputStream();
    both.writeBytes(first);
    both.writeBytes(bits);
    assertThatThrownBy(() -> expand(both.toByteArray()))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("goes back before its beginning");
  }
}
