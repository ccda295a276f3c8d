package io.headwater.proxy.auth;

import io.headwater.fault.Sentence;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a file says, read anew when it has changed. A new version that cannot be read is reported,
 * and the old one holds on.
 */
final class WatchedFile<T> {
  private static final Logger LOG = LoggerFactory.getLogger(WatchedFile.class);

  private final ReentrantLock lock = new ReentrantLock();
  private final Path path;
  private final Reader<T> reader;
  private T content;
  private @Nullable FileTime seen;

  /** Reads a file. */
  interface Reader<T> {
    T read(Path path) throws IOException;
  }

  /** Reads the file for the first time, when it has to be good. */
  WatchedFile(Path path, Reader<T> reader) throws IOException {
    this.path = path;
    this.reader = reader;
    this.seen = Files.getLastModifiedTime(path);
    this.content = reader.read(path);
  }

  T get() {
    lock.lock();
    try {
      try {
        var modified = Files.getLastModifiedTime(path);
        if (!modified.equals(seen)) {
          seen = modified;
          content = reader.read(path);
          LOG.info("{} was read anew", path);
        }
      } catch (IOException | RuntimeException | Error e) {
        // Whatever a new version does to its reader must not be felt by who is asking.
        LOG.warn("{} cannot be read; what it said before holds on: {}", path, Sentence.of(e));
      }
      return content;
    } finally {
      lock.unlock();
    }
  }
}
