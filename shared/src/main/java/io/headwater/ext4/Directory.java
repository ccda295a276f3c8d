package io.headwater.ext4;

import io.headwater.fault.FormatException;
import io.headwater.fault.LimitException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A directory being written: linear in its first block, hash-indexed from two blocks on, as the
 * kernel does it. What it becomes depends on nothing but its blocks and the order of changes.
 */
final class Directory {
  private final long inode;
  private final Volume volume;

  /** Block numbers on the device, by block number in the directory. */
  private final List<Long> blocks;

  /** Whether blocks were added since the inode's extents were written. */
  private boolean grown;

  Directory(long inode, Volume volume, List<Long> blocks) {
    this.inode = inode;
    this.volume = volume;
    this.blocks = blocks;
  }

  /** A new directory: "." and ".." in one block. */
  static Directory create(long inode, long parent, Volume volume) throws IOException {
    var directory = new Directory(inode, volume, new ArrayList<>());
    var block = directory.append();
    DirectoryBlock.write(block, 0, 12, new byte[] {'.'}, inode, FileType.DIRECTORY.entryCode);
    DirectoryBlock.write(
        block, 12, block.length - 12, new byte[] {'.', '.'}, parent, FileType.DIRECTORY.entryCode);
    return directory;
  }

  List<Long> blocks() {
    return blocks;
  }

  boolean hasGrown() {
    return grown;
  }

  void extentsWritten() {
    grown = false;
  }

  private boolean isIndexed() {
    return blocks.size() > 1;
  }

  private byte[] append() throws IOException {
    var number = volume.allocator().allocateMetadata();
    blocks.add(number);
    grown = true;
    return volume.cache().create(number);
  }

  private byte[] read(int block) throws IOException {
    if (block >= blocks.size()) {
      throw new FormatException(
          "ext4: the index of directory "
              + inode
              + " names block "
              + block
              + " of "
              + blocks.size());
    }
    return volume.cache().read(blocks.get(block));
  }

  private byte[] change(int block) throws IOException {
    return volume.cache().change(blocks.get(block));
  }

  /** The inode of that name; 0 when there is none. */
  long find(byte[] name) throws IOException {
    var block = blockOf(name);
    return block < 0 ? 0 : Bytes.u32(read(block), DirectoryBlock.find(read(block), name));
  }

  /** The block that has the name; −1 when none has. */
  private int blockOf(byte[] name) throws IOException {
    if (!isIndexed()) {
      return DirectoryBlock.find(read(0), name) >= 0 ? 0 : -1;
    }
    var hash = volume.hash().of(name);
    for (var path = path(hash); path != null; path = path.next(this, hash)) {
      if (DirectoryBlock.find(read(path.leaf()), name) >= 0) {
        return path.leaf();
      }
    }
    return -1;
  }

  /**
   * The way from the root to a leaf.
   *
   * @param node the directory's block between root and leaf; 0 when there is no such level
   * @param inRoot the entry taken in the root
   * @param inNode the entry taken in the node
   */
  private record Path(int inRoot, int node, int inNode, int leaf) {
    /**
     * The next leaf, when names of the same hash go on there (its least hash has the lowest bit
     * set).
     */
    @Nullable Path next(Directory directory, int hash) throws IOException {
      var root = HashIndex.root(directory.read(0));
      if (node != 0) {
        var index = HashIndex.node(directory.read(node));
        if (inNode + 1 < index.count()) {
          return index.hash(inNode + 1) == (hash | 1)
              ? new Path(inRoot, node, inNode + 1, index.child(inNode + 1))
              : null;
        }
      }
      if (inRoot + 1 >= root.count() || root.hash(inRoot + 1) != (hash | 1)) {
        return null;
      }
      return directory.below(root, inRoot + 1, 0);
    }
  }

  private Path path(int hash) throws IOException {
    var root = HashIndex.root(read(0));
    return below(root, root.find(hash), hash);
  }

  private Path below(HashIndex root, int inRoot, int hash) throws IOException {
    var child = root.child(inRoot);
    if (HashIndex.levels(read(0)) == 0) {
      return new Path(inRoot, 0, 0, child);
    }
    var node = HashIndex.node(read(child));
    var inNode = node.find(hash);
    return new Path(inRoot, child, inNode, node.child(inNode));
  }

  /** Adds a name that is not there yet. */
  void insert(byte[] name, long target, FileType type) throws IOException {
    if (!isIndexed()) {
      if (DirectoryBlock.insert(change(0), name, target, type)) {
        return;
      }
      makeIndex();
    }
    var hash = volume.hash().of(name);
    while (true) {
      var path = path(hash);
      if (DirectoryBlock.insert(change(path.leaf()), name, target, type)) {
        return;
      }
      splitLeaf(path);
    }
  }

  /** Moves the entries of the only block into a leaf, and makes the block the root. */
  private void makeIndex() throws IOException {
    var leaf = append();
    var root = change(0);
    DirectoryBlock.clear(leaf);
    DirectoryBlock.forEach(
        root,
        (at, target, typeCode, name) -> {
          if (at >= 24) {
            insertRaw(leaf, name, target, (byte) typeCode);
          }
        });
    HashIndex.createRoot(root, 1);
  }

