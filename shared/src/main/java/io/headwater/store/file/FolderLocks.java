package io.headwater.store.file;

import io.headwater.store.StoreException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;

/** Locks of a store's folder, by name, that hold between threads and between processes. */
final class FolderLocks {
  private static final int STRIPES = 64;

  /**
   * A file lock belongs to the whole process, so that all stores of one folder share what threads
   * wait on.
   */
  private static final Map<Path, ReentrantLock[]> LOCKS = new ConcurrentHashMap<>();

  private final Path folder;
  private final Reserve reserve;
  private final ReentrantLock[] locks;

  private FolderLocks(Path folder, Reserve reserve, ReentrantLock[] locks) {
    this.folder = folder;
    this.reserve = reserve;
    this.locks = locks;
  }

  /** The locks of a store, in its folder {@code locks}. */
  static FolderLocks open(Path root, Reserve reserve) throws IOException {
    var folder = Files.createDirectories(root.resolve("locks"));
    return new FolderLocks(
        folder, reserve, LOCKS.computeIfAbsent(folder.toRealPath(), path -> newLocks()));
  }

  private static ReentrantLock[] newLocks() {
    var locks = new ReentrantLock[STRIPES];
    Arrays.setAll(locks, i -> new ReentrantLock());
    return locks;
  }

  /** What is done while nobody else changes the thing. */
  interface Change<T> {
    T run() throws IOException;
  }

  /**
   * Does something under the lock of a name; again with a part of the reserve where the disk is
   * full.
   *
   * @param what is done, for the message when it fails
   */
  <T> T locked(String name, String what, Change<T> change) throws StoreException {
    var stripe = Math.floorMod(name.hashCode(), STRIPES);
    locks[stripe].lock();
    // Opened each time: an interrupt closes the channel that its thread waits on, for everybody.
    try {
      while (true) {
        try (var file = lockFile(stripe);
            var lock = file.lock()) {
          return change.run();
        } catch (IOException e) {
          if (e instanceof StoreException || !Reserve.isFull(e) || !reserve.give()) {
            throw e;
          }
        }
      }
    } catch (StoreException e) {
      throw e;
    } catch (IOException e) {
      throw FileStore.failure(what, e);
    } finally {
      locks[stripe].unlock();
    }
  }

  private FileChannel lockFile(int stripe) throws IOException {
    return FileChannel.open(
        folder.resolve(Integer.toString(stripe)),
        StandardOpenOption.CREATE,
        StandardOpenOption.WRITE);
  }
}
