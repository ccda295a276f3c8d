package io.headwater.ext4;

import io.headwater.fault.FormatException;
import java.io.IOException;
import java.util.BitSet;
import java.util.UUID;

/**
 * Which blocks and inodes are used. Within a layer both only move upwards, from behind the highest
 * that was used when the layer began: data lies in the order of its coming, what a layer frees is
 * not used again by it, and a layer's blocks depend on nothing but the state below it.
 */
final class Allocator {
  static final int FIRST_FREE_INODE = 11;

  /**
   * Directory and extent blocks come from runs of this many, so that they do not cut the files'
   * data in pieces.
   */
  private static final int METADATA_RUN = 512;

  private final Geometry geometry;
  private final MetadataCache cache;
  private final int[] freeBlocks;
  private final int[] freeInodes;
  private final int[] directories;
  private final int[] unusedAtEnd;
  private final BitSet changedGroups = new BitSet();
  private long nextBlock;
  private long nextMetadataBlock;
  private long metadataRunEnd;
  private long nextInode;
  private long firstNewInode;

  private Allocator(Geometry geometry, MetadataCache cache) {
    this.geometry = geometry;
    this.cache = cache;
    this.freeBlocks = new int[geometry.groups()];
    this.freeInodes = new int[geometry.groups()];
    this.directories = new int[geometry.groups()];
    this.unusedAtEnd = new int[geometry.groups()];
  }

  /** For a new file system: everything free but the metadata and the reserved inodes. */
  static Allocator format(Geometry geometry, MetadataCache cache) throws IOException {
    var allocator = new Allocator(geometry, cache);
    for (int group = 0; group < geometry.groups(); group++) {
      allocator.freeBlocks[group] = Geometry.BLOCKS_PER_GROUP;
      allocator.freeInodes[group] = Geometry.INODES_PER_GROUP;
      allocator.unusedAtEnd[group] = Geometry.INODES_PER_GROUP;
      allocator.descriptor(group).place(geometry, group);
    }
    allocator.changedGroups.set(0, geometry.groups());
    allocator.markBlocks(0, geometry.firstDataBlock(), true);
    for (int inode = 1; inode < FIRST_FREE_INODE; inode++) {
      allocator.markInode(inode, true);
    }
    return allocator;
  }

  /** For a file system that lies in the cache's lower layers. */
  static Allocator open(Geometry geometry, MetadataCache cache) throws IOException {
    var allocator = new Allocator(geometry, cache);
    for (int group = 0; group < geometry.groups(); group++) {
      var block = cache.read(geometry.descriptorBlock(group));
      var at = group % Geometry.DESCRIPTORS_PER_BLOCK * Geometry.DESCRIPTOR_BYTES;
      var descriptor = new GroupDescriptor(block, at, Geometry.DESCRIPTOR_BYTES);
      if (descriptor.inodeTable() != geometry.inodeTable(group)) {
        throw new FormatException("ext4: group " + group + " does not lie where Headwater puts it");
      }
      allocator.freeBlocks[group] = descriptor.freeBlocks();
      allocator.freeInodes[group] = descriptor.freeInodes();
      allocator.directories[group] = descriptor.usedDirectories();
      allocator.unusedAtEnd[group] = descriptor.unusedInodesAtEnd();
    }
    return allocator;
  }

  /** Sets where this layer begins to allocate: a function of the bitmaps alone. */
  void beginLayer() throws IOException {
    nextBlock = 1 + highestUsed(freeBlocks, Geometry.BLOCKS_PER_GROUP, true);
    nextInode = 2 + highestUsed(freeInodes, Geometry.INODES_PER_GROUP, false);
    firstNewInode = nextInode;
    nextMetadataBlock = 0;
    metadataRunEnd = 0;
  }

  /** Whether an inode was allocated in this layer. */
  boolean isNewInode(long number) {
    return number >= firstNewInode;
  }

  private long highestUsed(int[] free, int perGroup, boolean blocks) throws IOException {
    for (int group = geometry.groups() - 1; group >= 0; group--) {
      if (free[group] < perGroup) {
        var bitmap = cache.read(blocks ? geometry.blockBitmap(group) : geometry.inodeBitmap(group));
        for (int bit = perGroup - 1; bit >= 0; bit--) {
          if ((bitmap[bit >> 3] >> (bit & 7) & 1) != 0) {
            return (long) group * perGroup + bit;
          }
        }
      }
    }
    return -1;
  }

  /**
   * Takes {@code count} blocks in one run for a file's data; returns the first.
   *
   * @throws DeviceFullException if the device has no room
   */
  long allocateData(long count) throws IOException {
    var first = nextBlock;
    if (count > geometry.deviceBlocks() - first) {
      throw new DeviceFullException(geometry.deviceBlocks() * Geometry.BLOCK);
    }
    markBlocks(first, count, true);
    nextBlock += count;
    return first;
  }

