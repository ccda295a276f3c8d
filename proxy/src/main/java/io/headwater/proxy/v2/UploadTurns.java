package io.headwater.proxy.v2;

import io.headwater.registry.ErrorCode;
import io.headwater.registry.RegistryException;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/**
 * So many uploads are written to the store at the same time: each holds buffers on the way to a far
 * one. Others wait, with their bytes at the client.
 */
final class UploadTurns {
  /** An upload whose turn does not come within it is refused. */
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final Semaphore free;
  private final LongAdder refused = new LongAdder();

  UploadTurns(int most) {
    this.free = new Semaphore(most, true);
  }

  long refused() {
    return refused.sum();
  }

  /** One upload's, from its wait to its end; the two may come in either order, from any threads. */
  final class Turn {
    private boolean isTaken;
    private boolean hasEnded;

    /** Waits until it is its turn. */
    void await() throws InterruptedException {
      if (!free.tryAcquire(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
        refused.increment();
        throw new RegistryException(
            ErrorCode.UNAVAILABLE,
            "too many uploads are being written (max-uploads): send this part again later");
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
