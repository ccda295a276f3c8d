package io.headwater.proxy.limit;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/** Requests under way, so many and no more: of both servers together. */
public final class Requests {
  private final int most;
  private final AtomicInteger running = new AtomicInteger();
  private final LongAdder refused = new LongAdder();

  /** None yet. */
  public Requests(int most) {
    this.most = most;
  }

  /** Takes a place for a request, to be given back by {@link #end}; false when there is none. */
  public boolean begin() {
    if (running.incrementAndGet() <= most) {
      return true;
    }
    running.decrementAndGet();
    refused.increment();
    return false;
  }

  /** Gives a place back. */
  public void end() {
    running.decrementAndGet();
  }

  /** Requests that were refused so far. */
  public long refused() {
    return refused.sum();
  }
}
