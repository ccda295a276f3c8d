package io.headwater.ext4;

import io.headwater.fault.FormatException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** The inodes of a file system that is being written: what each says, and what it takes. */
final class Inodes {
  /** The most names that one file can have. */
  static final int MAX_LINKS = 65000;

  static final int FAST_SYMLINK_BYTES = 60;

  private final Volume volume;

  Inodes(Volume volume) {
    this.volume = volume;
  }

  Inode read(long number) throws IOException {
    return at(volume.cache().read(volume.geometry().inodeBlock(number)), number);
  }

  Inode change(long number) throws IOException {
    return at(volume.cache().change(volume.geometry().inodeBlock(number)), number);
  }

  private static Inode at(byte[] block, long number) {
    return new Inode(block, Geometry.inodeOffset(number), Geometry.INODE_BYTES);
  }

  /** What an inode is. */
  FileType type(long number) throws IOException {
    return FileType.ofMode(read(number).mode());
  }

  /** The target of a symbolic link. */
  String readLink(long number) throws IOException {
    var inode = read(number);
    var length = (int) inode.fileSize();
    var bytes = inode.block();
    var at = inode.at() + Inode.AT_BLOCK;
    if (length >= FAST_SYMLINK_BYTES) {
      bytes = symlinkBlock(inode);
      at = 0;
    }
    return new String(bytes, at, length, StandardCharsets.ISO_8859_1);
  }

  private byte[] symlinkBlock(Inode inode) throws IOException {
    var extents = ExtentTree.read(inode, volume.cache()::read, node -> {});
    if (extents.size() != 1 || inode.fileSize() >= Geometry.BLOCK) {
      throw new FormatException("ext4: symbolic link of " + inode.fileSize() + " bytes");
    }
    return volume.cache().read(extents.getFirst().physical());
  }

  void init(long number, FileType type, Attributes attributes) throws IOException {
    var inode = change(number);
    inode.clear();
    inode.putLinks(1);
    describe(number, type, attributes);
  }

  /** Replaces mode, owner, times and extended attributes. */
  void replaceAttributes(long number, Attributes attributes) throws IOException {
    var inode = change(number);
    if (inode.xattrBlock() != 0) {
      freeMetadata(inode.xattrBlock());
      inode.putXattrBlock(0);
      inode.putSectors(inode.sectors() - sectors(1));
    }
    describe(number, type(number), attributes);
  }

  void describe(long number, FileType type, Attributes attributes) throws IOException {
    var inode = change(number);
    inode.describe(type, attributes);
    if (!Xattrs.writeToInode(inode, attributes.xattrs())) {
      var block = volume.allocator().allocateMetadata();
      Xattrs.writeToBlock(volume.cache().create(block), attributes.xattrs());
      inode.putXattrBlock(block);
      inode.putSectors(inode.sectors() + sectors(1));
    }
  }

  /** Gives back an inode and all its blocks. */
  void release(long number) throws IOException {
    var inode = change(number);
    var type = type(number);
    if (inode.has(Inode.FLAG_EXTENTS)) {
      var extents = ExtentTree.read(inode, volume.cache()::read, this::freeMetadata);
      for (var extent : extents) {
        if (type == FileType.SYMLINK) {
          freeMetadata(extent.physical());
        } else if (type == FileType.FILE) {
          volume.allocator().freeBlocks(extent.physical(), extent.length());
        }
      }
    }
    if (inode.xattrBlock() != 0) {
      freeMetadata(inode.xattrBlock());
    }
    inode.clear();
    volume.allocator().freeInode(number, type);
  }

  void addLink(long directory, int change) throws IOException {
    var inode = change(directory);
    var links = inode.links();
    if (links != 1) {
      // dir_nlink: more links than the field takes are written as 1, for good.
      inode.putLinks(links + change >= MAX_LINKS ? 1 : links + change);
    }
  }

  void freeMetadata(long block) throws IOException {
    volume.allocator().freeBlocks(block, 1);
    volume.cache().drop(block);
  }

  static long sectors(long blocks) {
    return blocks * (Geometry.BLOCK / 512);
  }
}
