package io.headwater.functions.local;

import io.headwater.loop.Loop;
import io.headwater.store.StoreException;
import io.headwater.store.azure.AzureQueue;
import io.headwater.store.azure.AzureQueue.Message;
import java.time.Duration;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Keeps a message invisible until its function has ended. */
final class Lease {
  private static final Logger LOG = LoggerFactory.getLogger(Lease.class);

  private final ReentrantLock lock = new ReentrantLock();
  private final AzureQueue queue;
  private final Duration time;
  private final Loop renewal;
  private Message message;
  private boolean held;
  private boolean ended;

  Lease(AzureQueue queue, Message message, Duration time) {
    this.queue = queue;
    this.message = message;
    this.time = time;
    this.renewal = Loop.startLight("lease", this::renew);
  }

  private Duration renew() {
    lock.lock();
    try {
      if (held && !ended) {
        extend();
      }
      held = true;
      return time.dividedBy(2);
    } finally {
      lock.unlock();
    }
  }

  private void extend() {
    try {
      message = queue.extend(message, time);
    } catch (StoreException e) {
      LOG.warn("{}; it may be delivered a second time", e.getMessage());
    }
  }

  /** The message as it is held now. */
  Message end() {
    lock.lock();
    try {
      ended = true;
      renewal.stop();
      return message;
    } finally {
      lock.unlock();
    }
  }
}
