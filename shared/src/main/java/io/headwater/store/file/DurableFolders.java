package io.headwater.store.file;

import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Folders whose entries survive a loss of power. A file that was forced is lost all the same when
 * its entry was not, or that of a folder above it: each entry is sure once the folder that it is in
 * was forced. Safe for use by several threads.
 */
final class DurableFolders {
  /** A folder costs about 300 bytes to remember. */
  private static final int MOST = 10_000;

  private static final int MOST_MARKED = 1000;

  private final Path root;
  private final ReentrantLock lock = new ReentrantLock();
  private final ReentrantLock settling = new ReentrantLock();
  private final Set<Path> unsettled = ConcurrentHashMap.newKeySet();
  private final Set<Path> marked = ConcurrentHashMap.newKeySet();
  private final Map<Path, Fsyncs> underway = new ConcurrentHashMap<>();

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

  /** Asks the system to make sure of a folder's entries. */
  interface Fsync {
    void of(Path folder) throws IOException;
  }

  private final Fsync fsync;

  DurableFolders(Path root, Fsync fsync) {
    this.root = root;
    this.fsync = fsync;
  }

  /** The folders below a root, which is made when it is missing. */
  static DurableFolders open(Path root) throws IOException {
    makeAll(root.toAbsolutePath());
    return new DurableFolders(root, DurableFolders::fsync);
  }

  private static void makeAll(Path folder) throws IOException {
    var parent = folder.getParent();
    if (parent != null && !Files.isDirectory(folder)) {
      makeAll(parent);
      create(folder);
      fsync(parent);
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

  /** A mark was written in a folder; that is sure once {@link #settleMarks}. */
  void markedIn(Path folder) throws IOException {
    marked.add(folder);
    if (marked.size() > MOST_MARKED) {
      settleMarks();
    }
  }

  /** Makes sure of all marks so far. */
  void settleMarks() throws IOException {
    forceAll(marked);
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
    forceAll(unsettled);
  }

  private void forceAll(Set<Path> changed) throws IOException {
    settling.lock(); // whoever finds nothing to do has waited for who does it
    try {
      for (var folders = changed.iterator(); folders.hasNext(); ) {
        var folder = folders.next();
        folders.remove();
        try {
          force(folder);
        } catch (IOException e) {
          changed.add(folder);
          throw e;
        }
      }
    } finally {
      settling.unlock();
    }
  }

  /**
   * Makes sure of the entries that a folder has now, and of the removal of those that it had. What
   * several ask for at the same time is one fsync, which begins after all of them have asked.
   */
  void force(Path folder) throws IOException {
    var fsyncs =
        underway.compute(
            folder,
            (path, known) -> {
              var mine = known == null ? new Fsyncs() : known;
              mine.users++;
              return mine;
            });
    try {
      fsyncs.cover(folder);
    } finally {
      underway.computeIfPresent(folder, (path, mine) -> --mine.users == 0 ? null : mine);
    }
  }

  /** The fsyncs of one folder that are under way or waited for. */
  private final class Fsyncs {
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition hasEnded = lock.newCondition();

    /** Guarded by the map's entry. */
    private int users;

    private long asked;
    private long covered;
    private long failed;
    private @Nullable IOException failure;
    private boolean isRunning;

    void cover(Path folder) throws IOException {
      lock.lock();
      try {
        var mine = ++asked;
        while (covered < mine) {
          if (mine <= failed) {
            throw new IOException("folder " + folder + " could not be made sure of", failure);
          }
          if (isRunning) {
            hasEnded.awaitUninterruptibly();
          } else {
            run(folder);
          }
        }
      } finally {
        lock.unlock();
      }
    }

    /**
     * One that fails has failed for all whom it covers: the system tells of a lost write once, and
     * a second try would seem to succeed. One whose thread was interrupted says nothing.
     */
    private void run(Path folder) throws IOException {
      var covers = asked;
      IOException fault = null;
      isRunning = true;
      lock.unlock();
      try {
        fsync.of(folder);
      } catch (IOException e) {
        fault = e;
      } finally {
        lock.lock();
        isRunning = false;
        hasEnded.signalAll();
      }
      if (fault == null) {
        covered = Math.max(covered, covers);
        return;
      }
      if (!(fault instanceof ClosedByInterruptException)) {
        failed = covers;
        failure = fault;
      }
      throw fault;
    }
  }

  private static void fsync(Path folder) throws IOException {
    try (var channel = FileChannel.open(folder)) {
      channel.force(true);
    }
  }
}