  /** Takes one block for metadata. */
  long allocateMetadata() throws IOException {
    if (nextMetadataBlock == metadataRunEnd) {
      if (METADATA_RUN > geometry.deviceBlocks() - nextBlock) {
        throw new DeviceFullException(geometry.deviceBlocks() * Geometry.BLOCK);
      }
      nextMetadataBlock = nextBlock;
      nextBlock += METADATA_RUN;
      metadataRunEnd = nextBlock;
    }
    markBlocks(nextMetadataBlock, 1, true);
    return nextMetadataBlock++;
  }

  /** Gives blocks back. */
  void freeBlocks(long first, long count) throws IOException {
    if (first < geometry.firstDataBlock() || first > geometry.deviceBlocks() - count) {
      throw new FormatException(
          "ext4: blocks " + first + " to " + (first + count) + " are no data blocks");
    }
    markBlocks(first, count, false);
  }

  /** Takes an inode. */
  long allocateInode(FileType type) throws IOException {
    if (nextInode > geometry.inodes()) {
      throw new DeviceFullException(geometry.deviceBlocks() * Geometry.BLOCK);
    }
    var number = nextInode++;
    markInode(number, true);
    if (type == FileType.DIRECTORY) {
      directories[group(number)]++;
    }
    return number;
  }

  /** Gives an inode back. */
  void freeInode(long number, FileType type) throws IOException {
    markInode(number, false);
    if (type == FileType.DIRECTORY) {
      directories[group(number)]--;
    }
  }

  /** Counts a reserved inode as a directory (the root). */
  void countDirectory(long number) {
    directories[group(number)]++;
  }

  private static int group(long inode) {
    return (int) ((inode - 1) / Geometry.INODES_PER_GROUP);
  }

  private void markInode(long number, boolean used) throws IOException {
    var group = group(number);
    var bit = (int) ((number - 1) % Geometry.INODES_PER_GROUP);
    var bitmap = cache.change(geometry.inodeBitmap(group));
    if (freeInodes[group] == Geometry.INODES_PER_GROUP) {
      // Bits behind the last inode are set, as mke2fs does it.
      java.util.Arrays.fill(bitmap, Geometry.INODES_PER_GROUP / 8, Geometry.BLOCK, (byte) 0xff);
    }
    setBits(bitmap, bit, bit + 1, used);
    freeInodes[group] += used ? -1 : 1;
    if (used) {
      unusedAtEnd[group] = Math.min(unusedAtEnd[group], Geometry.INODES_PER_GROUP - 1 - bit);
    }
    changedGroups.set(group);
  }

  private void markBlocks(long first, long count, boolean used) throws IOException {
    for (long block = first, end = first + count; block < end; ) {
      var group = (int) (block / Geometry.BLOCKS_PER_GROUP);
      var from = (int) (block % Geometry.BLOCKS_PER_GROUP);
      var to = (int) Math.min(Geometry.BLOCKS_PER_GROUP, from + (end - block));
      setBits(cache.change(geometry.blockBitmap(group)), from, to, used);
      freeBlocks[group] += used ? from - to : to - from;
      changedGroups.set(group);
      block += to - from;
    }
  }

  private static void setBits(byte[] bitmap, int from, int to, boolean used) {
    for (int bit = from; bit < to; ) {
      if ((bit & 7) == 0 && to - bit >= 8) {
        bitmap[bit >> 3] = (byte) (used ? 0xff : 0);
        bit += 8;
      } else {
        var mask = 1 << (bit & 7);
        bitmap[bit >> 3] = (byte) (used ? bitmap[bit >> 3] | mask : bitmap[bit >> 3] & ~mask);
        bit++;
      }
    }
  }

  private GroupDescriptor descriptor(int group) throws IOException {
    return new GroupDescriptor(
        cache.change(geometry.descriptorBlock(group)),
        group % Geometry.DESCRIPTORS_PER_BLOCK * Geometry.DESCRIPTOR_BYTES,
        Geometry.DESCRIPTOR_BYTES);
  }

  /** Writes the counts of the groups that changed, and the sums. */
  void flush(Superblock superblock, UUID uuid) throws IOException {
    for (int group = changedGroups.nextSetBit(0);
        group >= 0;
        group = changedGroups.nextSetBit(group + 1)) {
      var flags = GroupDescriptor.INODE_ZEROED; // tables are zero where nothing was written
      if (freeInodes[group] == Geometry.INODES_PER_GROUP
          && unusedAtEnd[group] == Geometry.INODES_PER_GROUP) {
        flags |= GroupDescriptor.INODE_UNINIT;
      }
      // The last group's bitmap counts as initialised, as mke2fs leaves it.
      if (freeBlocks[group] == Geometry.BLOCKS_PER_GROUP && group != geometry.groups() - 1) {
        flags |= GroupDescriptor.BLOCK_UNINIT;
      }
      var descriptor = descriptor(group);
      descriptor.count(
          freeBlocks[group], freeInodes[group], directories[group], unusedAtEnd[group], flags);
      descriptor.seal(uuid, group);
    }
    changedGroups.clear();
    superblock.putFreeBlocks(sum(freeBlocks));
    superblock.putFreeInodes(sum(freeInodes));
  }

  private static long sum(int[] counts) {
    long sum = 0;
    for (var count : counts) {
      sum += count;
    }
    return sum;
  }
}
