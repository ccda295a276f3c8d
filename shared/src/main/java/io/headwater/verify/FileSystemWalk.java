package io.headwater.verify;

import io.headwater.ext4.Ext4Reader;
import io.headwater.ext4.FileStatus;
import io.headwater.ext4.FileType;
import io.headwater.fault.FormatException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Reads all of a file system by itself: every directory, attribute and byte of content. */
final class FileSystemWalk {
  private static final int MAX_DIFFERENCES = 50;
  private static final int READ_BYTES = 1 << 20;

  /** A directory whose subdirectories are more than its count can say has 1 (dir_nlink). */
  private static final int TOO_MANY_LINKS = 1;

  private record Place(String path, FileStatus directory) {}

  /** Files with several names, by inode. */
  private record Names(String first, long links, int seen) {
    Names oneMore() {
      return new Names(first, links, seen + 1);
    }
  }

  private final Ext4Reader files;
  private final List<String> differences = new ArrayList<>();
  private final Map<Long, Names> names = new HashMap<>();
  private final Set<Long> directories = new HashSet<>();
  private final Deque<Place> waiting = new ArrayDeque<>();
  private final ByteBuffer buffer = ByteBuffer.allocate(READ_BYTES);
  private long count;

  FileSystemWalk(Ext4Reader files) {
    this.files = files;
  }

  /** One sentence for each fault. */
  List<String> differences() {
    return differences;
  }

  /** Files seen. */
  long count() {
    return count;
  }

  void run() throws IOException {
    waiting.push(new Place("", files.root()));
    directories.add(files.root().inode());
    while (!waiting.isEmpty() && differences.size() < MAX_DIFFERENCES) {
      var place = waiting.pop();
      try {
        list(place);
      } catch (FormatException e) {
        differ(place.path() + "/", "cannot be read: " + e.getMessage());
      }
    }
    for (var file : names.values()) {
      if (file.seen() != file.links() && differences.size() < MAX_DIFFERENCES) {
        differ(file.first(), "link count is " + file.links() + ", not " + file.seen());
      }
    }
  }

  private void list(Place place) throws IOException {
    var subdirectories = 0;
    for (var entry : files.list(place.directory())) {
      var path = place.path() + "/" + entry.name();
      count++;
      try {
        var file = files.status(entry.inode());
        if (file.type() == FileType.DIRECTORY) {
          subdirectories++;
          enter(path, file);
        } else {
          read(path, file);
        }
      } catch (FormatException e) {
        differ(path, "cannot be read: " + e.getMessage());
      }
      if (differences.size() >= MAX_DIFFERENCES) {
        return;
      }
    }
    files.xattrs(place.directory());
    var links = place.directory().links();
    if (links != subdirectories + 2 && links != TOO_MANY_LINKS) {
      differ(place.path() + "/", "link count is " + links + ", not " + (subdirectories + 2));
    }
  }

  private void enter(String path, FileStatus directory) {
    if (directories.add(directory.inode())) {
      waiting.push(new Place(path, directory));
    } else {
      differ(path, "is a directory that has another name too");
    }
  }

  private void read(String path, FileStatus file) throws IOException {
    var known = names.get(file.inode());
    if (known != null) {
      names.put(file.inode(), known.oneMore());
      return;
    }
    names.put(file.inode(), new Names(path, file.links(), 1));
    files.xattrs(file);
    if (file.type() == FileType.SYMLINK) {
      files.readLink(file);
    } else if (file.type() == FileType.FILE) {
      var content = files.content(file);
      for (long at = 0; at < file.sizeBytes(); at += buffer.limit()) {
        buffer.clear().limit((int) Math.min(READ_BYTES, file.sizeBytes() - at));
        content.read(at, buffer);
      }
    }
  }

  private void differ(String path, String how) {
    differences.add(path + " " + how);
  }
}
