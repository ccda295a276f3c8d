package io.headwater.proxy.limit;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Whether bytes go one way fast enough in the mean: what a client has in hand runs out by the least
 * rate while it is waited for, and is filled by what moves. Used on one event loop only.
 */
final class Pace {
  private final double bytesPerNano;
  private final double most;
  private double inHand;
  private final AtomicLong total = new AtomicLong(); // written by the event loop only
  private long seen;

  /**
   * A pace that nobody is behind yet.
   *
   * @param leastRate bytes a second; 0: any will do
   */
  Pace(long leastRate, Duration window) {
    this.bytesPerNano = leastRate / 1e9;
    this.most = bytesPerNano * window.toNanos();
    this.inHand = most;
  }

  /** Bytes that went. */
  void moved(long bytes) {
    total.setRelease(total.getPlain() + bytes);
  }

  /** Bytes that went so far; from any thread. */
  long total() {
    return total.getAcquire();
  }

  /** Begins anew, for another request. */
  void restart() {
    seen = total();
    inHand = most;
  }

  /**
   * Whether the client is behind.
   *
   * @param waited nanoseconds since it was last asked in which it was the client that was waited
   *     for
   */
  boolean isBehind(long waited) {
    // What came is counted whole, and only then cut: pieces may be larger than a window's worth.
    inHand = Math.min(most, inHand - bytesPerNano * waited + (total() - seen));
    seen = total();
    return inHand < 0;
  }
}
