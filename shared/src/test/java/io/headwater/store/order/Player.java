package io.headwater.store.order;

import io.headwater.store.ContentStore;
import io.headwater.store.Fingerprint;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/** An operation on a thread of its own, which stops before each call on its store. */
final class Player {
  private final int number;

  /** Ends the thread of an order that is not gone on with. */
  private static final class Abandoned extends Error {
    private static final long serialVersionUID = 1;

    Abandoned() {
      super("this order is not gone on with", null, false, false);
    }
  }

  private final Semaphore turn = new Semaphore(0);
  private final Semaphore stopped = new Semaphore(0);
  private volatile @Nullable Call next;
  private volatile @Nullable Throwable failure;
  private volatile boolean isAbandoned;
  private volatile long history;

  Player(int number) {
    this.number = number;
  }

  /** Its place among the operations. */
  int number() {
    return number;
  }

  /** Begins, and waits until it stops before its first call, or is over. */
  void begin(Operation.Work work, Semantics semantics, Scene scene, ContentStore store) {
    Thread.ofVirtual()
        .start(
            () -> {
              try {
                work.run(new SteppedStore(store, semantics, scene, this));
              } catch (Throwable e) {
                failure = e;
              } finally {
                next = null;
                stopped.release();
              }
            });
    stopped.acquireUninterruptibly();
  }

  /** To be called by the operation before a call: waits for its turn. */
  void stop(Call call) {
    if (isAbandoned) {
      throw new Abandoned();
    }
    next = call;
    stopped.release();
    turn.acquireUninterruptibly();
    if (isAbandoned) {
      throw new Abandoned();
    }
  }

  /** To be called by the operation with what a call answered. */
  void learn(long print) {
    history = history * 31 + Fingerprint.of(Long.toHexString(print));
  }

  /** Lets it make its call and go on to the next. */
  void step() {
    turn.release();
    stopped.acquireUninterruptibly();
  }

  void abandon() {
    isAbandoned = true;
    if (next != null) {
      step();
    }
  }

  /** The call that it stops before; empty when it is over. */
  Optional<Call> next() {
    return Optional.ofNullable(next);
  }

  /** How it ended; empty when that was well. */
  Optional<Throwable> failure() {
    return Optional.ofNullable(failure);
  }

  /** Everything that it was told so far, as a number: what it does next follows from that. */
  long history() {
    return history;
  }
}
