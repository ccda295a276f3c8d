package io.headwater.lsmt;

import io.headwater.block.BlockDevice;
import io.headwater.fault.FormatException;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * A sealed LSMT layer opened for reading (formats/overlaybd.md §1): its index in memory, its data
 * where it lies. Safe for use by several threads.
 */
public final class LsmtReader implements Closeable {
  private final BlockDevice source;
  private final LsmtHeader values;
  private final long[] firstWords;
  private final long[] secondWords;

  private LsmtReader(BlockDevice source, LsmtHeader values, long[] firstWords, long[] secondWords) {
    this.source = source;
    this.values = values;
    this.firstWords = firstWords;
    this.secondWords = secondWords;
  }

  /**
   * Opens the layer that fills {@code source}.
   *
   * @throws FormatException if header, trailer or index break a rule of the format
   */
  public static LsmtReader open(BlockDevice source) throws IOException {
    var size = source.sizeBytes();
    need(size >= 2L * LsmtHeader.BYTES, size + " bytes are too few for header and trailer");
    LsmtHeader.read(source.read(0, LsmtHeader.BYTES), "header");
    var trailerAt = size - LsmtHeader.BYTES;
    var values = LsmtHeader.read(source.read(trailerAt, LsmtHeader.BYTES), "trailer");
    var entries = values.indexEntries();
    need(
        entries >= 0 && entries <= LsmtWriter.MAX_ENTRIES,
        entries + " index entries; the format's readers take at most " + LsmtWriter.MAX_ENTRIES);
    var indexAt = values.indexOffset();
    need(
        indexAt >= LsmtHeader.BYTES
            && indexAt % LsmtWriter.SECTOR == 0
            && indexAt <= trailerAt - entries * Mapping.BYTES,
        "the index ("
            + entries
            + " entries at "
            + indexAt
            + ") leaves the file of "
            + size
            + " bytes");
    return withIndex(source, values);
  }

  private static LsmtReader withIndex(BlockDevice source, LsmtHeader values) throws IOException {
    var entries = (int) values.indexEntries();
    var index = source.read(values.indexOffset(), entries * Mapping.BYTES);
    var firstWords = new long[entries];
    var secondWords = new long[entries];
    var dataEnd = values.indexOffset() / LsmtWriter.SECTOR;
    int count = 0;
    long end = 0;
    for (int i = 0; i < entries; i++) {
      var first = index.getLong();
      var second = index.getLong();
      var mapping = Mapping.of(first, second);
      if (mapping.offset() == Mapping.PADDING_OFFSET) {
        continue;
      }
      check(mapping, i, end, dataEnd, values.virtualSize());
      need(Mapping.tag(second) == 0, "entry " + i + " has the tag " + Mapping.tag(second));
      end = mapping.end();
      firstWords[count] = first;
      secondWords[count++] = second;
    }
    return new LsmtReader(
        source,
        values,
        java.util.Arrays.copyOf(firstWords, count),
        java.util.Arrays.copyOf(secondWords, count));
  }

  private static void check(Mapping mapping, int i, long end, long dataEnd, long virtualSize)
      throws FormatException {
    need(mapping.length() > 0, "entry " + i + " is empty");
    need(
        mapping.offset() >= end,
        "entry " + i + " at sector " + mapping.offset() + " is out of order or overlaps");
    need(
        virtualSize == 0 || mapping.end() <= virtualSize / LsmtWriter.SECTOR,
        "entry "
            + i
            + " ends at sector "
            + mapping.end()
            + ", past the device of "
            + virtualSize
            + " bytes");
    need(
        mapping.moffset() >= LsmtHeader.BYTES / LsmtWriter.SECTOR
            && mapping.moffset() + (mapping.zeroed() ? 0 : mapping.length()) <= dataEnd,
        "entry "
            + i
            + " maps to sector "
            + mapping.moffset()
            + ", outside the data (8 to "
            + dataEnd
            + ")");
  }

  /** Bytes of the device, 0 when the layer does not say. */
  public long virtualSize() {
    return values.virtualSize();
  }

  /** 36 characters of hex and dashes. */
  public String uuid() {
    return values.uuid();
  }

  /** 36 characters of hex and dashes; zeros when there is no parent. */
  public String parentUuid() {
    return values.parentUuid();
  }

  /** Number of ranges that the layer maps. */
  public int ranges() {
    return firstWords.length;
  }

  /** The {@code i}-th range, ascending by address. */
  public Mapping range(int i) {
    return Mapping.of(firstWords[i], secondWords[i]);
  }

  /** The first range that ends behind {@code sector}; {@link #ranges()} when there is none. */
  int firstRangeEndingAfter(long sector) {
    int low = 0;
    int high = firstWords.length;
    while (low < high) {
      var middle = (low + high) >>> 1;
      var word = firstWords[middle];
      if ((word & Mapping.PADDING_OFFSET) + (word >>> 50) > sector) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return low;
  }

  /** Reads data of a range: {@code moffsetBytes} counts from the layer's first byte. */
  void readData(long moffsetBytes, ByteBuffer destination) throws IOException {
    source.read(moffsetBytes, destination);
  }

  @Override
  public void close() throws IOException {
    source.close();
  }

  private static void need(boolean holds, String fault) throws FormatException {
    if (!holds) {
      throw new FormatException("LSMT: " + fault);
    }
  }
}
