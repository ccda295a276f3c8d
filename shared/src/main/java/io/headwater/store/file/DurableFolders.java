package io.headwater.store.file;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Folders whose entries survive a loss of power. A file that was forced is lost all the same when
 * its entry was not, or that of a folder above it: each entry is sure once the folder that it is in
 * was forced. Safe for use by several threads.
 */
final class DurableFolders {
  /** A folder costs about 300 bytes to remember. */
  private static final int MOST = 10_000;

  private final Path root;
  private final ReentrantLock lock = new ReentrantLock();
  private final ReentrantLock settling = new ReentrantLock();
  private final Set<Path> unsettled = ConcurrentHashMap.newKeySet();

  /**
   * Those whose way from the root this process has forced: it may be another one that made them.
   */
  private final Map<Path, Boolean> known =
      new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Path, Boolean> eldest) {
          return size() > MOST;
        }
      };

  private DurableFolders(Path root) {
    this.root = root;
  }

  /** The folders below a root, which is made when it is missing. */
  static DurableFolders open(Path root) throws IOException {
    makeAll(root.toAbsolutePath());
    return new DurableFolders(root);
  }

  private static void makeAll(Path folder) throws IOException {
    var parent = folder.getParent();
    if (parent != null && !Files.isDirectory(folder)) {
      makeAll(parent);
      create(folder);
      force(parent);
    }
  }

  private static void create(Path folder) throws IOException {
    try {
      Files.createDirectory(folder);
    } catch (FileAlreadyExistsException e) {
      if (!Files.isDirectory(folder)) {
        throw e;
      }
    }
  }

  /** Makes a folder and those above it, where they are missing, and makes sure that they stay. */
  Path make(Path folder) throws IOException {
    var parent = folder.getParent();
    if (parent == null || folder.equals(root) || isKnown(folder) && Files.isDirectory(folder)) {
      return folder;
    }
    make(parent);
    create(folder);
    force(parent);
    lock.lock();
    try {
      known.put(folder, true);
    } finally {
      lock.unlock();
    }
    return folder;
  }

  private boolean isKnown(Path folder) {
    lock.lock();
    try {
      return known.get(folder) != null;
    } finally {
      lock.unlock();
    }
  }

  /** Something was removed from a folder; that is sure once {@link #settle} or later. */
  void removedFrom(Path folder) {
    unsettled.add(folder);
  }

  /**
   * Makes sure of all removals so far. Called before any other change is made sure: a later change
   * never outlives a loss of power that an earlier removal does not. Many removals are one fsync
   * so.
   */
  void settle() throws IOException {
    settling.lock(); // whoever finds nothing to do has waited for who does it
    try {
      for (var folders = unsettled.iterator(); folders.hasNext(); ) {
        var folder = folders.next();
        folders.remove();
        try {
          force(folder);
        } catch (IOException e) {
          unsettled.add(folder);
          throw e;
        }
      }
    } finally {
      settling.unlock();
    }
  }

  /** Makes sure of the entries that a folder has now, and of the removal of those that it had. */
  static void force(Path folder) throws IOException {
    try (var channel = FileChannel.open(folder)) {
      channel.force(true);
    }
  }
}
