package io.headwater.store.file;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The names of large folders that were read last, kept while the folders do not change: so a page
 * of a listing does not read the whole folder anew. Another process's changes show in the folder's
 * time. Bounded; safe for use by several threads.
 */
final class FolderWindows {
  /** For the first page: most listings have no second. */
  private static final int FIRST = 2000;

  /** Each reading that goes on from the one before wants more, so that there are few. */
  private static final int GROWTH = 8;

  /** Of names in one window: 11 MB where they are digests. */
  private static final int MOST = 100_000;

  /** Smaller folders are read again. */
  private static final int WORTH_KEEPING = 100;

  /** Of all names that are kept, about a byte each. */
  private static final int MAX_CHARS = 24 << 20;

  private final ReentrantLock lock = new ReentrantLock();
  private final Map<Path, FolderWindow> kept = new LinkedHashMap<>(16, 0.75f, true);
  private int keptChars;

  /** The names in a folder from a position on, or some of them. */
  FolderWindow at(Path folder, String position) throws IOException {
    var known = known(folder);
    if (known != null && known.isSettled() && known.covers(position) && isAsItWas(folder, known)) {
      return known;
    }
    var most = FIRST;
    if (known != null) {
      var goesOn =
          !known.names().isEmpty()
              && FolderWindow.compareUtf8(known.names().getLast(), position) < 0;
      most = Math.min(MOST, goesOn ? GROWTH * known.most() : known.most());
    }
    var read = FolderWindow.read(folder, position, most);
    if (read.names().size() >= WORTH_KEEPING || known != null) {
      keep(folder, read);
    }
    return read;
  }

  private static boolean isAsItWas(Path folder, FolderWindow known) throws IOException {
    try {
      return Files.getLastModifiedTime(folder).equals(known.modified());
    } catch (NoSuchFileException e) {
      return false;
    }
  }

  private @Nullable FolderWindow known(Path folder) {
    lock.lock();
    try {
      return kept.get(folder);
    } finally {
      lock.unlock();
    }
  }

  private void keep(Path folder, FolderWindow window) {
    lock.lock();
    try {
      var before = kept.put(folder, window);
      keptChars += window.chars() - (before == null ? 0 : before.chars());
      var oldest = kept.values().iterator();
      while (keptChars > MAX_CHARS) {
        keptChars -= oldest.next().chars();
        oldest.remove();
      }
    } finally {
      lock.unlock();
    }
  }
}
