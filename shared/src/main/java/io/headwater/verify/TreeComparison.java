package io.headwater.verify;

import io.headwater.ext4.Ext4Reader;
import io.headwater.ext4.FileStatus;
import io.headwater.ext4.FileType;
import io.headwater.layer.EntryType;
import io.headwater.oci.Digest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/** Walks a whole file system and compares each file with the expected tree. */
final class TreeComparison {
  /** A broken artifact has differences everywhere; the first ones tell enough. */
  private static final int MAX_DIFFERENCES = 50;

  private static final int READ_BYTES = 1 << 20;

  private final Ext4Reader files;
  private final List<String> differences = new ArrayList<>();
  private final Map<Long, String> hashes = new HashMap<>();
  private final Deque<Pair> pending = new ArrayDeque<>();
  private long count;

  TreeComparison(Ext4Reader files) {
    this.files = files;
  }

  /** One sentence for each difference. */
  List<String> differences() {
    return differences;
  }

  /** Files seen. */
  long count() {
    return count;
  }

  private record Pair(String path, TreeNode expected, FileStatus actual) {}

  /** Compares everything; without recursion, as trees may be very deep. */
  void compare(TreeNode expected) throws IOException {
    pending.push(new Pair("", expected, files.root()));
    while (!pending.isEmpty() && differences.size() < MAX_DIFFERENCES) {
      var directory = pending.pop();
      compareDirectory(directory.path(), directory.expected(), directory.actual());
    }
  }

  private void compareDirectory(String path, TreeNode expected, FileStatus actual)
      throws IOException {
    compareAttributes(path.isEmpty() ? "/" : path, expected, actual);
    var names = new HashMap<String, Long>();
    for (var entry : files.list(actual)) {
      names.put(entry.name(), entry.inode());
    }
    if (path.isEmpty() && !expected.children.containsKey("lost+found")) {
      names.remove("lost+found");
    }
    for (var child : expected.children.entrySet()) {
      var inode = names.remove(child.getKey());
      var childPath = path + "/" + child.getKey();
      if (inode == null) {
        differ(childPath, "is missing");
      } else {
        compareFile(childPath, child.getValue().node(), files.status(inode));
      }
      if (differences.size() >= MAX_DIFFERENCES) {
        return;
      }
    }
    names.keySet().forEach(name -> differ(path + "/" + name, "should not be there"));
  }

  private void compareFile(String path, TreeNode expected, FileStatus actual) throws IOException {
    count++;
    if (!type(expected.type).equals(actual.type())) {
      differ(path, "is a " + actual.type() + ", not a " + expected.type);
    } else if (expected.isDirectory()) {
      pending.push(new Pair(path, expected, actual));
    } else {
      compareAttributes(path, expected, actual);
      same(path, "link count", expected.links, actual.links());
      same(path, "size", expected.size, actual.type().isDevice() ? 0 : actual.sizeBytes());
      same(
          path,
          "device",
          expected.deviceMajor + ":" + expected.deviceMinor,
          actual.deviceMajor() + ":" + actual.deviceMinor());
      if (actual.type() == FileType.SYMLINK) {
        same(path, "link target", expected.linkName, files.readLink(actual));
      } else if (actual.type() == FileType.FILE) {
        same(path, "content", expected.contentHash, hash(actual));
      }
    }
  }

  private static FileType type(EntryType type) {
    return switch (type) {
      case FILE, HARD_LINK -> FileType.FILE;
      case SYMLINK -> FileType.SYMLINK;
      case DIRECTORY -> FileType.DIRECTORY;
      case CHARACTER_DEVICE -> FileType.CHARACTER_DEVICE;
      case BLOCK_DEVICE -> FileType.BLOCK_DEVICE;
      case FIFO -> FileType.FIFO;
    };
  }

  private void compareAttributes(String path, TreeNode expected, FileStatus actual)
      throws IOException {
    same(
        path,
        "mode",
        Integer.toOctalString(expected.permissions),
        Integer.toOctalString(actual.permissions()));
    same(path, "owner", Integer.toUnsignedLong(expected.uid), actual.uid());
    same(path, "group", Integer.toUnsignedLong(expected.gid), actual.gid());
    same(path, "time", Ext4Reader.nearestTime(expected.modified), actual.modified());
    var storable = new HashMap<>(expected.xattrs);
    storable.keySet().removeIf(name -> !Ext4Reader.canStoreXattr(name));
    var found = files.xattrs(actual);
    same(path, "names of extended attributes", storable.keySet(), found.keySet());
    for (var name : storable.keySet()) {
      if (!Arrays.equals(storable.get(name), found.get(name))) {
        differ(path, "has another value in " + name);
      }
    }
  }

  private String hash(FileStatus file) throws IOException {
    var known = file.links() > 1 ? hashes.get(file.inode()) : null;
    if (known != null) {
      return known;
    }
    var digest = Digest.sha256();
    var content = files.content(file);
    var buffer = ByteBuffer.allocate((int) Math.min(READ_BYTES, Math.max(1, file.sizeBytes())));
    for (long at = 0; at < file.sizeBytes(); at += buffer.limit()) {
      buffer.clear().limit((int) Math.min(buffer.capacity(), file.sizeBytes() - at));
      content.read(at, buffer);
      digest.update(buffer.flip());
    }
    var hash = HexFormat.of().formatHex(digest.digest());
    if (file.links() > 1) {
      hashes.put(file.inode(), hash);
    }
    return hash;
  }

  private void same(String path, String what, Object expected, Object actual) {
    if (!expected.equals(actual)) {
      differ(path, what + " is " + actual + ", not " + expected);
    }
  }

  private void differ(String path, String how) {
    differences.add(path + " " + how);
  }
}
