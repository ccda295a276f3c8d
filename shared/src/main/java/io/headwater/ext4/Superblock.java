package io.headwater.ext4;

import io.headwater.block.BlockDevice;
import io.headwater.fault.FormatException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.UUID;

/**
 * The 1024 bytes at offset 1024 of the device (kernel documentation, ext4 "Super Block"). A view of
 * the bytes given.
 */
record Superblock(byte[] block, int at) {
  static final int OFFSET = 1024;
  static final int BYTES = 1024;

  static final int COMPAT_EXT_ATTR = 0x8;
  static final int COMPAT_DIR_INDEX = 0x20;
  static final int COMPAT_SPARSE_SUPER2 = 0x200;
  static final int INCOMPAT_FILETYPE = 0x2;
  static final int INCOMPAT_EXTENTS = 0x40;
  static final int INCOMPAT_64BIT = 0x80;
  static final int INCOMPAT_FLEX_BG = 0x200;
  static final int INCOMPAT_CSUM_SEED = 0x2000;
  static final int INCOMPAT_LARGEDIR = 0x4000;
  static final int RO_SPARSE_SUPER = 0x1;
  static final int RO_LARGE_FILE = 0x2;
  static final int RO_HUGE_FILE = 0x8;
  static final int RO_GDT_CSUM = 0x10;
  static final int RO_DIR_NLINK = 0x20;
  static final int RO_EXTRA_ISIZE = 0x40;

  private static final int MAGIC = 0xEF53;
  private static final int FLAG_UNSIGNED_HASH = 0x2;
  private static final int HASH_HALF_MD4 = 1;

  /** What this package's reader understands. */
  private static final int INCOMPAT_READABLE =
      INCOMPAT_FILETYPE
          | INCOMPAT_EXTENTS
          | INCOMPAT_64BIT
          | INCOMPAT_FLEX_BG
          | INCOMPAT_CSUM_SEED
          | INCOMPAT_LARGEDIR;

  private static final int AT_INODES_COUNT = 0x0;
  private static final int AT_BLOCKS_COUNT_LO = 0x4;
  private static final int AT_FREE_BLOCKS_COUNT_LO = 0xC;
  private static final int AT_FREE_INODES_COUNT = 0x10;
  private static final int AT_FIRST_DATA_BLOCK = 0x14;
  private static final int AT_LOG_BLOCK_SIZE = 0x18;
  private static final int AT_LOG_CLUSTER_SIZE = 0x1C;
  private static final int AT_BLOCKS_PER_GROUP = 0x20;
  private static final int AT_CLUSTERS_PER_GROUP = 0x24;
  private static final int AT_INODES_PER_GROUP = 0x28;
  private static final int AT_MAX_MNT_COUNT = 0x36;
  private static final int AT_MAGIC = 0x38;
  private static final int AT_STATE = 0x3A;
  private static final int AT_ERRORS = 0x3C;
  private static final int AT_REV_LEVEL = 0x4C;
  private static final int AT_FIRST_INO = 0x54;
  private static final int AT_INODE_SIZE = 0x58;
  private static final int AT_FEATURE_COMPAT = 0x5C;
  private static final int AT_FEATURE_INCOMPAT = 0x60;
  private static final int AT_FEATURE_RO_COMPAT = 0x64;
  private static final int AT_UUID = 0x68;
  private static final int AT_HASH_SEED = 0xEC;
  private static final int AT_DEF_HASH_VERSION = 0xFC;
  private static final int AT_DESC_SIZE = 0xFE;
  private static final int AT_DEFAULT_MOUNT_OPTS = 0x100;
  private static final int AT_BLOCKS_COUNT_HI = 0x150;
  private static final int AT_FREE_BLOCKS_COUNT_HI = 0x158;
  private static final int AT_MIN_EXTRA_ISIZE = 0x15C;
  private static final int AT_WANT_EXTRA_ISIZE = 0x15E;
  private static final int AT_FLAGS = 0x160;
  private static final int AT_LOG_GROUPS_PER_FLEX = 0x174;

