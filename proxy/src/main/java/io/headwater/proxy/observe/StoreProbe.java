package io.headwater.proxy.observe;

import io.headwater.fault.Sentence;
import io.headwater.store.Condition;
import io.headwater.store.ContentStore;
import java.io.IOException;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether the store takes writes: a small document is written, at most once in {@link #EVERY}
 * however many ask, and whoever asks in between gets what came of the last time. Who goes away does
 * not stop a write that others wait for.
 */
final class StoreProbe {
  /** The document; it is written over each time. */
  static final String DOCUMENT = "ready";

  /** At most one write in so long. */
  static final Duration EVERY = Duration.ofSeconds(10);

  /** More than what is left in the last block of a file. */
  private static final int BYTES = 16 * 1024;

  private static final Logger LOG = LoggerFactory.getLogger(StoreProbe.class);

  private final ReentrantLock lock = new ReentrantLock();
  private final ContentStore store;
  private @Nullable CompletableFuture<Optional<String>> last;
  private long begun;

  StoreProbe(ContentStore store) {
    this.store = store;
  }

  /** A sentence about why the store takes no writes; empty when it does. */
  CompletableFuture<Optional<String>> ask() {
    lock.lock();
    try {
      var now = System.nanoTime();
      var known = last;
      if (known != null && (!known.isDone() || now - begun < EVERY.toNanos())) {
        return known;
      }
      var asked = new CompletableFuture<Optional<String>>();
      begun = now;
      last = asked;
      Thread.ofVirtual().name("probe").start(() -> asked.complete(write()));
      return asked;
    } finally {
      lock.unlock();
    }
  }

  private Optional<String> write() {
    try {
      store.put(DOCUMENT, new byte[BYTES], "application/octet-stream", Condition.ALWAYS);
      store.stage(0).close(); // a document may have had the room that is kept for deletions
      return Optional.empty();
    } catch (IOException | RuntimeException | Error e) {
      LOG.warn("The store takes no writes: {}", Sentence.of(e));
      return Optional.of(sentence(e));
    }
  }

  /** What anybody may know: paths and addresses stay in the log. */
  private static String sentence(Throwable failure) {
    for (var cause = failure; cause != null; cause = cause.getCause()) {
      var message = String.valueOf(cause.getMessage()).toLowerCase(Locale.ROOT);
      if (message.contains("no space left") || message.contains("quota exceeded")) {
        return "the store is full";
      }
      if (message.contains("read-only file system")) {
        return "the store is read-only";
      }
    }
    return "the store takes no writes; the log says why";
  }
}
