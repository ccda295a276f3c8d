package io.headwater.ext4;

import java.util.UUID;

/**
 * One group's entry in the descriptor table (kernel documentation, ext4 "Block Group Descriptors").
 * A view of the bytes given.
 */
record GroupDescriptor(byte[] block, int at, int size) {
  static final int INODE_UNINIT = 1;
  static final int BLOCK_UNINIT = 2;
  static final int INODE_ZEROED = 4;

  private static final int AT_BLOCK_BITMAP_LO = 0x0;
  private static final int AT_INODE_BITMAP_LO = 0x4;
  private static final int AT_INODE_TABLE_LO = 0x8;
  private static final int AT_FREE_BLOCKS_LO = 0xC;
  private static final int AT_FREE_INODES_LO = 0xE;
  private static final int AT_USED_DIRS_LO = 0x10;
  private static final int AT_FLAGS = 0x12;
  private static final int AT_ITABLE_UNUSED_LO = 0x1C;
  private static final int AT_CHECKSUM = 0x1E;
  private static final int AT_BLOCK_BITMAP_HI = 0x20;
  private static final int AT_INODE_BITMAP_HI = 0x24;
  private static final int AT_INODE_TABLE_HI = 0x28;

  long inodeTable() {
    var high = size >= 64 ? Bytes.u32(block, at + AT_INODE_TABLE_HI) << 32 : 0;
    return Bytes.u32(block, at + AT_INODE_TABLE_LO) | high;
  }

  int freeBlocks() {
    return Bytes.u16(block, at + AT_FREE_BLOCKS_LO);
  }

  int freeInodes() {
    return Bytes.u16(block, at + AT_FREE_INODES_LO);
  }

  int usedDirectories() {
    return Bytes.u16(block, at + AT_USED_DIRS_LO);
  }

  int unusedInodesAtEnd() {
    return Bytes.u16(block, at + AT_ITABLE_UNUSED_LO);
  }

  /** Writes where the group's metadata lies. */
  void place(Geometry geometry, int group) {
    put64(AT_BLOCK_BITMAP_LO, AT_BLOCK_BITMAP_HI, geometry.blockBitmap(group));
    put64(AT_INODE_BITMAP_LO, AT_INODE_BITMAP_HI, geometry.inodeBitmap(group));
    put64(AT_INODE_TABLE_LO, AT_INODE_TABLE_HI, geometry.inodeTable(group));
  }

  /** Writes the counts. Each is at most 32768, so that the high halves stay 0. */
  void count(
      int freeBlocks, int freeInodes, int usedDirectories, int unusedInodesAtEnd, int flags) {
    Bytes.put16(block, at + AT_FREE_BLOCKS_LO, freeBlocks);
    Bytes.put16(block, at + AT_FREE_INODES_LO, freeInodes);
    Bytes.put16(block, at + AT_USED_DIRS_LO, usedDirectories);
    Bytes.put16(block, at + AT_ITABLE_UNUSED_LO, unusedInodesAtEnd);
    Bytes.put16(block, at + AT_FLAGS, flags);
  }

  /**
   * The checksum that uninit_bg asks for: CRC-16 of UUID, group number and the descriptor without
   * this field.
   */
  void seal(UUID uuid, int group) {
    var crc = 0xffff;
    for (int shift = 56; shift >= 0; shift -= 8) {
      crc = crc16(crc, (int) (uuid.getMostSignificantBits() >>> shift));
    }
    for (int shift = 56; shift >= 0; shift -= 8) {
      crc = crc16(crc, (int) (uuid.getLeastSignificantBits() >>> shift));
    }
    for (int shift = 0; shift < 32; shift += 8) {
      crc = crc16(crc, group >>> shift);
    }
    for (int i = 0; i < size; i++) {
      if (i != AT_CHECKSUM && i != AT_CHECKSUM + 1) {
        crc = crc16(crc, block[at + i]);
      }
    }
    Bytes.put16(block, at + AT_CHECKSUM, crc);
  }

  private static int crc16(int start, int value) {
    var crc = start ^ (value & 0xff);
    for (int bit = 0; bit < 8; bit++) {
      crc = (crc & 1) != 0 ? crc >>> 1 ^ 0xA001 : crc >>> 1;
    }
    return crc;
  }

  private void put64(int low, int high, long value) {
    Bytes.put32(block, at + low, value);
    Bytes.put32(block, at + high, value >>> 32);
  }
}
