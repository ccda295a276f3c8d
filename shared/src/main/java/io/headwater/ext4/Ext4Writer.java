package io.headwater.ext4;

import io.headwater.block.BlockDevice;
import io.headwater.fault.FormatException;
import io.headwater.fault.LimitException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Writes an ext4 file system in one pass, layer by layer. File content goes straight through to the
 * output; metadata stays in memory and is written, where it changed, by {@link #finishLayer}. Going
 * on from layers that were written before gives the same bytes as never having stopped. Not safe
 * for use by several threads.
 */
public final class Ext4Writer {
  /** The root directory's inode. */
  public static final long ROOT = 2;

  private static final long BAD_BLOCKS_INODE = 1;

  private final Volume volume;
  private final Inodes inodes;
  private final UUID uuid;
  private final Map<Long, Directory> directories = new HashMap<>();
  private @Nullable BlockOutput output;

  private Ext4Writer(Volume volume, UUID uuid) {
    this.volume = volume;
    this.inodes = new Inodes(volume);
    this.uuid = uuid;
  }

  /**
   * An empty file system with a root directory (0755, root, 1970) and {@code lost+found}. Nothing
   * is written before the first layer is finished.
   *
   * @param deviceBytes a multiple of 128 MiB
   * @param uuid the file system's, and the seed of its name hashes
   * @param maxMetadataBytes of metadata that may be held in memory; more is refused
   * @throws LimitException if the device is larger than 64 TiB
   */
  public static Ext4Writer format(long deviceBytes, UUID uuid, long maxMetadataBytes)
      throws IOException {
    var geometry = Geometry.of(deviceBytes);
    var cache = new MetadataCache(null, maxMetadataBytes);
    var superblock = new Superblock(cache.change(0), Superblock.OFFSET);
    superblock.format(geometry, uuid);
    var allocator = Allocator.format(geometry, cache);
    var writer =
        new Ext4Writer(new Volume(geometry, cache, allocator, superblock.nameHash()), uuid);
    allocator.beginLayer();
    allocator.countDirectory(ROOT);
    var attributes = Attributes.implicitDirectory(Instant.EPOCH);
    writer.initDirectory(ROOT, ROOT, attributes);
    writer.createDirectory(
        ROOT, "lost+found", new Attributes(0700, 0, 0, Instant.EPOCH, Instant.EPOCH, Map.of()));
    return writer;
  }

  /**
   * Goes on with a file system that this class wrote.
   *
   * @param below the device that the layers so far make
   * @param maxMetadataBytes of metadata that may be held in memory; more is refused
   * @throws FormatException if another program made the file system
   */
  public static Ext4Writer open(BlockDevice below, long maxMetadataBytes) throws IOException {
    var superblock = Superblock.read(below);
    var geometry = Geometry.of(below.sizeBytes());
    if (!superblock.isOurs(geometry)) {
      throw new FormatException(
          "ext4: the file system was not made by Headwater and cannot be gone on with");
    }
    var cache = new MetadataCache(below, maxMetadataBytes);
    var allocator = Allocator.open(geometry, cache);
    return new Ext4Writer(
        new Volume(geometry, cache, allocator, superblock.nameHash()), superblock.uuid());
  }

  /** Begins a layer: content goes to {@code blocks} from now on. */
  public void beginLayer(BlockOutput blocks) throws IOException {
    output = blocks;
    volume.allocator().beginLayer();
  }

  /** Writes the metadata blocks that the layer changed, in ascending order. */
  public void finishLayer() throws IOException {
    for (var entry : directories.entrySet().stream().sorted(Map.Entry.comparingByKey()).toList()) {
      if (entry.getValue().hasGrown()) {
        writeExtents(entry.getKey(), entry.getValue());
      }
    }
    var superblock = new Superblock(volume.cache().change(0), Superblock.OFFSET);
    volume.allocator().flush(superblock, uuid);
    volume.cache().flush(output());
    output = null;
  }

  private void writeExtents(long number, Directory directory) throws IOException {
    var inode = inodes.change(number);
    ExtentTree.read(inode, volume.cache()::read, inodes::freeMetadata);
    var extents = new ExtentList();
    for (int i = 0; i < directory.blocks().size(); i++) {
      extents.add(i, directory.blocks().get(i), 1);
    }
    var tree =
        ExtentTree.write(
            inode, extents.extents(), volume.cache(), volume.allocator()::allocateMetadata);
    inode.putFileSize((long) directory.blocks().size() * Geometry.BLOCK);
    inode.putSectors(
        Inodes.sectors(
            directory.blocks().size() + tree.size() + (inode.xattrBlock() != 0 ? 1 : 0)));
    inode.putFlags(
        directory.blocks().size() > 1
            ? inode.flags() | Inode.FLAG_INDEX
            : inode.flags() & ~Inode.FLAG_INDEX);
    directory.extentsWritten();
  }

  BlockOutput output() {
    if (output == null) {
      throw new IllegalStateException("no layer was begun");
    }
    return output;
  }

  Inodes inodes() {
    return inodes;
  }

  Volume volume() {
    return volume;
  }

  /** The device's size in bytes. */
  public long deviceBytes() {
    return volume.geometry().deviceBlocks() * Geometry.BLOCK;
  }

  /** The inode of a name in a directory; 0 when there is none. */
  public long find(long directory, String name) throws IOException {
    return directory(directory).find(bytes(name));
  }

  /**
   * Counts bytes that somebody else keeps for this file system.
   *
   * @throws LimitException if, with the metadata, they are too many
   */
  public void hold(long bytes) throws LimitException {
    volume.cache().hold(bytes);
  }

  /** What an inode is. */
  public FileType type(long inode) throws IOException {
    return inodes.type(inode);
  }

  /** Whether an inode came into being in the current layer. */
  public boolean isNew(long inode) {
    return volume.allocator().isNewInode(inode);
  }

  /** The target of a symbolic link. */
  public String readLink(long number) throws IOException {
    return inodes.readLink(number);
  }

  /** The names in a directory, without "." and "..". */
  public List<String> names(long directory) throws IOException {
    var names = new ArrayList<String>();
    directory(directory)
        .forEach(
            (at, inode, type, name) -> names.add(new String(name, StandardCharsets.ISO_8859_1)));
    return names;
  }

  /** Creates an empty directory under a name that is free; returns its inode. */
  public long createDirectory(long parent, String name, Attributes attributes) throws IOException {
    var number = create(parent, name, FileType.DIRECTORY);
    initDirectory(number, parent, attributes);
    inodes.addLink(parent, 1);
    return number;
  }

  private void initDirectory(long number, long parent, Attributes attributes) throws IOException {
    var inode = inodes.change(number);
    inode.clear();
    directories.put(number, Directory.create(number, parent, volume));
    inode.putLinks(2);
    inode.putFlags(Inode.FLAG_EXTENTS);
    inodes.describe(number, FileType.DIRECTORY, attributes);
    // An empty tree until the directory's blocks are written down with the layer.
    ExtentTree.write(inode, List.of(), volume.cache(), volume.allocator()::allocateMetadata);
  }

  /**
   * Creates a file under a name that is free. Its content is written through the result, which must
   * be closed before anything else is done with this writer.
   */
  public FileContent createFile(long parent, String name, Attributes attributes)
      throws IOException {
    var number = create(parent, name, FileType.FILE);
    inodes.init(number, FileType.FILE, attributes);
    inodes.change(number).putFlags(Inode.FLAG_EXTENTS);
    return new FileContent(this, number);
  }

  /** Creates a symbolic link under a name that is free; returns its inode. */
  public long createSymlink(long parent, String name, String target, Attributes attributes)
      throws IOException {
    var bytes = bytes(target);
    if (bytes.length == 0 || bytes.length >= Geometry.BLOCK) {
      throw new LimitException(
          "symbolic link target of " + bytes.length + " bytes: Linux takes 1 to 4095");
    }
    var number = create(parent, name, FileType.SYMLINK);
    inodes.init(number, FileType.SYMLINK, attributes);
    var inode = inodes.change(number);
    if (bytes.length < Inodes.FAST_SYMLINK_BYTES) {
      System.arraycopy(bytes, 0, inode.block(), inode.at() + Inode.AT_BLOCK, bytes.length);
      inode.putFileSize(bytes.length);
    } else {
      // A block of metadata, not of content: a path through the link may be asked for before the
      // layer is read back.
      var block = volume.allocator().allocateMetadata();
      System.arraycopy(bytes, 0, volume.cache().create(block), 0, bytes.length);
      inode.putFlags(Inode.FLAG_EXTENTS);
      var extents = List.of(new Extent(0, block, 1));
      ExtentTree.write(inode, extents, volume.cache(), volume.allocator()::allocateMetadata);
      inode.putFileSize(bytes.length);
      inode.putSectors(inode.sectors() + Inodes.sectors(1));
    }
    return number;
  }

  /** Creates a device, FIFO or socket under a name that is free; returns its inode. */
  public long createSpecial(
      long parent, String name, FileType type, int major, int minor, Attributes attributes)
      throws IOException {
    if (major < 0 || major > 0xfff || minor < 0 || minor > 0xfffff) {
      throw new LimitException(
          "device number " + major + ":" + minor + ": Linux takes 4095:1048575 at most");
    }
    var number = create(parent, name, type);
    inodes.init(number, type, attributes);
    if (type.isDevice()) {
      inodes.change(number).putDevice(major, minor);
    }
    return number;
  }

  private long create(long parent, String name, FileType type) throws IOException {
    var number = volume.allocator().allocateInode(type);
    directory(parent).insert(nameBytes(name), number, type);
    return number;
  }

  /**
   * Gives a file another name, which is free.
   *
   * @throws LimitException if the file has 65,000 names
   */
  public void link(long parent, String name, long target) throws IOException {
    var inode = inodes.change(target);
    if (inode.links() >= Inodes.MAX_LINKS) {
      throw new LimitException(
          "more than " + Inodes.MAX_LINKS + " hard links to one file: ext4 takes no more");
    }
    directory(parent).insert(nameBytes(name), target, type(target));
    inode.putLinks(inode.links() + 1);
  }

  /** Replaces mode, owner, times and extended attributes. */
  public void setAttributes(long number, Attributes attributes) throws IOException {
    inodes.replaceAttributes(number, attributes);
  }

  /** Removes a name, and what is under it when it is a directory. */
  public void remove(long parent, String name) throws IOException {
    var bytes = bytes(name);
    var number = directory(parent).find(bytes);
    if (number == 0) {
      throw new IllegalArgumentException("no such name: " + name);
    }
    directory(parent).remove(bytes);
    if (type(number) == FileType.DIRECTORY) {
      inodes.addLink(parent, -1);
      removeTree(number);
    } else {
      dropLink(number);
    }
  }

  /**
   * A loop and not a recursion: through symbolic links a layer can build directories far deeper
   * than the longest path, and deeper than a thread's stack.
   */
  private void removeTree(long top) throws IOException {
    var pending = new ArrayDeque<Long>();
    pending.push(top);
    while (!pending.isEmpty()) {
      var number = pending.pop();
      directory(number)
          .forEach(
              (at, inode, type, name) -> {
                if (type(inode) == FileType.DIRECTORY) {
                  pending.push(inode);
                } else {
                  dropLink(inode);
                }
              });
      for (var block : directory(number).blocks()) {
        inodes.freeMetadata(block);
      }
      directories.remove(number);
      inodes.release(number);
    }
  }

  private void dropLink(long number) throws IOException {
    var links = inodes.read(number).links() - 1;
    if (links == 0) {
      inodes.release(number);
    } else {
      inodes.change(number).putLinks(links);
    }
  }

  private Directory directory(long number) throws IOException {
    var directory = directories.get(number);
    if (directory == null) {
      var inode = inodes.read(number);
      if (number == BAD_BLOCKS_INODE || type(number) != FileType.DIRECTORY) {
        throw new FormatException("ext4: inode " + number + " is no directory");
      }
      var blocks = new ArrayList<Long>();
      for (var extent : ExtentTree.read(inode, volume.cache()::read, node -> {})) {
        for (int i = 0; i < extent.length(); i++) {
          blocks.add(extent.physical() + i);
        }
      }
      directory = new Directory(number, volume, blocks);
      directories.put(number, directory);
    }
    return directory;
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  private static byte[] nameBytes(String name) throws LimitException {
    if (name.isEmpty() || name.length() > DirectoryBlock.MAX_NAME) {
      throw new LimitException(
          "file name of " + name.length() + " bytes: Linux takes 1 to " + DirectoryBlock.MAX_NAME);
    }
    return bytes(name);
  }
}