  /**
   * Reads and checks the superblock of a device.
   *
   * @throws FormatException if it is none, or needs a feature that this package does not read
   */
  static Superblock read(BlockDevice device) throws IOException {
    if (device.sizeBytes() < OFFSET + BYTES) {
      throw new FormatException(
          "ext4: " + device.sizeBytes() + " bytes are too few for a superblock");
    }
    var bytes = new byte[BYTES];
    device.read(OFFSET, ByteBuffer.wrap(bytes));
    var superblock = new Superblock(bytes, 0);
    superblock.check(device.sizeBytes());
    return superblock;
  }

  private void check(long deviceBytes) throws FormatException {
    need(
        u16(AT_MAGIC) == MAGIC,
        "the magic at offset 1080 is 0x" + Integer.toHexString(u16(AT_MAGIC)));
    need(u32(AT_LOG_BLOCK_SIZE) <= 6, "log_block_size " + u32(AT_LOG_BLOCK_SIZE));
    var unknown = incompat() & ~INCOMPAT_READABLE;
    need(
        unknown == 0,
        "incompatible features 0x" + Integer.toHexString(unknown) + " are not supported");
    need(
        inodeSize() >= 128 && inodeSize() <= blockSize() && Integer.bitCount(inodeSize()) == 1,
        "inode size " + inodeSize());
    need(
        u32(AT_INODES_PER_GROUP) > 0 && u32(AT_INODES_PER_GROUP) <= 8L * blockSize(),
        "inodes per group");
    need(
        u32(AT_BLOCKS_PER_GROUP) > 0 && u32(AT_BLOCKS_PER_GROUP) <= 8L * blockSize(),
        "blocks per group");
    need(descriptorSize() >= 32 && descriptorSize() <= 1024, "descriptor size " + descriptorSize());
    need(
        blocks() > 0 && blocks() <= deviceBytes / blockSize(),
        blocks()
            + " blocks of "
            + blockSize()
            + " bytes are more than the device of "
            + deviceBytes
            + " bytes");
  }

  /** Fills in what never changes afterwards. The bytes are zero before. */
  void format(Geometry geometry, UUID uuid) {
    put32(AT_INODES_COUNT, geometry.inodes());
    put32(AT_BLOCKS_COUNT_LO, geometry.deviceBlocks());
    put32(AT_BLOCKS_COUNT_HI, geometry.deviceBlocks() >>> 32);
    put32(AT_LOG_BLOCK_SIZE, 2);
    put32(AT_LOG_CLUSTER_SIZE, 2);
    put32(AT_BLOCKS_PER_GROUP, Geometry.BLOCKS_PER_GROUP);
    put32(AT_CLUSTERS_PER_GROUP, Geometry.BLOCKS_PER_GROUP);
    put32(AT_INODES_PER_GROUP, Geometry.INODES_PER_GROUP);
    put16(AT_MAX_MNT_COUNT, 0xffff);
    put16(AT_MAGIC, MAGIC);
    put16(AT_STATE, 1); // cleanly unmounted
    put16(AT_ERRORS, 1); // go on
    put32(AT_REV_LEVEL, 1);
    put32(AT_FIRST_INO, Allocator.FIRST_FREE_INODE);
    put16(AT_INODE_SIZE, Geometry.INODE_BYTES);
    put32(AT_FEATURE_COMPAT, COMPAT_EXT_ATTR | COMPAT_DIR_INDEX | COMPAT_SPARSE_SUPER2);
    put32(
        AT_FEATURE_INCOMPAT,
        INCOMPAT_FILETYPE | INCOMPAT_EXTENTS | INCOMPAT_64BIT | INCOMPAT_FLEX_BG);
    put32(
        AT_FEATURE_RO_COMPAT,
        RO_SPARSE_SUPER
            | RO_LARGE_FILE
            | RO_HUGE_FILE
            | RO_GDT_CSUM
            | RO_DIR_NLINK
            | RO_EXTRA_ISIZE);
    ByteBuffer.wrap(block, at + AT_UUID, 16)
        .putLong(uuid.getMostSignificantBits())
        .putLong(uuid.getLeastSignificantBits());
    // The hash seed may be anything but zero; taken from the UUID it comes from the input.
    System.arraycopy(block, at + AT_UUID, block, at + AT_HASH_SEED, 16);
    put8(AT_DEF_HASH_VERSION, HASH_HALF_MD4);
    put16(AT_DESC_SIZE, Geometry.DESCRIPTOR_BYTES);
    put32(AT_DEFAULT_MOUNT_OPTS, 0xC); // user_xattr, acl
    put16(AT_MIN_EXTRA_ISIZE, Inode.EXTRA_BYTES);
    put16(AT_WANT_EXTRA_ISIZE, Inode.EXTRA_BYTES);
    put32(AT_FLAGS, FLAG_UNSIGNED_HASH);
    put8(
        AT_LOG_GROUPS_PER_FLEX,
        Math.max(1, 32 - Integer.numberOfLeadingZeros(geometry.groups() - 1)));
  }

