package io.headwater.source;

import java.util.concurrent.atomic.LongAdder;

/** How much was read of blobs, and in how many ranges. */
public final class Traffic {
  private final LongAdder bytes = new LongAdder();
  private final LongAdder requests = new LongAdder();

  void add(long count) {
    bytes.add(count);
    requests.increment();
  }

  public long bytes() {
    return bytes.sum();
  }

  public long requests() {
    return requests.sum();
  }
}
