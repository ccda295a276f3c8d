package io.headwater.ext4;

import java.time.Instant;

/**
 * One inode (kernel documentation, ext4 "Index Nodes"). A view of the bytes given.
 *
 * @param block the bytes that it lies in
 * @param at its first byte there
 * @param size bytes of an inode: 128 or more
 */
record Inode(byte[] block, int at, int size) {
  /** Bytes of fields behind the first 128. */
  static final int EXTRA_BYTES = 32;

  static final int FLAG_INDEX = 0x1000;
  static final int FLAG_HUGE_FILE = 0x40000;
  static final int FLAG_EXTENTS = 0x80000;
  static final int FLAG_EA_INODE = 0x200000;
  static final int FLAG_INLINE_DATA = 0x10000000;

  static final int AT_BLOCK = 0x28;
  static final int BLOCK_BYTES = 60;
  static final int BASE_BYTES = 128;

  private static final int AT_MODE = 0x0;
  private static final int AT_UID = 0x2;
  private static final int AT_SIZE_LO = 0x4;
  private static final int AT_ATIME = 0x8;
  private static final int AT_CTIME = 0xC;
  private static final int AT_MTIME = 0x10;
  private static final int AT_GID = 0x18;
  private static final int AT_LINKS_COUNT = 0x1A;
  private static final int AT_BLOCKS_LO = 0x1C;
  private static final int AT_FLAGS = 0x20;
  private static final int AT_FILE_ACL_LO = 0x68;
  private static final int AT_SIZE_HIGH = 0x6C;
  private static final int AT_BLOCKS_HIGH = 0x74;
  private static final int AT_FILE_ACL_HIGH = 0x76;
  private static final int AT_UID_HIGH = 0x78;
  private static final int AT_GID_HIGH = 0x7A;
  private static final int AT_EXTRA_ISIZE = 0x80;
  private static final int AT_CTIME_EXTRA = 0x84;
  private static final int AT_MTIME_EXTRA = 0x88;
  private static final int AT_ATIME_EXTRA = 0x8C;
  private static final int AT_CRTIME = 0x90;
  private static final int AT_CRTIME_EXTRA = 0x94;

  private static final long EARLIEST = Integer.MIN_VALUE;
  private static final long LATEST = (3L << 32) + Integer.MAX_VALUE;

  void clear() {
    java.util.Arrays.fill(block, at, at + size, (byte) 0);
  }

  int mode() {
    return Bytes.u16(block, at + AT_MODE);
  }

  long uid() {
    return Bytes.u16(block, at + AT_UID) | (long) Bytes.u16(block, at + AT_UID_HIGH) << 16;
  }

  long gid() {
    return Bytes.u16(block, at + AT_GID) | (long) Bytes.u16(block, at + AT_GID_HIGH) << 16;
  }

  long fileSize() {
    return Bytes.u32(block, at + AT_SIZE_LO) | Bytes.u32(block, at + AT_SIZE_HIGH) << 32;
  }

  void putFileSize(long bytes) {
    Bytes.put32(block, at + AT_SIZE_LO, bytes);
    Bytes.put32(block, at + AT_SIZE_HIGH, bytes >>> 32);
  }

  int links() {
    return Bytes.u16(block, at + AT_LINKS_COUNT);
  }

  void putLinks(int links) {
    Bytes.put16(block, at + AT_LINKS_COUNT, links);
  }

  /** Sectors of 512 bytes, metadata blocks included. */
  long sectors() {
    return Bytes.u32(block, at + AT_BLOCKS_LO) | (long) Bytes.u16(block, at + AT_BLOCKS_HIGH) << 32;
  }

  void putSectors(long sectors) {
    Bytes.put32(block, at + AT_BLOCKS_LO, sectors);
    Bytes.put16(block, at + AT_BLOCKS_HIGH, (int) (sectors >>> 32));
  }

  int flags() {
    return Bytes.i32(block, at + AT_FLAGS);
  }

  boolean has(int flag) {
    return (flags() & flag) != 0;
  }

  void putFlags(int flags) {
    Bytes.put32(block, at + AT_FLAGS, flags);
  }

