package io.headwater.overlaybd;

import io.headwater.block.BlockDevice;
import io.headwater.block.Slice;
import io.headwater.fault.FormatException;
import io.headwater.layer.EntryType;
import io.headwater.layer.LayerLimits;
import io.headwater.layer.TarReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The tar with one file around a layer's ZFile, so that plain OCI tools take the blob for a layer
 * (formats/overlaybd.md §3).
 */
final class TarWrapper {
  /** PAX header block, its record, file header. */
  static final int FRONT_BYTES = 1536;

  private static final int BLOCK = 512;

  private TarWrapper() {}

  /** The bytes in front of a ZFile of that size. */
  static byte[] front(long zfileBytes) {
    var front = new byte[FRONT_BYTES];
    var record = sizeRecord(zfileBytes);
    put(front, 0, "overlaybd.pax");
    put(front, 124, "%11o ".formatted(record.length()));
    front[156] = 'x';
    seal(front, 0);
    put(front, BLOCK, record);
    var file = 2 * BLOCK;
    put(front, file, "overlaybd.commit");
    put(front, file + 100, "100644 ");
    put(front, file + 108, "     0 ");
    put(front, file + 116, "     0 ");
    put(front, file + 124, "          0 ");
    put(front, file + 136, "          0 ");
    front[file + 156] = '0';
    put(front, file + 265, "root");
    put(front, file + 297, "root");
    seal(front, file);
    return front;
  }

  /** "&lt;length&gt; size=&lt;bytes&gt;\n", where length counts itself. */
  private static String sizeRecord(long bytes) {
    var rest = " size=" + bytes + "\n";
    var length = rest.length() + 1;
    while (Integer.toString(length).length() + rest.length() != length) {
      length++;
    }
    return length + rest;
  }

  private static void put(byte[] out, int at, String text) {
    var bytes = text.getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(bytes, 0, out, at, bytes.length);
  }

  private static void seal(byte[] out, int at) {
    put(out, at + 257, "ustar");
    put(out, at + 263, "00");
    put(out, at + 148, "%6o ".formatted(checksum(out, at)));
  }

  private static int checksum(byte[] bytes, int at) {
    var sum = 8 * ' ';
    for (int i = 0; i < BLOCK; i++) {
      sum += i >= 148 && i < 156 ? 0 : bytes[at + i] & 0xff;
    }
    return sum;
  }

  /** What follows a ZFile of that size: padding and two zero blocks. */
  static byte[] end(long zfileBytes) {
    return new byte[(int) (-zfileBytes & BLOCK - 1) + 2 * BLOCK];
  }

  /**
   * The payload of a blob, the first file of its wrapper, however a converter writes that; the blob
   * itself when it has none.
   *
   * @param first the blob's first bytes, {@link #FRONT_BYTES} of them or all that there are
   * @throws FormatException if a wrapper states a size that leaves the blob
   */
  static BlockDevice unwrap(BlockDevice blob, ByteBuffer first) throws IOException {
    var bytes = new byte[first.remaining()];
    first.get(first.position(), bytes);
    if (bytes.length < BLOCK || !isHeader(bytes, 0)) {
      return blob;
    }
    try {
      var tar = new TarReader(new ByteArrayInputStream(bytes), LayerLimits.DEFAULT);
      var entry = tar.next();
      if (entry == null || entry.type() != EntryType.FILE) {
        throw new FormatException("its first entry is no file");
      }
      return slice(blob, tar.position(), entry.size());
    } catch (FormatException e) {
      throw e.in("tar wrapper");
    }
  }

  private static BlockDevice slice(BlockDevice blob, long offset, long size)
      throws FormatException {
    if (size < 0 || size > blob.sizeBytes() - offset) {
      throw new FormatException(
          "a file of " + size + " bytes does not fit the blob of " + blob.sizeBytes() + " bytes");
    }
    return new Slice(blob, offset, size);
  }

  private static boolean isHeader(byte[] bytes, int at) {
    return Arrays.equals(
            bytes, at + 257, at + 262, "ustar".getBytes(StandardCharsets.US_ASCII), 0, 5)
        && bytes[at + 263] == '0'
        && bytes[at + 264] == '0'
        && octal(bytes, at + 148, 8) == checksum(bytes, at);
  }

  private static long octal(byte[] bytes, int at, int length) {
    long value = 0;
    for (int i = at; i < at + length; i++) {
      if (bytes[i] >= '0' && bytes[i] <= '7') {
        value = value << 3 | bytes[i] - '0';
      }
    }
    return value;
  }
}
