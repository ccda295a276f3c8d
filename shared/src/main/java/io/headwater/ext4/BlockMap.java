package io.headwater.ext4;

import io.headwater.fault.FormatException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The older way in which a file says where its blocks are: twelve numbers in the inode, then blocks
 * of numbers, blocks of those, and so on three deep (kernel documentation, ext4 "Direct/Indirect
 * Block Addressing"). Read only.
 */
final class BlockMap {
  private static final int DIRECT = 12;
  private static final int LEVELS = 3;

  private final ExtentTree.BlockReader blocks;
  private final int perBlock;
  private final long count;
  private final List<Extent> extents = new ArrayList<>();
  private final Set<Long> seen = new HashSet<>();
  private long logical;

  private BlockMap(ExtentTree.BlockReader blocks, int blockSize, long count) {
    this.blocks = blocks;
    this.perBlock = blockSize / Integer.BYTES;
    this.count = count;
  }

  /**
   * What maps a file's first {@code count} blocks, ascending; holes are left out.
   *
   * @throws FormatException if three levels do not reach so far
   */
  static List<Extent> read(Inode inode, ExtentTree.BlockReader blocks, int blockSize, long count)
      throws IOException {
    var map = new BlockMap(blocks, blockSize, count);
    var at = inode.at() + Inode.AT_BLOCK;
    for (int i = 0; i < DIRECT; i++) {
      map.add(Bytes.u32(inode.block(), at + i * Integer.BYTES), 0);
    }
    for (int level = 1; level <= LEVELS; level++) {
      map.add(Bytes.u32(inode.block(), at + (DIRECT + level - 1) * Integer.BYTES), level);
    }
    if (map.logical < count) {
      throw new FormatException("ext4: a block map does not reach block " + count + " of a file");
    }
    ExtentTree.requireDisjoint(map.extents);
    return map.extents;
  }

  private void add(long number, int level) throws IOException {
    if (logical >= count) {
      return;
    }
    if (number == 0) {
      var skipped = 1L;
      for (int i = 0; i < level; i++) {
        skipped *= perBlock;
      }
      logical += skipped;
    } else if (level == 0) {
      extend(number);
      logical++;
    } else {
      if (!seen.add(number)) {
        throw new FormatException("ext4: block " + number + " is twice in a block map");
      }
      var node = blocks.read(number);
      for (int i = 0; i < perBlock; i++) {
        add(Bytes.u32(node, i * Integer.BYTES), level - 1);
      }
    }
  }

  private void extend(long physical) {
    if (!extents.isEmpty()) {
      var last = extents.getLast();
      if (last.end() == logical && last.physical() + last.length() == physical) {
        extents.set(
            extents.size() - 1, new Extent(last.logical(), last.physical(), last.length() + 1));
        return;
      }
    }
    extents.add(new Extent(logical, physical, 1));
  }
}
