package io.headwater.store.file;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;

/**
 * Some of the names in one folder, sorted: a folder gives its entries in no order, so that all must
 * be read to have a few. Names are decoded, and those of folders end with {@code /}, which puts
 * them where the documents below them belong.
 *
 * @param modified of the folder, before it was read
 * @param isSettled whether what is changed afterwards gives the folder another time
 * @param from the names begin here
 * @param most names that were wanted
 * @param names all that the folder has from there on, up to {@code most}
 * @param isLast whether there are no more behind them
 */
record FolderWindow(
    FileTime modified,
    boolean isSettled,
    String from,
    int most,
    List<String> names,
    boolean isLast) {
  /**
   * The coarsest clock of a file system (FAT: 2 s): a change right after a reading may leave the
   * folder with the same time.
   */
  private static final Duration TICK = Duration.ofSeconds(3);

  /** Reads a folder; one that is not there has no names. */
  static FolderWindow read(Path folder, String from, int most) throws IOException {
    var first = new PriorityQueue<String>((a, b) -> compareUtf8(b, a));
    var isLast = true;
    var modified = FileTime.fromMillis(0);
    try {
      modified = Files.getLastModifiedTime(folder);
      try (var files = Files.newDirectoryStream(folder)) {
        for (var file : files) {
          isLast &= take(file, from, most, first);
        }
      }
    } catch (NoSuchFileException | NotDirectoryException e) {
      // Nothing was ever put there.
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
    var names = new ArrayList<>(first);
    names.sort(FolderWindow::compareUtf8);
    var isSettled = modified.toInstant().isBefore(Instant.now().minus(TICK));
    return new FolderWindow(modified, isSettled, from, most, names, isLast);
  }

  /** Keeps the least names; false when one is left out that is behind them. */
  private static boolean take(Path file, String from, int most, PriorityQueue<String> first) {
    var name = DocumentFolder.decode(file.getFileName().toString());
    if (compareUtf8(name, from) < 0 && compareUtf8(name + "/", from) < 0) {
      return true;
    }
    var isFull = first.size() == most;
    if (isFull && compareUtf8(name, first.element()) > 0) {
      return false; // and is not even asked whether it is a folder
    }
    var key = Files.isDirectory(file) ? name + "/" : name;
    if (compareUtf8(key, from) < 0) {
      return true;
    }
    first.add(key);
    if (isFull) {
      first.remove();
    }
    return !isFull;
  }

  /** Whether what follows on a position is in it. */
  boolean covers(String position) {
    return compareUtf8(from, position) <= 0
        && (isLast || !names.isEmpty() && compareUtf8(position, names.getLast()) <= 0);
  }

  /** The index of the first name that is not before a position. */
  int index(String position) {
    var low = 0;
    var high = names.size();
    while (low < high) {
      var middle = (low + high) >>> 1;
      if (compareUtf8(names.get(middle), position) < 0) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  int chars() {
    return names.stream().mapToInt(String::length).sum();
  }

  /**
   * Compares as UTF-8 bytes do: as code points. Java compares surrogates as less than U+E000 to
   * U+FFFF, which they are not.
   */
  static int compareUtf8(String one, String other) {
    var length = Math.min(one.length(), other.length());
    for (int i = 0; i < length; i++) {
      var a = one.charAt(i);
      var b = other.charAt(i);
      if (a != b) {
        var bothHigh = a >= Character.MIN_SURROGATE && b >= Character.MIN_SURROGATE;
        if (bothHigh && Character.isSurrogate(a) != Character.isSurrogate(b)) {
          return Character.isSurrogate(a) ? 1 : -1;
        }
        return a - b;
      }
    }
    return one.length() - other.length();
  }
}
