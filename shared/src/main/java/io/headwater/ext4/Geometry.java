package io.headwater.ext4;

import io.headwater.fault.LimitException;

/**
 * Where everything lies on a device that {@link Ext4Writer} made: blocks of 4 KiB, and all group
 * metadata packed at the start (one flex group over the whole device), so that data is contiguous
 * and mounting touches few ranges.
 *
 * <pre>superblock · group descriptors · block bitmaps · inode bitmaps · inode tables · data …</pre>
 *
 * @param deviceBlocks a multiple of 32768, so that every group is whole
 * @param groups number of block groups
 */
record Geometry(long deviceBlocks, int groups) {
  static final int BLOCK = 4096;
  static final int BLOCKS_PER_GROUP = 32768;

  /** One inode for 16 KiB of device. */
  static final int INODES_PER_GROUP = 8192;

  static final int INODE_BYTES = 256;
  static final int INODES_PER_BLOCK = BLOCK / INODE_BYTES;
  static final int TABLE_BLOCKS_PER_GROUP = INODES_PER_GROUP / INODES_PER_BLOCK;
  static final int DESCRIPTOR_BYTES = 64;
  static final int DESCRIPTORS_PER_BLOCK = BLOCK / DESCRIPTOR_BYTES;

  /** Inodes are counted in 32 bits. */
  private static final int MAX_GROUPS = (int) ((1L << 32) / INODES_PER_GROUP) - 1;

  /**
   * The layout of a device of that many bytes.
   *
   * @throws LimitException if the device has more inodes than 32 bits count (64 TiB)
   */
  static Geometry of(long deviceBytes) throws LimitException {
    var groupBytes = (long) BLOCK * BLOCKS_PER_GROUP;
    var groups = deviceBytes / groupBytes;
    if (deviceBytes % groupBytes != 0 || groups < 1) {
      throw new IllegalArgumentException(
          "device of " + deviceBytes + " bytes: give a multiple of 128 MiB");
    }
    if (groups > MAX_GROUPS) {
      throw new LimitException(
          "ext4: a device of " + deviceBytes + " bytes is larger than this writer makes (64 TiB)");
    }
    return new Geometry(deviceBytes / BLOCK, (int) groups);
  }

  long descriptorBlock(int group) {
    return 1L + group / DESCRIPTORS_PER_BLOCK;
  }

  long blockBitmap(int group) {
    return 1L + (groups + DESCRIPTORS_PER_BLOCK - 1) / DESCRIPTORS_PER_BLOCK + group;
  }

  long inodeBitmap(int group) {
    return blockBitmap(groups) + group;
  }

  long inodeTable(int group) {
    return inodeBitmap(groups) + (long) group * TABLE_BLOCKS_PER_GROUP;
  }

  long firstDataBlock() {
    return inodeTable(groups);
  }

  long inodes() {
    return (long) groups * INODES_PER_GROUP;
  }

  /** The block of the inode table that has inode {@code number} (from 1). */
  long inodeBlock(long number) {
    return inodeTable(0) + (number - 1) / INODES_PER_BLOCK;
  }

  static int inodeOffset(long number) {
    return (int) ((number - 1) % INODES_PER_BLOCK) * INODE_BYTES;
  }
}
