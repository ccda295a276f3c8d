package io.headwater.loop;

import io.headwater.fault.Sentence;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A turn that is taken again and again on a thread of its own, until it is closed. Whatever a turn
 * throws, an {@link Error} too, is logged and remembered, and the next turn comes: what one item
 * does to it must not be felt by the others. After a failure the pause doubles, up to {@link
 * #LONGEST_PAUSE}, until a turn goes well. It ends by itself only if not even its failure can be
 * noted, as when there is no memory left; {@link #hasEnded} says so then.
 */
public final class Loop implements AutoCloseable {
  /** The pause after the first turn that fails. */
  static final Duration FIRST_PAUSE = Duration.ofSeconds(1);

  /** The longest pause after turns that fail. */
  static final Duration LONGEST_PAUSE = Duration.ofSeconds(10);

  private static final Duration CLOSING = Duration.ofSeconds(10);
  private static final Logger LOG = LoggerFactory.getLogger(Loop.class);

  private final String name;
  private final Turn turn;
  private final Thread thread;
  private volatile @Nullable Throwable lastFailure;
  private volatile boolean closed;

  /** One turn. */
  public interface Turn {
    /**
     * Takes it.
     *
     * @return how long to wait until the next one
     * @throws InterruptedException if the loop was closed meanwhile
     */
    Duration take() throws Exception;
  }

  private Loop(String name, Turn turn, Thread.Builder threads) {
    this.name = name;
    this.turn = turn;
    this.thread = threads.name(name).unstarted(this::run);
  }

  /**
   * Starts a loop on a thread of the system's, which does not keep the process from ending.
   *
   * @param name for the log and for {@link Loops}
   */
  public static Loop start(String name, Turn turn) {
    return started(new Loop(name, turn, Thread.ofPlatform().daemon()));
  }

  /** Starts a loop on a virtual thread: one of many that do little but wait. */
  public static Loop startLight(String name, Turn turn) {
    return started(new Loop(name, turn, Thread.ofVirtual()));
  }

  private static Loop started(Loop loop) {
    loop.thread.start();
    return loop;
  }

  private void run() {
    try {
      var afterFailure = FIRST_PAUSE;
      while (!closed) {
        Duration pause;
        try {
          pause = turn.take();
          afterFailure = FIRST_PAUSE;
        } catch (Throwable e) {
          if (closed) {
            return;
          }
          pause = afterFailure;
          note(e, pause);
          afterFailure = min(afterFailure.multipliedBy(2), LONGEST_PAUSE);
        }
        rest(pause);
      }
    } finally {
      if (!closed) {
        LOG.error("The loop '{}' has ended; start the process anew", name);
      }
    }
  }

  private void rest(Duration pause) {
    try {
      Thread.sleep(pause);
    } catch (InterruptedException e) {
      // Closed; or something inside of a turn has interrupted its own thread, and the next turn
      // comes early.
    }
  }

  private void note(Throwable failure, Duration pause) {
    lastFailure = failure;
    var sentence = Sentence.of(failure);
    if (failure instanceof IOException) {
      LOG.warn("{}: {}; it goes on in {} s", name, sentence, pause.toSeconds());
    } else {
      LOG.error("{}: {}; it goes on in {} s", name, sentence, pause.toSeconds(), failure);
    }
  }

  private static Duration min(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? one : other;
  }

  public String name() {
    return name;
  }

  /** What the last turn that failed has thrown; empty when none has failed. */
  public Optional<Throwable> lastFailure() {
    return Optional.ofNullable(lastFailure);
  }

  /** Whether there are no turns any more although nobody has closed it. */
  public boolean hasEnded() {
    return !closed && !thread.isAlive();
  }

  /** Interrupts the turn; no other one comes. Does not wait. */
  public void stop() {
    closed = true;
    thread.interrupt();
  }

  /** As {@link #stop}, and waits a while for the turn's end. */
  @Override
  public void close() {
    stop();
    try {
      thread.join(CLOSING);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
