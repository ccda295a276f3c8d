package io.headwater.lsmt;

/**
 * One entry of a layer's index: {@code length} sectors from {@code offset} on are those at {@code
 * moffset} (formats/overlaybd.md §1). All in sectors of 512 bytes.
 *
 * @param offset logical address on the device
 * @param length 1 to 16383
 * @param moffset position in the LSMT layer, its header counted
 * @param zeroed whether the range reads as zeros and has no data
 */
public record Mapping(long offset, int length, long moffset, boolean zeroed) {
  static final int BYTES = 16;
  static final int MAX_LENGTH = 16383;

  /** The offset of an entry that only fills the index up to a multiple of 4096 bytes. */
  static final long PADDING_OFFSET = (1L << 50) - 1;

  private static final long MOFFSET_MASK = (1L << 55) - 1;

  static Mapping of(long first, long second) {
    return new Mapping(
        first & PADDING_OFFSET,
        (int) (first >>> 50),
        second & MOFFSET_MASK,
        (second >>> 55 & 1) != 0);
  }

  static int tag(long second) {
    return (int) (second >>> 56);
  }

  static long firstWord(long offset, int length) {
    return offset | (long) length << 50;
  }

  static long secondWord(long moffset, boolean zeroed) {
    return moffset | (zeroed ? 1L << 55 : 0);
  }

  /** The first address behind the range. */
  public long end() {
    return offset + length;
  }
}
