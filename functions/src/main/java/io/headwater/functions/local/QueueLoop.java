package io.headwater.functions.local;

import io.headwater.fault.Sentence;
import io.headwater.store.StoreException;
import io.headwater.store.azure.AzureQueue;
import io.headwater.store.azure.AzureQueue.Message;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The messages of a queue, as the queue trigger delivers them: each is invisible while its function
 * runs, comes again when that fails, and goes to the poison queue after the last try. A message
 * whose host died comes again when its lease is over.
 */
final class QueueLoop {
  private static final Logger LOG = LoggerFactory.getLogger(QueueLoop.class);

  /** An idle queue is looked at more and more seldom. */
  private static final Duration SHORTEST_PAUSE = Duration.ofMillis(100);

  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(1);

  private final String name;
  private final AzureQueue queue;
  private final AzureQueue poison;
  private final HostSettings settings;
  private final Receiver receiver;
  private final Semaphore free;
  private Duration pause = SHORTEST_PAUSE;

  /** Does what a message asks for. */
  interface Receiver {
    void receive(Message message) throws Exception;
  }

  /**
   * A loop.
   *
   * @param name of the queue
   */
  QueueLoop(
      String name, AzureQueue queue, AzureQueue poison, HostSettings settings, Receiver receiver) {
    this.name = name;
    this.queue = queue;
    this.poison = poison;
    this.settings = settings;
    this.receiver = receiver;
    this.free = new Semaphore(settings.atOnce());
  }

  /** A turn of the loop: takes one message, if there is one and room for it. */
  Duration take() throws IOException, InterruptedException {
    free.acquire();
    var taken = false;
    try {
      for (var message : queue.receive(1, settings.lease())) {
        Thread.ofVirtual().name(name).start(() -> deliverAndFree(message));
        taken = true;
      }
    } finally {
      if (!taken) {
        free.release();
      }
    }
    if (taken) {
      pause = SHORTEST_PAUSE;
      return Duration.ZERO;
    }
    var now = pause;
    pause =
        pause.multipliedBy(2).compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : pause.multipliedBy(2);
    return now;
  }

  private void deliverAndFree(Message message) {
    try {
      deliver(message);
    } catch (Throwable e) {
      LOG.warn("A message of '{}' comes again: {}", name, Sentence.of(e));
    } finally {
      free.release();
    }
  }

  private void deliver(Message message) throws IOException {
    if (message.deliveries() > settings.tries()) {
      giveUp(message);
      return;
    }
    var lease = new Lease(queue, message, settings.lease());
    try {
      receiver.receive(message);
      queue.delete(lease.end());
    } catch (StoreException e) {
      throw e;
    } catch (Throwable e) {
      LOG.warn(
          "A message of '{}' failed in try {} of {}: {}",
          name,
          message.deliveries(),
          settings.tries(),
          Sentence.of(e));
      var held = lease.end();
      if (message.deliveries() >= settings.tries()) {
        giveUp(held);
      } else {
        queue.extend(held, settings.retryAfter());
      }
    } finally {
      lease.end();
    }
  }

  private void giveUp(Message message) throws IOException {
    LOG.error("A message of '{}' goes to the poison queue", name);
    poison.send(message.text());
    queue.delete(message);
  }
}
