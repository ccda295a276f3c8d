package io.headwater.zfile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headwater.block.MemoryDevice;
import io.headwater.fault.FormatException;
import io.headwater.sample.Vectors;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ZFileReaderTest {
  private static final String VECTOR = "zfile-lz4-4k";

  @ParameterizedTest
  @ValueSource(
      strings = {"zfile-lz4-4k", "zfile-lz4-32k", "zfile-zstd-16k", "zfile-lz4-4k-trailer-only"})
  void readsWhatTheReferenceWrote(String vector) throws IOException {
    var plain = Vectors.bytes("zfile.plain.gz");
    var zfile = ZFileReader.open(Vectors.device(vector));
    assertThat(zfile.sizeBytes()).isEqualTo(plain.length);
    assertThat(zfile.read(0, plain.length).array()).isEqualTo(plain);
  }

  @ParameterizedTest
  @CsvSource({"0,1", "4095,2", "4096,4096", "100,70000", "151584,1", "151585,0"})
  void readsAnyRange(int offset, int length) throws IOException {
    var plain = ByteBuffer.wrap(Vectors.bytes("zfile.plain.gz"));
    for (var vector : new String[] {VECTOR, "zfile-zstd-16k"}) {
      var zfile = ZFileReader.open(Vectors.device(vector));
      assertThat(zfile.read(offset, length)).isEqualTo(plain.slice(offset, length));
    }
  }

  @Test
  void refusesRangeBehindTheEnd() throws IOException {
    var zfile = ZFileReader.open(Vectors.device(VECTOR));
    assertThatThrownBy(() -> zfile.read(151585, 1)).hasMessageContaining("leaves the 151585 bytes");
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0, header: the magic is missing",
    "24, 1, header: size is",
    "40, 7, digest is",
    "514, 1, checksum of block 0 is",
    "-513, 1, index checksum is"
  })
  void namesWhatIsWrong(int at, int flip, String fault) throws IOException {
    var bytes = Vectors.bytes(VECTOR);
    var index = at < 0 ? bytes.length + at : at;
    bytes[index] ^= (byte) (flip == 0 ? 0xff : flip);
    assertThatThrownBy(
            () -> {
              var zfile = ZFileReader.open(new MemoryDevice(bytes));
              zfile.read(0, (int) zfile.sizeBytes());
            })
        .isInstanceOf(FormatException.class)
        .hasMessageContaining(fault);
  }

  @Test
  void refusesFileThatBreaksOff() throws IOException {
    var bytes = java.util.Arrays.copyOf(Vectors.bytes(VECTOR), 30_000);
    assertThatThrownBy(() -> ZFileReader.open(new MemoryDevice(bytes)))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("leaves the file of 30000 bytes");
  }

  @Test
  void refusesTrailerThatWasNeverSealed() throws IOException {
    var bytes = Vectors.bytes("zfile-lz4-4k-trailer-only");
    var trailer = ByteBuffer.wrap(bytes, bytes.length - 512, 512).slice();
    trailer.order(ByteOrder.LITTLE_ENDIAN);
    trailer.putLong(32, trailer.getLong(32) & ~ZFileHeader.SEALED).putInt(28, 0);
    var block = new byte[512];
    trailer.get(0, block);
    trailer.putInt(28, RawCrc32c.ofMetadata().of(block));
    assertThatThrownBy(() -> ZFileReader.open(new MemoryDevice(bytes)))
        .hasMessageContaining("not sealed");
  }

  /** An index of a billion blocks is refused before memory is asked for. */
  @Test
  void boundsBlockCountBeforeBelievingIt() throws IOException {
    var bytes = Vectors.bytes(VECTOR);
    var header = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    header.putLong(48, 1L << 30).putLong(56, (1L << 30) * 4096).putInt(28, 0);
    var block = new byte[512];
    header.get(0, block);
    header.putInt(28, RawCrc32c.ofMetadata().of(block));
    assertThatThrownBy(() -> ZFileReader.open(new MemoryDevice(bytes)))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("blocks");
  }
}
