package io.headwater.overlaybd;

import io.headwater.ext4.Attributes;
import io.headwater.ext4.Ext4Writer;
import io.headwater.ext4.FileContent;
import io.headwater.ext4.FileType;
import io.headwater.fault.FormatException;
import io.headwater.layer.ContentSink;
import io.headwater.layer.EntryType;
import io.headwater.layer.TarEntry;
import io.headwater.layer.TarReader;
import java.io.IOException;
import java.util.ArrayDeque;

/**
 * Applies one layer's entries to a file system, as container runtimes unpack them (OCI image spec,
 * layer.md). Used for one layer only.
 */
final class LayerApplier {
  private static final String WHITEOUT = ".wh.";
  private static final String WHITEOUT_META = ".wh..wh.";
  private static final String OPAQUE = ".wh..wh..opq";

  private final Ext4Writer files;
  private final LayerPaths paths;

  LayerApplier(Ext4Writer files) {
    this.files = files;
    this.paths = new LayerPaths(files);
  }

  /**
   * Applies all entries.
   *
   * @throws FormatException naming the entry, if one cannot be applied
   */
  void apply(TarReader tar) throws IOException {
    for (var entry = tar.next(); entry != null; entry = tar.next()) {
      try {
        apply(entry, tar);
      } catch (FormatException e) {
        throw e.in("entry '" + printable(entry.name()) + "'");
      }
    }
    tar.drain();
  }

  /** Raw bytes for a message: what is not plain ASCII becomes an escape. */
  private static String printable(String name) {
    var shown = name.length() > 200 ? name.substring(0, 200) + "…" : name;
    return shown
        .codePoints()
        .collect(
            StringBuilder::new,
            (out, c) ->
                out.append(
                    c >= 32 && c < 127 || c == '…'
                        ? Character.toString(c)
                        : "\\x%02x".formatted(c)),
            StringBuilder::append)
        .toString();
  }

  private void apply(TarEntry entry, TarReader tar) throws IOException {
    var path = EntryPath.of(entry.name());
    if (path.isRoot()) {
      if (entry.type() != EntryType.DIRECTORY) {
        throw new FormatException("the root can only be a directory");
      }
      files.setAttributes(Ext4Writer.ROOT, attributes(entry));
      paths.touch(Ext4Writer.ROOT);
    } else if (path.name().startsWith(WHITEOUT)) {
      whiteout(path);
    } else {
      create(entry, path, tar);
    }
  }

  private void whiteout(EntryPath path) throws IOException {
    if (path.name().startsWith(WHITEOUT_META) && !path.name().equals(OPAQUE)) {
      return; // bookkeeping of AUFS
    }
    var parent = paths.findDirectory(path.parent());
    if (parent == 0) {
      return;
    }
    if (path.name().equals(OPAQUE)) {
      for (var name : files.names(parent)) {
        removeLower(parent, name);
      }
      return;
    }
    var name = path.name().substring(WHITEOUT.length());
    if (name.isEmpty() || name.equals(".") || name.equals("..")) {
      throw new FormatException("a whiteout of nothing");
    }
    removeLower(parent, name);
  }

  private record Hidden(long parent, String name) {}

  /**
   * Removes a name, and everything under it, as far as it comes from lower layers. A loop and not a
   * recursion: directories may be deeper than a thread's stack.
   */
  private void removeLower(long top, String topName) throws IOException {
    var pending = new ArrayDeque<Hidden>();
    pending.push(new Hidden(top, topName));
    while (!pending.isEmpty()) {
      var hidden = pending.pop();
      var parent = hidden.parent();
      var name = hidden.name();
      var inode = files.find(parent, name);
      if (inode == 0
          || paths.isFromThisLayer(parent, name, inode)
          || isLostAndFound(parent, name)) {
        continue;
      }
      if (!paths.isTouched(inode)) {
        remove(parent, name);
        continue;
      }
      // The layer has put something under a directory whose lower part it hides.
      for (var child : files.names(inode)) {
        pending.push(new Hidden(inode, child));
      }
      paths.hideLowerAttributes(inode);
    }
  }

  private static boolean isLostAndFound(long parent, String name) {
    return parent == Ext4Writer.ROOT && name.equals("lost+found");
  }

  private void remove(long parent, String name) throws IOException {
    files.remove(parent, name);
    paths.forget();
  }

  private void create(TarEntry entry, EntryPath path, TarReader tar) throws IOException {
    var parent = paths.directory(path.parent(), entry.modified());
    var name = path.name();
    var target = entry.type() == EntryType.HARD_LINK ? linkTarget(entry) : 0;
    var existing = files.find(parent, name);
    if (existing != 0 && !makeWay(entry, parent, name, existing, target)) {
      return;
    }
    switch (entry.type()) {
      case FILE -> createFile(entry, parent, name, tar);
      case HARD_LINK -> {
        files.link(parent, name, target);
        paths.linked(parent, name, target);
      }
      case SYMLINK -> files.createSymlink(parent, name, entry.linkName(), attributes(entry));
      case DIRECTORY -> files.createDirectory(parent, name, attributes(entry));
      case CHARACTER_DEVICE -> createSpecial(entry, parent, name, FileType.CHARACTER_DEVICE);
      case BLOCK_DEVICE -> createSpecial(entry, parent, name, FileType.BLOCK_DEVICE);
      case FIFO -> createSpecial(entry, parent, name, FileType.FIFO);
    }
  }

  /** Deals with what has the name already; false when the entry is done with that. */
  private boolean makeWay(TarEntry entry, long parent, String name, long existing, long target)
      throws IOException {
    if (entry.type() == EntryType.DIRECTORY && files.type(existing) == FileType.DIRECTORY) {
      files.setAttributes(existing, attributes(entry));
      paths.touch(existing);
      return false;
    }
    if (target == existing) {
      return false; // a link to itself
    }
    if (isLostAndFound(parent, name)) {
      throw new FormatException(
          "lost+found at the root of an ext4 file system can only be a directory");
    }
    remove(parent, name);
    return true;
  }

  private long linkTarget(TarEntry entry) throws IOException {
    var path = EntryPath.of(entry.linkName());
    var parent = path.isRoot() ? 0 : paths.findDirectory(path.parent());
    var target = parent == 0 ? 0 : files.find(parent, path.name());
    if (target == 0) {
      throw new FormatException(
          "hard link to '" + printable(entry.linkName()) + "', which does not exist");
    }
    if (files.type(target) == FileType.DIRECTORY) {
      throw new FormatException("hard link to the directory '" + printable(entry.linkName()) + "'");
    }
    return target;
  }

  private void createFile(TarEntry entry, long parent, String name, TarReader tar)
      throws IOException {
    try (var content = files.createFile(parent, name, attributes(entry))) {
      tar.content(new Sink(content));
    }
  }

  private record Sink(FileContent content) implements ContentSink {
    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      content.write(bytes, offset, length);
    }

    @Override
    public void hole(long length) throws IOException {
      content.hole(length);
    }
  }

  private void createSpecial(TarEntry entry, long parent, String name, FileType type)
      throws IOException {
    files.createSpecial(
        parent, name, type, entry.deviceMajor(), entry.deviceMinor(), attributes(entry));
  }

  private static Attributes attributes(TarEntry entry) {
    // Linux gives every symbolic link this mode, whatever an archive says.
    var permissions = entry.type() == EntryType.SYMLINK ? 0777 : entry.permissions();
    return new Attributes(
        permissions, entry.uid(), entry.gid(), entry.accessed(), entry.modified(), entry.xattrs());
  }
}
