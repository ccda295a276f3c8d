package io.headwater.loop;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class LoopTest {
  private static Duration raise(Throwable failure) throws Exception {
    if (failure instanceof Error error) {
      throw error;
    }
    throw (Exception) failure;
  }

  @Test
  void nextTurnComesWhateverOneThrows() throws Exception {
    var thrown =
        List.of(
            new StackOverflowError(),
            new AssertionError("a"),
            new IOException("b"),
            // Of something inside of the turn: nobody has closed the loop.
            new InterruptedException());
    var turns = new AtomicInteger();
    var allTaken = new CountDownLatch(1);
    try (var loop =
        Loop.start(
            "test",
            () -> {
              var turn = turns.getAndIncrement();
              if (turn == thrown.size()) {
                allTaken.countDown();
                return Duration.ofDays(1);
              }
              // So that the test need not wait out the pause.
              Thread.currentThread().interrupt();
              return raise(thrown.get(turn));
            })) {
      assertThat(allTaken.await(60, TimeUnit.SECONDS)).isTrue();
      assertThat(loop.hasEnded()).isFalse();
      assertThat(loop.lastFailure()).containsSame(thrown.getLast());
    }
  }

  /** A failure that cannot even be noted, as when there is no memory. */
  private static final class Unspeakable extends IOException {
    @Override
    public String getMessage() {
      throw new OutOfMemoryError("made up by a test");
    }
  }

  @Test
  void loopThatEndsAllTheSameIsSaid() throws Exception {
    var loops = new Loops();
    var lasting = loops.add(Loop.start("lasting", () -> Duration.ofDays(1)));
    var ending =
        loops.add(
            Loop.start(
                "ending",
                () -> {
                  throw new Unspeakable();
                }));
    while (!ending.hasEnded()) {
      Thread.sleep(5);
    }
    assertThat(loops.faults()).containsExactly("the loop 'ending' has ended; the log says why");
    lasting.close();
    assertThat(loops.faults()).hasSize(1);
  }

  @Test
  void itemThatBreaksIsNotedAndTheNextOneIsServed() throws Exception {
    var items = new Items("thing");
    var served = new ArrayList<String>();
    for (var item : List.of("a", "b", "c")) {
      var went =
          items.serve(
              item,
              () -> {
                if (item.equals("b")) {
                  throw new StackOverflowError();
                }
                served.add(item);
              });
      assertThat(went).isEqualTo(!item.equals("b"));
    }
    assertThat(served).containsExactly("a", "c");
  }
}
