package io.headwater.lsmt;

import io.headwater.fault.LimitException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Comparator;
import java.util.UUID;

/**
 * Writes a sealed LSMT layer in one pass (formats/overlaybd.md §1). Ranges may come in any order,
 * each sector at most once. What continues the range before it, on the device and in the file, is
 * joined to it. Not safe for use by several threads.
 */
public final class LsmtWriter {
  /** Bytes of a sector. */
  public static final int SECTOR = 512;

  /** The node's reader refuses an index of more entries than this, padding included. */
  public static final int MAX_ENTRIES = 1_000_000;

  private static final int ENTRIES_PER_PAGE = LsmtHeader.BYTES / Mapping.BYTES;

  /** Where the bytes go. */
  public interface Sink {
    void write(byte[] bytes, int offset, int length) throws IOException;
  }

  private final Sink sink;
  private final long virtualSize;
  private final UUID uuid;
  private final UUID parentUuid;
  private Mapping[] mappings = new Mapping[64];
  private int count;
  private long positionSectors = LsmtHeader.BYTES / SECTOR;

  /**
   * Begins the layer: the header is written at once.
   *
   * @param virtualSize bytes of the device
   */
  public LsmtWriter(Sink sink, long virtualSize, UUID uuid, UUID parentUuid) throws IOException {
    this.sink = sink;
    this.virtualSize = virtualSize;
    this.uuid = uuid;
    this.parentUuid = parentUuid;
    var flags = LsmtHeader.HEADER | LsmtHeader.DATA_FILE | LsmtHeader.SEALED;
    sink.write(end(flags, 0, 0), 0, LsmtHeader.BYTES);
  }

  /**
   * Maps the sectors from {@code offsetBytes} on to the given bytes. Offset and length are
   * multiples of 512.
   */
  public void write(long offsetBytes, byte[] bytes, int offset, int length) throws IOException {
    checkRange(offsetBytes, length);
    sink.write(bytes, offset, length);
    map(offsetBytes / SECTOR, length / SECTOR, false);
    positionSectors += length / SECTOR;
  }

  /** Maps the sectors from {@code offsetBytes} on to zeros, whatever lower layers have there. */
  public void zero(long offsetBytes, long length) throws IOException {
    checkRange(offsetBytes, length);
    map(offsetBytes / SECTOR, length / SECTOR, true);
  }

  private void checkRange(long offsetBytes, long length) {
    if (offsetBytes % SECTOR != 0
        || length % SECTOR != 0
        || offsetBytes < 0
        || offsetBytes > virtualSize - length) {
      throw new IllegalArgumentException(
          length
              + " bytes at "
              + offsetBytes
              + " are no sectors of a device of "
              + virtualSize
              + " bytes");
    }
  }

  private void map(long firstSector, long sectors, boolean zeroed) throws LimitException {
    var offset = firstSector;
    var moffset = positionSectors;
    var left = sectors;
    if (count > 0 && left > 0) {
      var last = mappings[count - 1];
      var continues =
          last.end() == offset
              && last.zeroed() == zeroed
              && (zeroed ? last.moffset() == moffset : last.moffset() + last.length() == moffset);
      if (continues) {
        var joined = (int) Math.min(left, Mapping.MAX_LENGTH - last.length());
        mappings[count - 1] =
            new Mapping(last.offset(), last.length() + joined, last.moffset(), zeroed);
        offset += joined;
        moffset += zeroed ? 0 : joined;
        left -= joined;
      }
    }
    while (left > 0) {
      var length = (int) Math.min(left, Mapping.MAX_LENGTH);
      add(new Mapping(offset, length, moffset, zeroed));
      offset += length;
      moffset += zeroed ? 0 : length;
      left -= length;
    }
  }

  private void add(Mapping mapping) throws LimitException {
    if (count == MAX_ENTRIES / ENTRIES_PER_PAGE * ENTRIES_PER_PAGE) {
      throw new LimitException(
          "LSMT: the layer changes more than "
              + count
              + " separate ranges of the device, which no reader takes; split the layer");
    }
    if (count == mappings.length) {
      mappings = Arrays.copyOf(mappings, count * 2);
    }
    mappings[count++] = mapping;
  }

  /** Number of separate ranges so far. */
  public int ranges() {
    return count;
  }

  /** Bytes of data so far. */
  public long dataBytes() {
    return positionSectors * SECTOR - LsmtHeader.BYTES;
  }

  /**
   * Writes index and trailer. The sink stays open.
   *
   * @throws IllegalStateException if a sector was written twice
   */
  public void finish() throws IOException {
    Arrays.sort(mappings, 0, count, Comparator.comparingLong(Mapping::offset));
    var padded = (count + ENTRIES_PER_PAGE - 1) / ENTRIES_PER_PAGE * ENTRIES_PER_PAGE;
    var index = ByteBuffer.allocate(padded * Mapping.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    long end = 0;
    for (int i = 0; i < count; i++) {
      var mapping = mappings[i];
      if (mapping.offset() < end) {
        throw new IllegalStateException("sector " + mapping.offset() + " was written twice");
      }
      end = mapping.end();
      index.putLong(Mapping.firstWord(mapping.offset(), mapping.length()));
      index.putLong(Mapping.secondWord(mapping.moffset(), mapping.zeroed()));
    }
    while (index.hasRemaining()) {
      index.putLong(Mapping.PADDING_OFFSET).putLong(0);
    }
    sink.write(index.array(), 0, index.capacity());
    sink.write(
        end(LsmtHeader.DATA_FILE | LsmtHeader.SEALED, positionSectors * SECTOR, padded),
        0,
        LsmtHeader.BYTES);
  }

  private byte[] end(int flags, long indexOffset, long entries) {
    return new LsmtHeader(flags, indexOffset, entries, virtualSize, text(uuid), text(parentUuid))
        .toBytes();
  }

  /** The reference prints upper case. */
  private static String text(UUID uuid) {
    return uuid.toString().toUpperCase(java.util.Locale.ROOT);
  }
}
