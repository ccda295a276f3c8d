package io.headwater.proxy.limit;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/** Bytes of memory that may be taken for something: never waits, never takes more. */
public final class MemoryBudget {
  private final long most;
  private final AtomicLong taken = new AtomicLong();
  private final LongAdder refused = new LongAdder();

  /** Nothing taken yet. */
  public MemoryBudget(long most) {
    this.most = most;
  }

  /** Takes so many bytes, to be given back; false when there is no room for them. */
  public boolean take(long bytes) {
    if (taken.addAndGet(bytes) <= most) {
      return true;
    }
    taken.addAndGet(-bytes);
    refused.increment();
    return false;
  }

  /** Gives bytes back. */
  public void giveBack(long bytes) {
    taken.addAndGet(-bytes);
  }

  /** Bytes that are taken now. */
  public long taken() {
    return taken.get();
  }

  /** How often there was no room. */
  public long refused() {
    return refused.sum();
  }
}
