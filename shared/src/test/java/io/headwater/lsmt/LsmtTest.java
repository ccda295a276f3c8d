package io.headwater.lsmt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headwater.block.MemoryDevice;
import io.headwater.fault.FormatException;
import io.headwater.oci.Digest;
import io.headwater.sample.Vectors;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LsmtTest {
  private static final int DEVICE = 1 << 20;

  @Test
  void mergesWhatTheReferenceWrote() throws Exception {
    var disk =
        new MergedDevice(
            List.of(
                LsmtReader.open(Vectors.device("lsmt-bottom.gz")),
                LsmtReader.open(Vectors.device("lsmt-top"))));
    assertThat(disk.sizeBytes()).isEqualTo(64 << 20);
    var hash = HexFormat.of().formatHex(Digest.sha256().digest(disk.read(0, 64 << 20).array()));
    assertThat(hash).isEqualTo("e3bac67c1ea223992986f0ae8fd0e0dd2d401f2ff0cf23da02f06ef7d5ff9604");
  }

  @Test
  void readsUuidsOfTheReference() throws IOException {
    var top = LsmtReader.open(Vectors.device("lsmt-top"));
    var bottom = LsmtReader.open(Vectors.device("lsmt-bottom.gz"));
    assertThat(bottom.uuid()).startsWith("1111");
    assertThat(top.uuid()).hasSize(36);
  }

  /** Random writes in up to four layers read like the same writes into an array. */
  @Property(tries = 60)
  void stackReadsLikeAnArray(@ForAll long seed, @ForAll @IntRange(min = 1, max = 4) int layers)
      throws IOException {
    var random = new Random(seed);
    var expected = new byte[DEVICE];
    var opened = new ArrayList<LsmtReader>();
    for (int i = 0; i < layers; i++) {
      opened.add(LsmtReader.open(new MemoryDevice(layer(random, expected))));
    }
    var disk = new MergedDevice(opened);
    assertThat(disk.read(0, DEVICE).array()).isEqualTo(expected);
    for (int i = 0; i < 20; i++) {
      var offset = random.nextInt(DEVICE);
      var length = random.nextInt(Math.min(DEVICE - offset, 50_000) + 1);
      assertThat(disk.read(offset, length))
          .isEqualTo(ByteBuffer.wrap(expected).slice(offset, length));
    }
  }

  private static byte[] layer(Random random, byte[] expected) throws IOException {
    var out = new ByteArrayOutputStream();
    var writer = new LsmtWriter(out::write, DEVICE, UUID.randomUUID(), new UUID(0, 0));
    var places = new ArrayList<Integer>();
    for (int sector = 0; sector < DEVICE / 512; ) {
      places.add(sector);
      sector += 1 + random.nextInt(100);
    }
    places.add(DEVICE / 512);
    var order = new ArrayList<Integer>();
    for (int i = 0; i + 1 < places.size(); i++) {
      order.add(i);
    }
    java.util.Collections.shuffle(order, random);
    for (var i : order) {
      var first = places.get(i) * 512;
      var length = (places.get(i + 1) - places.get(i)) * 512;
      switch (random.nextInt(3)) {
        case 0 -> {}
        case 1 -> {
          writer.zero(first, length);
          Arrays.fill(expected, first, first + length, (byte) 0);
        }
        default -> {
          var bytes = new byte[length];
          random.nextBytes(bytes);
          writer.write(first, bytes, 0, length);
          System.arraycopy(bytes, 0, expected, first, length);
        }
      }
    }
    writer.finish();
    return out.toByteArray();
  }

  @Test
  void joinsWritesThatFollowEachOther() throws IOException {
    var out = new ByteArrayOutputStream();
    var writer = new LsmtWriter(out::write, 64 << 20, UUID.randomUUID(), new UUID(0, 0));
    for (int i = 0; i < 100; i++) {
      writer.write(i * 4096L, new byte[4096], 0, 4096);
    }
    writer.finish();
    assertThat(LsmtReader.open(new MemoryDevice(out.toByteArray())).ranges()).isEqualTo(1);
  }

  /** An entry has 14 bits for its length. */
  @Test
  void splitsRangesThatAreTooLongForOneEntry() throws IOException {
    var out = new ByteArrayOutputStream();
    var writer = new LsmtWriter(out::write, 64 << 20, UUID.randomUUID(), new UUID(0, 0));
    var bytes = new byte[20 << 20];
    new Random(1).nextBytes(bytes);
    writer.write(4096, bytes, 0, bytes.length);
    writer.finish();
    var reader = LsmtReader.open(new MemoryDevice(out.toByteArray()));
    assertThat(reader.ranges()).isEqualTo(3);
    assertThat(new MergedDevice(List.of(reader)).read(4096, bytes.length).array()).isEqualTo(bytes);
  }

  @Test
  void refusesSectorThatIsWrittenTwice() throws IOException {
    var writer =
        new LsmtWriter(
            new ByteArrayOutputStream()::write, DEVICE, UUID.randomUUID(), new UUID(0, 0));
    writer.write(0, new byte[4096], 0, 4096);
    writer.write(512, new byte[512], 0, 512);
    assertThatThrownBy(writer::finish).hasMessageContaining("sector 1 was written twice");
  }

  @ParameterizedTest
  @CsvSource({
    "0, header: the magic is missing",
    "28, header: flags",
    "-4096, trailer: the magic is missing"
  })
  void namesWhatIsWrong(int at, String fault) throws IOException {
    var bytes = Vectors.bytes("lsmt-top");
    bytes[at < 0 ? bytes.length + at : at] ^= (byte) 0xff;
    assertThatThrownBy(() -> LsmtReader.open(new MemoryDevice(bytes)))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining(fault);
  }

  @Test
  void refusesEntryThatLeavesTheData() throws IOException {
    var bytes = Vectors.bytes("lsmt-top");
    var file = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    var index = (int) file.getLong(bytes.length - 4096 + 32);
    file.putLong(index + 8, 1 << 20);
    assertThatThrownBy(() -> LsmtReader.open(new MemoryDevice(bytes)))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("outside the data");
  }

  @Test
  void refusesEntriesOutOfOrder() throws IOException {
    var bytes = Vectors.bytes("lsmt-top");
    var file = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    var index = (int) file.getLong(bytes.length - 4096 + 32);
    file.putLong(index + 16, file.getLong(index));
    assertThatThrownBy(() -> LsmtReader.open(new MemoryDevice(bytes)))
        .hasMessageContaining("out of order or overlaps");
  }

  @Test
  void refusesMoreIndexEntriesThanNodesTake() throws IOException {
    var bytes = Vectors.bytes("lsmt-top");
    ByteBuffer.wrap(bytes)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(bytes.length - 4096 + 40, 1L << 40);
    assertThatThrownBy(() -> LsmtReader.open(new MemoryDevice(bytes)))
        .hasMessageContaining("at most 1000000");
  }
}
