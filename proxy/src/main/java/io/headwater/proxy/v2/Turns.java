package io.headwater.proxy.v2;

import io.headwater.registry.ErrorCode;
import io.headwater.registry.RegistryException;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/**
 * So many of a kind of work are done at the same time, since each holds memory meanwhile. Others
 * wait, with what they bring at the client.
 */
final class Turns {
  /** Work whose turn does not come within it is refused. */
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final Semaphore free;
  private final String refusal;
  private final LongAdder refused = new LongAdder();

  /**
   * All of them free.
   *
   * @param refusal what a client is told whose turn does not come
   */
  Turns(int most, String refusal) {
    this.free = new Semaphore(most, true);
    this.refusal = refusal;
  }

  long refused() {
    return refused.sum();
  }

  /** One worker's, from its wait to its end; the two may come in either order, from any threads. */
  final class Turn {
    private boolean isTaken;
    private boolean hasEnded;

    /** Takes it if that needs no waiting. */
    boolean tryNow() {
      // The untimed tryAcquire would pass those who wait.
      try {
        if (!free.tryAcquire(0, TimeUnit.SECONDS)) {
          return false;
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return false;
      }
      took();
      return true;
    }

    /** Waits until it is its turn. */
    void await() throws InterruptedException {
      if (!free.tryAcquire(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
        refused.increment();
        throw new RegistryException(ErrorCode.UNAVAILABLE, refusal);
      }
      took();
    }

    private synchronized void took() {
      isTaken = !hasEnded;
      if (hasEnded) {
        free.release();
      }
    }

    synchronized void end() {
      hasEnded = true;
      if (isTaken) {
        isTaken = false;
        free.release();
      }
    }
  }
}
