package io.headwater.overlaybd;

import io.headwater.ext4.Attributes;
import io.headwater.ext4.Ext4Writer;
import io.headwater.fault.FormatException;
import io.headwater.fault.LimitException;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Finds directories while a layer is applied, makes those that no entry describes, and remembers
 * what the layer itself has put where: whiteouts hide only what lies below the layer, wherever in
 * it they stand.
 */
final class LayerPaths {
  private static final int MAX_SYMLINKS = 40;

  /** What an entry of a map takes, roughly: node, boxed key, value. */
  private static final int REMEMBERED_BYTES = 96;

  private static final long MAX_KNOWN_BYTES = 16 << 20;

  private record Name(long directory, String name) {}

  private final Ext4Writer files;

  /** Directories by the path that led to them. */
  private final Map<String, Long> known = new HashMap<>();

  private long knownBytes;

  /** Directories of lower layers that an entry describes, or that one goes through. */
  private final Set<Long> described = new HashSet<>();

  private final Map<Long, Instant> passed = new HashMap<>();

  /** New names for files of lower layers. */
  private final Set<Name> links = new HashSet<>();

  LayerPaths(Ext4Writer files) {
    this.files = files;
  }

  /** To be called when something was removed: what was known of paths may be wrong. */
  void forget() {
    known.clear();
    knownBytes = 0;
  }

  /** An entry describes this directory. */
  void touch(long directory) throws LimitException {
    if (described.add(directory)) {
      files.hold(REMEMBERED_BYTES);
    }
  }

  /** An entry gave a file another name. */
  void linked(long directory, String name, long target) throws LimitException {
    if (!files.isNew(target) && links.add(new Name(directory, name))) {
      files.hold(REMEMBERED_BYTES + name.length());
    }
  }

  /** Whether the name, with all that is under it, was made by this layer. */
  boolean isFromThisLayer(long directory, String name, long inode) {
    return files.isNew(inode) || links.contains(new Name(directory, name));
  }

  /** Whether the layer describes this lower directory or has something under it. */
  boolean isTouched(long inode) {
    return described.contains(inode) || passed.containsKey(inode);
  }

  /**
   * A directory that was hidden and made again by nothing but its children has no attributes of its
   * own.
   */
  void hideLowerAttributes(long directory) throws IOException {
    var time = passed.get(directory);
    if (!described.contains(directory) && time != null) {
      files.setAttributes(directory, Attributes.implicitDirectory(time));
    }
  }

  /** The directory at a path; 0 when there is none. */
  long findDirectory(String path) throws IOException {
    return walk(path, null);
  }

  /** The directory at a path. Missing ones are made with 0755, root and the given time. */
  long directory(String path, Instant time) throws IOException {
    var found = known.get(path);
    if (found == null) {
      found = walk(path, time);
      know(path, found);
    }
    return found;
  }

  /** Only a shortcut: it is given up when it gets large. */
  private void know(String path, long directory) {
    knownBytes += REMEMBERED_BYTES + path.length();
    if (knownBytes > MAX_KNOWN_BYTES) {
      forget();
    }
    known.put(path, directory);
  }

  /** Goes along a path, through symbolic links, never above the root. */
  private long walk(String path, @Nullable Instant createWith) throws IOException {
    var way = new ArrayDeque<Long>();
    way.push(Ext4Writer.ROOT);
    var names = new ArrayDeque<>(Arrays.asList(path.split("/")));
    var symlinks = 0;
    while (!names.isEmpty()) {
      var name = names.pop();
      if (name.equals("..")) {
        if (way.size() > 1) {
          way.pop();
        }
        continue;
      }
      if (name.isEmpty() || name.equals(".")) {
        continue;
      }
      var next = files.find(way.element(), name);
      if (next == 0) {
        if (createWith == null) {
          return 0;
        }
        next = files.createDirectory(way.element(), name, Attributes.implicitDirectory(createWith));
      }
      switch (files.type(next)) {
        case DIRECTORY -> way.push(next);
        case SYMLINK -> {
          if (++symlinks > MAX_SYMLINKS) {
            throw new FormatException("too many symbolic links on the way");
          }
          follow(files.readLink(next), names, way);
        }
        default -> {
          if (createWith == null) {
            return 0;
          }
          way.push(replaceFile(way.element(), name, next, createWith));
        }
      }
    }
    if (createWith != null) {
      for (var inode : way) {
        if (!files.isNew(inode) && passed.putIfAbsent(inode, createWith) == null) {
          files.hold(REMEMBERED_BYTES);
        }
      }
    }
    return way.element();
  }

  /**
   * A directory in the place of a lower layer's file: the layer has put something under that name.
   */
  private long replaceFile(long parent, String name, long file, Instant time) throws IOException {
    if (isFromThisLayer(parent, name, file)) {
      throw new FormatException("its parent '" + name + "' is no directory");
    }
    files.remove(parent, name);
    return files.createDirectory(parent, name, Attributes.implicitDirectory(time));
  }

  private static void follow(String target, ArrayDeque<String> names, ArrayDeque<Long> way) {
    if (target.startsWith("/")) {
      while (way.size() > 1) {
        way.pop();
      }
    }
    var parts = target.split("/");
    for (int i = parts.length - 1; i >= 0; i--) {
      names.push(parts[i]);
    }
  }
}
