package io.headwater.ext4;

import io.headwater.fault.FormatException;

/**
 * The entries of an index node of a hashed directory (kernel documentation, ext4 "Hash Tree
 * Directories"): pairs of hash and block, ascending, the first pair's hash slot holding limit and
 * count. A view of a block.
 *
 * @param block the node's bytes
 * @param at where its entries begin: {@link #ROOT_AT} in the root, {@link #NODE_AT} below it
 */
record HashIndex(byte[] block, int at) {
  static final int ROOT_AT = 0x20;
  static final int NODE_AT = 8;

  private static final int ENTRY_BYTES = 8;
  private static final int AT_HASH_VERSION = 0x1C;
  private static final int AT_INFO_LENGTH = 0x1D;
  private static final int AT_INDIRECT_LEVELS = 0x1E;

  /**
   * Turns the first block of a directory, whose "." and ".." stand already, into a root with one
   * leaf.
   */
  static HashIndex createRoot(byte[] block, int leaf) {
    java.util.Arrays.fill(block, 24, block.length, (byte) 0);
    Bytes.put16(block, 12 + 4, block.length - 12);
    Bytes.put8(block, AT_HASH_VERSION, 1); // half MD4; the superblock says that bytes are unsigned
    Bytes.put8(block, AT_INFO_LENGTH, 8);
    var index = new HashIndex(block, ROOT_AT);
    index.putLimit();
    index.putCount(1);
    index.putChild(0, leaf);
    return index;
  }

  /** An empty node below the root. */
  static HashIndex createNode(byte[] block) {
    java.util.Arrays.fill(block, (byte) 0);
    Bytes.put16(block, 4, block.length);
    var index = new HashIndex(block, NODE_AT);
    index.putLimit();
    return index;
  }

  static HashIndex root(byte[] block) throws FormatException {
    return new HashIndex(block, 0x18 + Bytes.u8(block, AT_INFO_LENGTH)).checked();
  }

  static HashIndex node(byte[] block) throws FormatException {
    return new HashIndex(block, NODE_AT).checked();
  }

  private HashIndex checked() throws FormatException {
    if (count() < 1 || count() > limit() || at + limit() * ENTRY_BYTES > block.length) {
      throw new FormatException(
          "ext4: directory index with " + count() + " of " + limit() + " entries");
    }
    return this;
  }

  static int hashVersion(byte[] root) {
    return Bytes.u8(root, AT_HASH_VERSION);
  }

  static int levels(byte[] root) {
    return Bytes.u8(root, AT_INDIRECT_LEVELS);
  }

  static void putLevels(byte[] root, int levels) {
    Bytes.put8(root, AT_INDIRECT_LEVELS, levels);
  }

  private int limit() {
    return Bytes.u16(block, at);
  }

  private void putLimit() {
    Bytes.put16(block, at, (block.length - at) / ENTRY_BYTES);
  }

  int count() {
    return Bytes.u16(block, at + 2);
  }

  void putCount(int count) {
    Bytes.put16(block, at + 2, count);
  }

  boolean isFull() {
    return count() >= limit();
  }

  /** The least hash below the entry; the first one's is 0. */
  int hash(int i) {
    return i == 0 ? 0 : Bytes.i32(block, at + i * ENTRY_BYTES);
  }

  int child(int i) {
    return Bytes.i32(block, at + i * ENTRY_BYTES + 4) & 0x0fffffff;
  }

  private void putChild(int i, int child) {
    Bytes.put32(block, at + i * ENTRY_BYTES + 4, child);
  }

  /** The last entry whose hash is not above the given one. */
  int find(int hash) {
    int low = 1;
    int high = count();
    while (low < high) {
      var middle = (low + high) >>> 1;
      if (Integer.compareUnsigned(hash(middle), hash) > 0) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return low - 1;
  }

  /** Puts an entry behind entry {@code i}. */
  void insertAfter(int i, int hash, int child) {
    var from = at + (i + 1) * ENTRY_BYTES;
    System.arraycopy(block, from, block, from + ENTRY_BYTES, (count() - i - 1) * ENTRY_BYTES);
    Bytes.put32(block, from, hash);
    Bytes.put32(block, from + 4, child);
    putCount(count() + 1);
  }

  /** Moves the entries from {@code from} on into the empty {@code target}. */
  void moveTo(HashIndex target, int from) {
    var moved = count() - from;
    // The first entry's hash slot holds limit and count, so only its child is copied.
    System.arraycopy(
        block, at + from * ENTRY_BYTES + 4, target.block, target.at + 4, moved * ENTRY_BYTES - 4);
    target.putCount(moved);
    var kept = at + from * ENTRY_BYTES;
    if (from > 0) {
      java.util.Arrays.fill(block, kept, kept + moved * ENTRY_BYTES, (byte) 0);
      putCount(from);
    } else {
      java.util.Arrays.fill(block, kept + ENTRY_BYTES, kept + moved * ENTRY_BYTES, (byte) 0);
    }
  }
}
