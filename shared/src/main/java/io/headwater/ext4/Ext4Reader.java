package io.headwater.ext4;

import io.headwater.block.BlockDevice;
import io.headwater.fault.FormatException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Reads an ext4 file system from any device, whoever made it: extents, linear and hashed
 * directories, attributes in inodes and blocks, blocks of 1 to 64 KiB. Safe for use by several
 * threads.
 */
public final class Ext4Reader {
  private static final int MAX_SYMLINKS = 40;
  private static final int CACHED_BLOCKS = 1024;

  private final ReentrantLock lock = new ReentrantLock();
  private final BlockDevice device;
  private final Superblock superblock;
  private final int blockSize;
  private final Map<Long, byte[]> cache =
      new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Long, byte[]> eldest) {
          return size() > CACHED_BLOCKS;
        }
      };

  private Ext4Reader(BlockDevice device, Superblock superblock) {
    this.device = device;
    this.superblock = superblock;
    this.blockSize = superblock.blockSize();
  }

  /**
   * Opens the file system that fills {@code device}.
   *
   * @throws FormatException if there is none, or it needs a feature that is not supported
   */
  public static Ext4Reader open(BlockDevice device) throws IOException {
    return new Ext4Reader(device, Superblock.read(device));
  }

  /** The nearest time that ext4 can store (1901 to 2446, nanoseconds). */
  public static Instant nearestTime(Instant time) {
    return Inode.nearestTime(time);
  }

  /**
   * Whether ext4 stores extended attributes of that name. Others are left out, as Linux would
   * refuse them.
   */
  public static boolean canStoreXattr(String name) {
    return Xattrs.canStore(name);
  }

  /** A name in a directory. */
  public record Entry(String name, long inode) {}

  /** Facts about the whole file system; sizes in bytes. */
  public record Summary(
      long sizeBytes, int blockSize, long freeBlocks, long inodes, long freeInodes) {}

  /** What the superblock says. */
  public Summary summary() {
    return new Summary(
        superblock.blocks() * blockSize,
        blockSize,
        superblock.freeBlocks(),
        superblock.inodes(),
        superblock.freeInodes());
  }

  private byte[] block(long number) throws IOException {
    lock.lock();
    try {
      var cached = cache.get(number);
      if (cached != null) {
        return cached;
      }
    } finally {
      lock.unlock();
    }
    if (number < 0 || number >= superblock.blocks()) {
      throw new FormatException(
          "ext4: block " + number + " lies behind the file system's " + superblock.blocks());
    }
    var bytes = new byte[blockSize];
    device.read(number * blockSize, ByteBuffer.wrap(bytes));
    lock.lock();
    try {
      cache.put(number, bytes);
    } finally {
      lock.unlock();
    }
    return bytes;
  }

  private Inode inode(long number) throws IOException {
    if (number < 1 || number > superblock.inodes()) {
      throw new FormatException("ext4: inode " + number + " of " + superblock.inodes());
    }
    var group = (number - 1) / superblock.inodesPerGroup();
    var descriptorAt = group * superblock.descriptorSize();
    var descriptor =
        new GroupDescriptor(
            block(superblock.firstDataBlock() + 1 + descriptorAt / blockSize),
            (int) (descriptorAt % blockSize),
            superblock.descriptorSize());
    var at = (number - 1) % superblock.inodesPerGroup() * superblock.inodeSize();
    return new Inode(
        block(descriptor.inodeTable() + at / blockSize),
        (int) (at % blockSize),
        superblock.inodeSize());
  }

  /** The root directory. */
  public FileStatus root() throws IOException {
    return status(Ext4Writer.ROOT);
  }

  /** What an inode says of its file. */
  public FileStatus status(long number) throws IOException {
    var inode = inode(number);
    return FileStatus.of(number, inode);
  }

  /** The entries of a directory, without "." and "..", in the order in which they lie there. */
  public List<Entry> list(FileStatus directory) throws IOException {
    var entries = new ArrayList<Entry>();
    for (var extent : extents(directory)) {
      for (int i = 0; i < extent.length(); i++) {
        DirectoryBlock.forEach(
            block(extent.physical() + i),
            (at, inode, type, name) -> {
              if (name.length > 0 && !Directory.isDot(name)) {
                entries.add(new Entry(new String(name, StandardCharsets.ISO_8859_1), inode));
              }
            });
      }
    }
    return entries;
  }

  private List<Extent> extents(FileStatus file) throws IOException {
    var inode = inode(file.inode());
    if (inode.has(Inode.FLAG_INLINE_DATA)) {
      throw new FormatException(
          "ext4: inode " + file.inode() + " has its content inline, which is not supported");
    }
    if (!inode.has(Inode.FLAG_EXTENTS)) {
      var count = Math.ceilDiv(file.sizeBytes(), blockSize);
      return BlockMap.read(inode, this::block, blockSize, count);
    }
    return ExtentTree.read(inode, this::block, node -> {});
  }

  /** The file of a name in a directory. A hashed directory is asked through its index. */
  public Optional<FileStatus> find(FileStatus directory, String name) throws IOException {
    var bytes = name.getBytes(StandardCharsets.ISO_8859_1);
    var extents = extents(directory);
    if (inode(directory.inode()).has(Inode.FLAG_INDEX) && superblock.hashesUnsigned()) {
      var root = block(physical(extents, 0));
      if (HashIndex.hashVersion(root) == 1) {
        return findByHash(extents, root, bytes);
      }
    }
    for (var extent : extents) {
      for (int i = 0; i < extent.length(); i++) {
        var found = inBlock(extent.physical() + i, bytes);
        if (found.isPresent()) {
          return found;
        }
      }
    }
    return Optional.empty();
  }

  private Optional<FileStatus> findByHash(List<Extent> extents, byte[] root, byte[] name)
      throws IOException {
    var hash = superblock.nameHash().of(name);
    var level = List.of(HashIndex.root(root));
    var seen = new HashSet<Long>();
    for (int depth = HashIndex.levels(root); depth >= 0; depth--) {
      var below = new ArrayList<HashIndex>();
      for (var index : level) {
        // Names of one hash may go on in the next block, whose least hash then has the lowest bit
        // set.
        for (int i = index.find(hash); i < index.count(); i++) {
          var physical = physical(extents, index.child(i));
          if (!seen.add(physical)) {
            throw new FormatException(
                "ext4: block " + physical + " is twice in the index of a directory");
          }
          if (depth > 0) {
            below.add(HashIndex.node(block(physical)));
          } else {
            var found = inBlock(physical, name);
            if (found.isPresent()) {
              return found;
            }
          }
          if (i + 1 < index.count() && index.hash(i + 1) != (hash | 1)) {
            break;
          }
        }
      }
      level = below;
    }
    return Optional.empty();
  }

  private Optional<FileStatus> inBlock(long number, byte[] name) throws IOException {
    var block = block(number);
    var at = DirectoryBlock.find(block, name);
    return at < 0 ? Optional.empty() : Optional.of(status(Bytes.u32(block, at)));
  }

  private static long physical(List<Extent> extents, long logical) throws FormatException {
    for (var extent : extents) {
      if (logical >= extent.logical() && logical < extent.end()) {
        return extent.physical() + logical - extent.logical();
      }
    }
    throw new FormatException("ext4: the directory has no block " + logical);
  }

  /**
   * The file at a path from the root. Symbolic links are followed, and never leave the root; the
   * last one only when asked for.
   */
  public Optional<FileStatus> resolve(String path, boolean followLast) throws IOException {
    var names = new ArrayDeque<>(Arrays.asList(path.split("/")));
    var way = new ArrayDeque<FileStatus>();
    way.push(root());
    var links = 0;
    while (!names.isEmpty()) {
      var name = names.pop();
      if (name.isEmpty() || name.equals(".")) {
        continue;
      }
      if (name.equals("..")) {
        if (way.size() > 1) {
          way.pop();
        }
        continue;
      }
      if (way.element().type() != FileType.DIRECTORY) {
        return Optional.empty();
      }
      var found = find(way.element(), name);
      if (found.isEmpty()) {
        return found;
      }
      if (found.get().type() == FileType.SYMLINK && (followLast || !names.isEmpty())) {
        if (++links > MAX_SYMLINKS) {
          throw new FormatException("ext4: too many symbolic links on the way to " + path);
        }
        var target = readLink(found.get());
        if (target.startsWith("/")) {
          while (way.size() > 1) {
            way.pop();
          }
        }
        var parts = target.split("/");
        for (int i = parts.length - 1; i >= 0; i--) {
          names.push(parts[i]);
        }
      } else {
        way.push(found.get());
      }
    }
    return Optional.of(way.element());
  }

  /** The target of a symbolic link. */
  public String readLink(FileStatus link) throws IOException {
    if (link.sizeBytes() > blockSize) {
      throw new FormatException("ext4: symbolic link of " + link.sizeBytes() + " bytes");
    }
    var inode = inode(link.inode());
    var length = (int) link.sizeBytes();
    if (!inode.has(Inode.FLAG_EXTENTS) && length < Inode.BLOCK_BYTES) {
      return new String(
          inode.block(), inode.at() + Inode.AT_BLOCK, length, StandardCharsets.ISO_8859_1);
    }
    var bytes = ByteBuffer.allocate(length);
    content(link).read(0, bytes);
    return new String(bytes.array(), StandardCharsets.ISO_8859_1);
  }

  /** The extended attributes by full name. */
  public Map<String, byte[]> xattrs(FileStatus file) throws IOException {
    var attributes = new java.util.TreeMap<String, byte[]>();
    var inode = inode(file.inode());
    Xattrs.readFromInode(inode, attributes);
    if (inode.xattrBlock() != 0) {
      Xattrs.readFromBlock(block(inode.xattrBlock()), attributes);
    }
    return attributes;
  }

  /** The content of a file as a device; holes read as zeros. */
  public BlockDevice content(FileStatus file) throws IOException {
    return new InodeContent(device, blockSize, file.sizeBytes(), extents(file));
  }
}