  private static void insertRaw(byte[] block, byte[] name, long target, byte typeCode)
      throws FormatException {
    for (var type : FileType.values()) {
      if (type.entryCode == typeCode && DirectoryBlock.insert(block, name, target, type)) {
        return;
      }
    }
    throw new FormatException("ext4: directory entry of type " + typeCode + " cannot be moved");
  }

  private record Entry(int hash, byte[] name, long target, byte typeCode) {}

  /** Moves the upper half of a leaf, by hash, into a new one. */
  private void splitLeaf(Path path) throws IOException {
    makeRoomInIndex(path);
    var lower = change(path.leaf());
    var entries = new ArrayList<Entry>();
    DirectoryBlock.forEach(
        lower,
        (at, target, typeCode, name) ->
            entries.add(new Entry(volume.hash().of(name), name, target, (byte) typeCode)));
    entries.sort(Comparator.comparing(Entry::hash, Integer::compareUnsigned));
    var split = splitPoint(entries);
    var continued = split > 0 && entries.get(split).hash() == entries.get(split - 1).hash();
    var upperNumber = blocks.size();
    var upper = append();
    refill(lower, entries.subList(0, split));
    refill(upper, entries.subList(split, entries.size()));
    var hash = entries.get(split).hash() | (continued ? 1 : 0);
    // The index may have been split above, so the way is looked up again.
    var fresh = pathTo(path.leaf(), entries.getFirst().hash());
    if (fresh.node() == 0) {
      new HashIndex(change(0), HashIndex.ROOT_AT).insertAfter(fresh.inRoot(), hash, upperNumber);
    } else {
      new HashIndex(change(fresh.node()), HashIndex.NODE_AT)
          .insertAfter(fresh.inNode(), hash, upperNumber);
    }
  }

  private Path pathTo(int leaf, int hash) throws IOException {
    for (var path = path(hash); path != null; path = path.next(this, hash)) {
      if (path.leaf() == leaf) {
        return path;
      }
    }
    throw new FormatException(
        "ext4: the index of directory " + inode + " does not lead to its block " + leaf);
  }

  /** The first entry of the upper half, by bytes. */
  private static int splitPoint(List<Entry> entries) {
    var half = 0;
    for (var entry : entries) {
      half += DirectoryBlock.recordBytes(entry.name().length);
    }
    half /= 2;
    int sum = 0;
    for (int i = 0; i < entries.size(); i++) {
      sum += DirectoryBlock.recordBytes(entries.get(i).name().length);
      if (sum > half) {
        return Math.max(1, i);
      }
    }
    return entries.size() - 1;
  }

  private static void refill(byte[] block, List<Entry> entries) {
    Arrays.fill(block, (byte) 0);
    var at = 0;
    for (int i = 0; i < entries.size(); i++) {
      var entry = entries.get(i);
      var last = i == entries.size() - 1;
      var length = last ? block.length - at : DirectoryBlock.recordBytes(entry.name().length);
      DirectoryBlock.write(block, at, length, entry.name(), entry.target(), entry.typeCode());
      at += length;
    }
  }

  private void makeRoomInIndex(Path path) throws IOException {
    var root = HashIndex.root(read(0));
    if (path.node() == 0) {
      if (root.isFull()) {
        var number = blocks.size();
        var node = HashIndex.createNode(append());
        var changed = new HashIndex(change(0), HashIndex.ROOT_AT);
        changed.moveTo(node, 0);
        changed.putCount(1);
        Bytes.put32(changed.block(), HashIndex.ROOT_AT + 4, number);
        HashIndex.putLevels(changed.block(), 1);
      }
      return;
    }
    var node = HashIndex.node(read(path.node()));
    if (!node.isFull()) {
      return;
    }
    if (root.isFull()) {
      throw new LimitException(
          "ext4: directory " + inode + " has more names than an index of two levels takes");
    }
    var middle = node.count() / 2;
    var hash = node.hash(middle);
    var number = blocks.size();
    var upper = HashIndex.createNode(append());
    new HashIndex(change(path.node()), HashIndex.NODE_AT).moveTo(upper, middle);
    new HashIndex(change(0), HashIndex.ROOT_AT).insertAfter(path.inRoot(), hash, number);
  }

  /** Removes a name that is there. */
  void remove(byte[] name) throws IOException {
    var block = blockOf(name);
    if (block < 0 || !DirectoryBlock.remove(change(block), name)) {
      throw new FormatException("ext4: directory " + inode + " has no such name");
    }
  }

  /** All entries but "." and "..". */
  void forEach(DirectoryBlock.Visitor visitor) throws IOException {
    for (int i = 0; i < blocks.size(); i++) {
      var block = read(i);
      if (i == 0 && isIndexed()) {
        continue; // the root: its dot entries cover everything
      }
      DirectoryBlock.forEach(
          block,
          (at, target, typeCode, name) -> {
            if (!isDot(name)) {
              visitor.entry(at, target, typeCode, name);
            }
          });
    }
  }

  static boolean isDot(byte[] name) {
    return name[0] == '.' && (name.length == 1 || name.length == 2 && name[1] == '.');
  }
}