  void putFreeBlocks(long count) {
    put32(AT_FREE_BLOCKS_COUNT_LO, count);
    put32(AT_FREE_BLOCKS_COUNT_HI, count >>> 32);
  }

  void putFreeInodes(long count) {
    put32(AT_FREE_INODES_COUNT, count);
  }

  /** Whether {@link Ext4Writer} made this file system, and so can go on with it. */
  boolean isOurs(Geometry geometry) {
    return blockSize() == Geometry.BLOCK
        && blocks() == geometry.deviceBlocks()
        && inodesPerGroup() == Geometry.INODES_PER_GROUP
        && inodeSize() == Geometry.INODE_BYTES
        && descriptorSize() == Geometry.DESCRIPTOR_BYTES
        && u32(AT_FEATURE_COMPAT) == (COMPAT_EXT_ATTR | COMPAT_DIR_INDEX | COMPAT_SPARSE_SUPER2)
        && (u32(AT_FEATURE_RO_COMPAT) & RO_GDT_CSUM) != 0;
  }

  int incompat() {
    return Bytes.i32(block, at + AT_FEATURE_INCOMPAT);
  }

  int blockSize() {
    return 1024 << u32(AT_LOG_BLOCK_SIZE);
  }

  long blocks() {
    return u32(AT_BLOCKS_COUNT_LO) | (is64Bit() ? u32(AT_BLOCKS_COUNT_HI) << 32 : 0);
  }

  long freeBlocks() {
    return u32(AT_FREE_BLOCKS_COUNT_LO) | (is64Bit() ? u32(AT_FREE_BLOCKS_COUNT_HI) << 32 : 0);
  }

  long inodes() {
    return u32(AT_INODES_COUNT);
  }

  long freeInodes() {
    return u32(AT_FREE_INODES_COUNT);
  }

  int firstDataBlock() {
    return (int) u32(AT_FIRST_DATA_BLOCK);
  }

  int inodesPerGroup() {
    return (int) u32(AT_INODES_PER_GROUP);
  }

  int inodeSize() {
    return u32(AT_REV_LEVEL) == 0 ? 128 : u16(AT_INODE_SIZE);
  }

  boolean is64Bit() {
    return (incompat() & INCOMPAT_64BIT) != 0;
  }

  int descriptorSize() {
    return is64Bit() ? u16(AT_DESC_SIZE) : 32;
  }

  UUID uuid() {
    var bytes = ByteBuffer.wrap(block, at + AT_UUID, 16);
    return new UUID(bytes.getLong(), bytes.getLong());
  }

  NameHash nameHash() {
    var seed = new int[4];
    for (int i = 0; i < 4; i++) {
      seed[i] = Bytes.i32(block, at + AT_HASH_SEED + 4 * i);
    }
    return new NameHash(seed);
  }

  /** Whether hashes take names' bytes as unsigned numbers. */
  boolean hashesUnsigned() {
    return (u32(AT_FLAGS) & FLAG_UNSIGNED_HASH) != 0;
  }

  private int u16(int field) {
    return Bytes.u16(block, at + field);
  }

  private long u32(int field) {
    return Bytes.u32(block, at + field);
  }

  private void put8(int field, int value) {
    Bytes.put8(block, at + field, value);
  }

  private void put16(int field, int value) {
    Bytes.put16(block, at + field, value);
  }

  private void put32(int field, long value) {
    Bytes.put32(block, at + field, value);
  }

  private static void need(boolean holds, String fault) throws FormatException {
    if (!holds) {
      throw new FormatException("ext4 superblock: " + fault);
    }
  }
}
