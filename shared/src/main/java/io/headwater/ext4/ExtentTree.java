package io.headwater.ext4;

import io.headwater.fault.FormatException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;

/**
 * A file's extents on disk: up to four in the inode, more in tree blocks (kernel documentation,
 * ext4 "Extent Tree").
 */
final class ExtentTree {
  private static final int MAGIC = 0xF30A;
  private static final int HEADER_BYTES = 12;
  private static final int ENTRY_BYTES = 12;
  private static final int IN_INODE = 4;
  private static final int MAX_DEPTH = 5;

  /** A longer length marks an extent that was allocated and not written, which reads as zeros. */
  private static final int UNWRITTEN = 32768;

  private ExtentTree() {}

  /** Reads a block of the file system. */
  interface BlockReader {
    byte[] read(long number) throws IOException;
  }

  /** Takes a block for the tree: its number. */
  interface BlockAllocator {
    long allocate() throws IOException;
  }

  /** A node of the tree, seen by a visitor: its block, or 0 for the inode's own. */
  interface NodeVisitor {
    void node(long block) throws IOException;
  }

  /**
   * Everything that maps data, ascending; unwritten extents are left out. A crafted tree cannot
   * take more than one visit of each of its blocks, nor map one block of the file system twice.
   */
  static List<Extent> read(Inode inode, BlockReader blocks, NodeVisitor nodes) throws IOException {
    var extents = new ArrayList<Extent>();
    var seen = new HashSet<Long>();
    NodeVisitor once =
        child -> {
          if (!seen.add(child)) {
            throw new FormatException("ext4: extent node " + child + " is twice in a tree");
          }
          nodes.node(child);
        };
    read(inode.block(), inode.at() + Inode.AT_BLOCK, -1, extents, blocks, once);
    requireDisjoint(extents);
    return extents;
  }

  /**
   * No two blocks of a file are one block of the file system (e2fsck: "multiply-claimed blocks").
   *
   * @throws FormatException if two extents overlap on the device
   */
  static void requireDisjoint(List<Extent> extents) throws FormatException {
    if (extents.size() < 2) {
      return;
    }
    var byPlace = new ArrayList<>(extents);
    byPlace.sort(Comparator.comparingLong(Extent::physical));
    for (int i = 1; i < byPlace.size(); i++) {
      var before = byPlace.get(i - 1);
      if (byPlace.get(i).physical() < before.physical() + before.length()) {
        throw new FormatException(
            "ext4: block " + byPlace.get(i).physical() + " is twice in one file");
      }
    }
  }

  private static void read(
      byte[] node,
      int at,
      int expectedDepth,
      List<Extent> out,
      BlockReader blocks,
      NodeVisitor nodes)
      throws IOException {
    var entries = Bytes.u16(node, at + 2);
    var depth = Bytes.u16(node, at + 6);
    if (Bytes.u16(node, at) != MAGIC
        || depth > MAX_DEPTH
        || expectedDepth >= 0 && depth != expectedDepth
        || at + HEADER_BYTES + entries * ENTRY_BYTES > node.length) {
      throw new FormatException(
          "ext4: extent node with magic 0x"
              + Integer.toHexString(Bytes.u16(node, at))
              + ", depth "
              + depth
              + ", "
              + entries
              + " entries");
    }
    for (int i = 0; i < entries; i++) {
      var entry = at + HEADER_BYTES + i * ENTRY_BYTES;
      if (depth > 0) {
        var child = Bytes.u32(node, entry + 4) | (long) Bytes.u16(node, entry + 8) << 32;
        var bytes = blocks.read(child);
        nodes.node(child); // only now: the visitor may give the block back
        read(bytes, 0, depth - 1, out, blocks, nodes);
      } else {
        addLeafEntry(node, entry, out);
      }
    }
  }

  private static void addLeafEntry(byte[] node, int entry, List<Extent> out)
      throws FormatException {
    var logical = Bytes.u32(node, entry);
    var length = Bytes.u16(node, entry + 4);
    var physical = Bytes.u32(node, entry + 8) | (long) Bytes.u16(node, entry + 6) << 32;
    if (!out.isEmpty() && logical < out.getLast().end()) {
      throw new FormatException(
          "ext4: extent at block " + logical + " of a file overlaps the one before");
    }
    if (length > 0 && length <= UNWRITTEN) {
      out.add(new Extent(logical, physical, length));
    }
  }

  /**
   * Writes the tree into the inode and, where four entries are not enough, into new blocks.
   *
   * @return the blocks that the tree took
   */
  static List<Long> write(
      Inode inode, List<Extent> extents, MetadataCache cache, BlockAllocator allocator)
      throws IOException {
    var taken = new ArrayList<Long>();
    var perBlock = (Geometry.BLOCK - HEADER_BYTES) / ENTRY_BYTES;
    var depth = 0;
    // Level by level: `firsts` and `children` describe the nodes of the level below.
    var firsts = new ArrayList<Long>();
    var children = new ArrayList<Long>();
    var count = extents.size();
    while (count > IN_INODE) {
      var nextFirsts = new ArrayList<Long>();
      var nextChildren = new ArrayList<Long>();
      for (int from = 0; from < count; from += perBlock) {
        var to = Math.min(count, from + perBlock);
        var number = allocator.allocate();
        var node = cache.create(number);
        taken.add(number);
        writeNode(node, 0, perBlock, depth, extents, firsts, children, from, to);
        nextFirsts.add(depth == 0 ? extents.get(from).logical() : firsts.get(from));
        nextChildren.add(number);
      }
      firsts = nextFirsts;
      children = nextChildren;
      count = children.size();
      depth++;
    }
    var at = inode.at() + Inode.AT_BLOCK;
    java.util.Arrays.fill(inode.block(), at, at + Inode.BLOCK_BYTES, (byte) 0);
    writeNode(inode.block(), at, IN_INODE, depth, extents, firsts, children, 0, count);
    return taken;
  }

  private static void writeNode(
      byte[] node,
      int at,
      int max,
      int depth,
      List<Extent> extents,
      List<Long> firsts,
      List<Long> children,
      int from,
      int to) {
    Bytes.put16(node, at, MAGIC);
    Bytes.put16(node, at + 2, to - from);
    Bytes.put16(node, at + 4, max);
    Bytes.put16(node, at + 6, depth);
    for (int i = from; i < to; i++) {
      var entry = at + HEADER_BYTES + (i - from) * ENTRY_BYTES;
      if (depth == 0) {
        var extent = extents.get(i);
        Bytes.put32(node, entry, extent.logical());
        Bytes.put16(node, entry + 4, extent.length());
        Bytes.put16(node, entry + 6, (int) (extent.physical() >>> 32));
        Bytes.put32(node, entry + 8, extent.physical());
      } else {
        Bytes.put32(node, entry, firsts.get(i));
        Bytes.put32(node, entry + 4, children.get(i));
        Bytes.put16(node, entry + 8, (int) (children.get(i) >>> 32));
      }
    }
  }
}