  long xattrBlock() {
    return Bytes.u32(block, at + AT_FILE_ACL_LO)
        | (long) Bytes.u16(block, at + AT_FILE_ACL_HIGH) << 32;
  }

  void putXattrBlock(long number) {
    Bytes.put32(block, at + AT_FILE_ACL_LO, number);
    Bytes.put16(block, at + AT_FILE_ACL_HIGH, (int) (number >>> 32));
  }

  /** The first byte behind the fields, where attributes may lie in the inode itself. */
  int xattrStart() {
    return size > BASE_BYTES ? at + BASE_BYTES + Bytes.u16(block, at + AT_EXTRA_ISIZE) : at + size;
  }

  int end() {
    return at + size;
  }

  Instant accessed() {
    return time(AT_ATIME, AT_ATIME_EXTRA);
  }

  Instant modified() {
    return time(AT_MTIME, AT_MTIME_EXTRA);
  }

  /** Device number: the old form in the first word of i_block, the new one in the second. */
  int deviceMajor() {
    var old = Bytes.i32(block, at + AT_BLOCK);
    return old != 0 ? old >>> 8 & 0xff : Bytes.i32(block, at + AT_BLOCK + 4) >>> 8 & 0xfff;
  }

  int deviceMinor() {
    var old = Bytes.i32(block, at + AT_BLOCK);
    var word = Bytes.i32(block, at + AT_BLOCK + 4);
    return old != 0 ? old & 0xff : word & 0xff | word >>> 12 & 0xfff00;
  }

  void putDevice(int major, int minor) {
    if (major < 256 && minor < 256) {
      Bytes.put32(block, at + AT_BLOCK, (long) major << 8 | minor);
    } else {
      Bytes.put32(block, at + AT_BLOCK + 4, minor & 0xff | major << 8 | (minor & ~0xff) << 12);
    }
  }

  /** Writes mode, owner and times. */
  void describe(FileType type, Attributes attributes) {
    Bytes.put16(block, at + AT_MODE, type.modeBits | attributes.permissions() & 07777);
    Bytes.put16(block, at + AT_UID, attributes.uid());
    Bytes.put16(block, at + AT_UID_HIGH, attributes.uid() >>> 16);
    Bytes.put16(block, at + AT_GID, attributes.gid());
    Bytes.put16(block, at + AT_GID_HIGH, attributes.gid() >>> 16);
    Bytes.put16(block, at + AT_EXTRA_ISIZE, EXTRA_BYTES);
    putTime(AT_ATIME, AT_ATIME_EXTRA, attributes.accessed());
    putTime(AT_MTIME, AT_MTIME_EXTRA, attributes.modified());
    // Not in the input, so the nearest that is: the same input must give the same bytes.
    putTime(AT_CTIME, AT_CTIME_EXTRA, attributes.modified());
    putTime(AT_CRTIME, AT_CRTIME_EXTRA, attributes.modified());
  }

  static Instant nearestTime(Instant time) {
    var seconds = Math.clamp(time.getEpochSecond(), EARLIEST, LATEST);
    return seconds == time.getEpochSecond() ? time : Instant.ofEpochSecond(seconds);
  }

  private void putTime(int field, int extraField, Instant time) {
    var nearest = nearestTime(time);
    var seconds = nearest.getEpochSecond();
    var epoch = (seconds - (int) seconds) >>> 32 & 3;
    var nanos = nearest.getNano();
    Bytes.put32(block, at + field, seconds);
    Bytes.put32(block, at + extraField, (long) nanos << 2 | epoch);
  }

  private Instant time(int field, int extraField) {
    var seconds = (long) Bytes.i32(block, at + field);
    if (size <= BASE_BYTES || BASE_BYTES + Bytes.u16(block, at + AT_EXTRA_ISIZE) < extraField + 4) {
      return Instant.ofEpochSecond(seconds);
    }
    var extra = Bytes.u32(block, at + extraField);
    return Instant.ofEpochSecond(seconds + ((extra & 3) << 32), extra >>> 2);
  }
}
