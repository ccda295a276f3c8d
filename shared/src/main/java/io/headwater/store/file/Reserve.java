package io.headwater.store.file;

import io.headwater.store.StoreException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Room on the disk that is kept for documents. Deleting an image frees room, but first writes down
 * what is deleted; who logs in first makes a key: both must work on a full disk. So a few files
 * take up room, and one after the other is given up when a document finds none. Until they are
 * there again no content is taken, which would fill what was freed. Safe for use by several threads
 * and processes.
 */
final class Reserve {
  /** In {@code reserve}; of a small disk, a part. */
  static final long BYTES = 1 << 20;

  private static final int PARTS = 4;
  private static final int LEAST_PART_OF_DISK = 64;

  private final Path folder;
  private final long partBytes;
  private final ReentrantLock lock = new ReentrantLock();
  private volatile boolean isWhole;

  private Reserve(Path folder, long partBytes) {
    this.folder = folder;
    this.partBytes = partBytes;
  }

  /** The reserve of a store, which is made where it is missing, if there is room. */
  static Reserve open(Path root, long bytes) throws IOException {
    var folder = Files.createDirectories(root.resolve("reserve"));
    var total = Files.getFileStore(root).getTotalSpace();
    var reserve = new Reserve(folder, Math.min(bytes, total / LEAST_PART_OF_DISK) / PARTS);
    reserve.restore();
    return reserve;
  }

  private Path part(int number) {
    return folder.resolve(Integer.toString(number));
  }

  /** Gives up a part; false when there is none. */
  boolean give() throws IOException {
    lock.lock();
    try {
      isWhole = false;
      for (int i = 0; i < PARTS; i++) {
        if (Files.deleteIfExists(part(i))) {
          return true;
        }
      }
      return false;
    } finally {
      lock.unlock();
    }
  }

  /** Takes room again for what is missing, as far as there is some; true when nothing is. */
  boolean restore() throws IOException {
    lock.lock();
    try {
      for (int i = 0; i < PARTS; i++) {
        if (!hasPart(i) && !make(i)) {
          isWhole = false;
          return false;
        }
      }
      isWhole = true;
      return true;
    } finally {
      lock.unlock();
    }
  }

  private boolean hasPart(int number) throws IOException {
    try {
      return Files.size(part(number)) >= partBytes;
    } catch (NoSuchFileException e) {
      return false;
    }
  }

  private boolean make(int number) throws IOException {
    var noise = new byte[(int) partBytes]; // which no file system makes smaller
    new Random(number).nextBytes(noise);
    try {
      Files.write(part(number), noise);
      return true;
    } catch (IOException e) {
      Files.deleteIfExists(part(number));
      if (isFull(e)) {
        return false;
      }
      throw e;
    }
  }

  /**
   * Lets content be written only while all of the reserve is there.
   *
   * @throws StoreException if the disk is full
   */
  void requireRoom() throws StoreException {
    try {
      if (!isWhole && !restore()) {
        throw new StoreException(
            "the disk of "
                + folder.getParent()
                + " is full; delete images and collect garbage, or"
                + " give it more room",
            true,
            new IOException("No space left on device"));
      }
    } catch (StoreException e) {
      throw e;
    } catch (IOException e) {
      throw FileStore.failure("cannot reserve room in " + folder, e);
    }
  }

  /** Whether that is what went wrong. */
  static boolean isFull(IOException e) {
    var message = String.valueOf(e.getMessage());
    return message.contains("No space left") || message.contains("Disk quota exceeded");
  }
}
