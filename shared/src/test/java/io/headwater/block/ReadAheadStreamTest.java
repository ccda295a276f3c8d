package io.headwater.block;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class ReadAheadStreamTest {
  private static final long BREAKS = -2;

  private record Bytes(byte[] content, AtomicInteger reads, long failsAt) implements BlockDevice {
    @Override
    public long sizeBytes() {
      return content.length;
    }

    @Override
    public void read(long offsetBytes, ByteBuffer destination) throws IOException {
      reads.incrementAndGet();
      if (offsetBytes == failsAt) {
        throw new IOException("away");
      }
      if (failsAt == BREAKS) {
        throw new StackOverflowError();
      }
      destination.put(content, (int) offsetBytes, destination.remaining());
    }
  }

  private static Bytes device(int size, long failsAt) {
    var content = new byte[size];
    new Random(size).nextBytes(content);
    return new Bytes(content, new AtomicInteger(), failsAt);
  }

  @Test
  void givesEveryByteOnceWhateverTheSizes() throws IOException {
    for (var size : new int[] {0, 1, 99, 100, 101, 1000}) {
      var device = device(size, -1);
      try (var in = new ReadAheadStream(device, 100)) {
        assertThat(in.readAllBytes()).isEqualTo(device.content());
        assertThat(in.read()).isEqualTo(-1);
      }
      assertThat(device.reads().get()).isEqualTo((size + 99) / 100);
    }
  }

  @Test
  void readEndsWhenTheDeviceEndsInAnError() throws IOException {
    try (var in = new ReadAheadStream(device(300, BREAKS), 100)) {
      assertThatThrownBy(in::read).isInstanceOf(IOException.class).hasMessageContaining("a fault");
    }
  }

  @Test
  void readFailsWhereTheDeviceFailsAndNotBefore() throws IOException {
    try (var in = new ReadAheadStream(device(300, 200), 100)) {
      assertThat(in.readNBytes(200)).hasSize(200);
      assertThatThrownBy(in::read).isInstanceOf(IOException.class).hasMessage("away");
    }
  }
}
