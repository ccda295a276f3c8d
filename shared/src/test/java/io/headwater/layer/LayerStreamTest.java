package io.headwater.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headwater.fault.FormatException;
import io.headwater.fault.LimitException;
import io.headwater.oci.Descriptor;
import io.headwater.oci.Digest;
import io.headwater.sample.Layer;
import io.headwater.sample.Tar;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class LayerStreamTest {
  private static final Tar TAR = new Tar().file("noise", noise(2_000_000)).file("text", "text");

  private static byte[] noise(int length) {
    var bytes = new byte[length];
    new Random(5).nextBytes(bytes);
    return bytes;
  }

  private static LayerStream stream(byte[] blob, Layer layer, LayerLimits limits, AtomicLong read) {
    return new LayerStream(
        new ByteArrayInputStream(blob),
        Descriptor.of(layer.mediaType(), Digest.of(layer.blob()), layer.blob().length),
        layer.diffId(),
        limits,
        read::addAndGet);
  }

  private static byte[] readAll(byte[] blob, Layer layer) throws IOException {
    try (var in = stream(blob, layer, LayerLimits.DEFAULT, new AtomicLong())) {
      return in.readAllBytes();
    }
  }

  @Test
  @Timeout(60)
  void errorInTheExpanderEndsItsReader() {
    var layer = Layer.plain(TAR);
    var broken =
        new InputStream() {
          @Override
          public int read() {
            throw new StackOverflowError("played");
          }

          @Override
          public int read(byte[] out, int offset, int length) {
            throw new StackOverflowError("played");
          }
        };
    var descriptor = Descriptor.of(layer.mediaType(), Digest.of(layer.blob()), layer.blob().length);
    try (var in =
        new LayerStream(broken, descriptor, layer.diffId(), LayerLimits.DEFAULT, n -> {})) {
      assertThatThrownBy(in::readAllBytes)
          .isInstanceOf(IOException.class)
          .hasMessage("layer " + descriptor.digest() + " could not be expanded")
          .hasCauseInstanceOf(StackOverflowError.class);
    }
  }

  @Test
  void expandsPlainGzipAndZstd() throws IOException {
    for (var layer : new Layer[] {Layer.plain(TAR), Layer.gzip(TAR), Layer.zstd(TAR)}) {
      assertThat(readAll(layer.blob(), layer)).isEqualTo(TAR.build());
    }
  }

  @Test
  void expandsGzipOfSeveralMembers() throws IOException {
    var tar = TAR.build();
    var members = new ByteArrayOutputStream();
    for (int at = 0; at < tar.length; at += 300_000) {
      members.writeBytes(
          Layer.gzip(Arrays.copyOfRange(tar, at, Math.min(tar.length, at + 300_000))));
    }
    var layer = Layer.gzip(TAR).withBlob(members.toByteArray());
    assertThat(readAll(layer.blob(), layer)).isEqualTo(tar);
  }

  @Test
  void expandsZstdOfSeveralFrames() throws IOException {
    var tar = TAR.build();
    var frames = new ByteArrayOutputStream();
    frames.writeBytes(com.github.luben.zstd.Zstd.compress(Arrays.copyOf(tar, 1000)));
    frames.writeBytes(new byte[] {0x50, 0x2a, 0x4d, 0x18, 4, 0, 0, 0, 1, 2, 3, 4}); // to be skipped
    frames.writeBytes(
        com.github.luben.zstd.Zstd.compress(Arrays.copyOfRange(tar, 1000, tar.length)));
    var layer = Layer.zstd(TAR).withBlob(frames.toByteArray());
    assertThat(readAll(layer.blob(), layer)).isEqualTo(tar);
  }

  @Test
  void countsEveryByteOfTheBlob() throws IOException {
    var layer = Layer.gzip(TAR);
    var read = new AtomicLong();
    try (var in = stream(layer.blob(), layer, LayerLimits.DEFAULT, read)) {
      assertThat(in.readAllBytes()).isNotEmpty();
    }
    assertThat(read.get()).isEqualTo(layer.blob().length);
  }

  @Test
  void truncatedGzipAndZstdAreNamed() {
    for (var layer : new Layer[] {Layer.gzip(TAR), Layer.zstd(TAR)}) {
      var cut = Arrays.copyOf(layer.blob(), layer.blob().length / 2);
      assertThatThrownBy(() -> readAll(cut, layer))
          .isInstanceOf(FormatException.class)
          .hasMessageContaining(Digest.of(layer.blob()).toString())
          .hasMessageContaining("truncated");
    }
  }

  @Test
  void flippedBitIsNoticed() {
    for (var layer : new Layer[] {Layer.plain(TAR), Layer.gzip(TAR), Layer.zstd(TAR)}) {
      var bad = layer.blob().clone();
      bad[bad.length / 2] ^= 1;
      assertThatThrownBy(() -> readAll(bad, layer)).isInstanceOf(FormatException.class);
    }
  }

  @Test
  void blobOfAnotherDigestIsNoticed() {
    var layer = Layer.gzip(TAR);
    var other = Layer.gzip(new Tar().file("other", ""));
    var same = new Layer(layer.blob(), layer.mediaType(), other.diffId());
    assertThatThrownBy(() -> readAll(layer.blob(), same))
        .hasMessageContaining("the expanded layer's digest is " + layer.diffId())
        .hasMessageContaining(other.diffId().toString());
    assertThatThrownBy(() -> readAll(other.blob(), layer))
        .hasMessageContaining("its descriptor says");
  }

  @Test
  void compressionBombStopsAtItsLimit() {
    var bomb = new Layer(Layer.gzip(new byte[50 << 20]), "x", Digest.of(new byte[50 << 20]));
    assertThat(bomb.blob().length).isLessThan(60_000);
    var limits = new LayerLimits(1 << 20, 10, 10, 10, 10, 1 << 20);
    assertThatThrownBy(
            () -> {
              try (var in = stream(bomb.blob(), bomb, limits, new AtomicLong())) {
                in.readAllBytes();
              }
            })
        .isInstanceOf(LimitException.class)
        .hasMessageContaining("max-expanded-bytes");
  }

  @Test
  void faultOfTheSourceReachesTheReader() {
    var layer = Layer.gzip(TAR);
    var failing =
        new InputStream() {
          @Override
          public int read() throws IOException {
            throw new IOException("the line went dead");
          }

          @Override
          public int read(byte[] out, int offset, int length) throws IOException {
            return read();
          }
        };
    assertThatThrownBy(
            () -> {
              try (var in =
                  new LayerStream(
                      failing,
                      Descriptor.of("x", Digest.of(layer.blob()), 5),
                      layer.diffId(),
                      LayerLimits.DEFAULT,
                      n -> {})) {
                in.readAllBytes();
              }
            })
        .hasMessage("the line went dead");
  }

  @Test
  void closingEarlyEndsTheExpansion() throws Exception {
    var closed = new java.util.concurrent.CountDownLatch(1);
    var layer = Layer.gzip(TAR);
    var blob =
        new ByteArrayInputStream(layer.blob()) {
          @Override
          public void close() {
            closed.countDown();
          }
        };
    var in =
        new LayerStream(
            blob,
            Descriptor.of("x", Digest.of(layer.blob()), layer.blob().length),
            layer.diffId(),
            LayerLimits.DEFAULT,
            n -> {});
    assertThat(in.read()).isNotNegative();
    in.close();
    assertThat(closed.await(10, java.util.concurrent.TimeUnit.SECONDS)).isTrue();
  }
}
