package io.headwater.functions.local;

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
  private final Thread renewal;
  private Message message;
  private boolean ended;

  Lease(AzureQueue queue, Message message, Duration time) {
    this.queue = queue;
    this.message = message;
    this.time = time;
    this.renewal = Thread.ofVirtual().name("lease").start(this::renew);
  }

  private void renew() {
    try {
      while (true) {
        Thread.sleep(time.dividedBy(2));
        renewOnce();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // ended
    }
  }

  private void renewOnce() {
    lock.lock();
    try {
      if (ended) {
        return;
      }
      try {
        message = queue.extend(message, time);
      } catch (StoreException e) {
        LOG.warn("{}; it may be delivered a second time", e.getMessage());
      }
    } finally {
      lock.unlock();
    }
  }

  /** The message as it is held now. */
  Message end() {
    lock.lock();
    try {
      ended = true;
      renewal.interrupt();
      return message;
    } finally {
      lock.unlock();
    }
  }
}
