package io.headwater.loop;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** The loops that a process cannot do without. Safe for use by several threads. */
public final class Loops {
  private final List<Loop> loops = new CopyOnWriteArrayList<>();

  /** Adds one; gives it back. */
  public Loop add(Loop loop) {
    loops.add(loop);
    return loop;
  }

  /** A sentence for each that has ended; empty when all go on or were closed. */
  public List<String> faults() {
    return loops.stream()
        .filter(Loop::hasEnded)
        .map(loop -> "the loop '" + loop.name() + "' has ended; the log says why")
        .toList();
  }
}
