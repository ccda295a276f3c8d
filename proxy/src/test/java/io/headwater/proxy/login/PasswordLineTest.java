package io.headwater.proxy.login;

import static org.assertj.core.api.Assertions.assertThat;

import io.headwater.proxy.login.PasswordLine.Outcome;
import io.headwater.proxy.login.PasswordLine.Ticket;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;

/** Whose turn it is. */
class PasswordLineTest {
  private final AtomicLong now = new AtomicLong();
  private final Turns turns = new Turns();
  private final FailureRate rate = new FailureRate(2);
  private final PasswordLine line =
      new PasswordLine(
          new LoginOptions(2, 1, 32, Duration.ofHours(1), List.of()), rate, now::get, turns);
  private final List<String> checked = new ArrayList<>();
  private final List<String> answers = new ArrayList<>();

  /** Runs one piece of work when it is told to. */
  private static final class Turns extends AbstractExecutorService {
    private final Deque<Runnable> begun = new ArrayDeque<>();

    @Override
    public void execute(Runnable work) {
      begun.add(work);
    }

    @Override
    public void shutdown() {
      begun.clear();
    }

    @Override
    public List<Runnable> shutdownNow() {
      begun.clear();
      return List.of();
    }

    @Override
    public boolean isShutdown() {
      return false;
    }

    @Override
    public boolean isTerminated() {
      return false;
    }

    @Override
    public boolean awaitTermination(long timeout, TimeUnit unit) {
      return true;
    }
  }

  @AfterEach
  void close() {
    line.close();
  }

  private Disposable ask(String address, String user, String password) {
    var name = address + " " + user + " " + password;
    return line.check(
            new Ticket(address, user, password),
            () -> {
              checked.add(name);
              return password.startsWith("right");
            })
        .map(Outcome::kind)
        .subscribe(
            kind -> answers.add(name + " " + kind), e -> answers.add(name + " " + e.getMessage()));
  }

  /** Runs what was begun, and what begins after it. */
  private void runAll() {
    while (!turns.begun.isEmpty()) {
      assertThat(turns.begun).hasSize(1); // never more at once than the bound
      turns.begun.remove().run();
    }
  }

  @Test
  void addressesTakeTurnsHoweverManyOneHasWaiting() {
    for (int i = 0; i < 3; i++) {
      ask("flood", "user" + i, "x");
    }
    ask("good", "alice", "right");
    runAll();
    assertThat(checked.subList(0, 2)).containsExactly("flood user0 x", "good alice right");
    assertThat(answers).contains("good alice right RIGHT");
  }

  @Test
  void usersOfOneAddressTakeTurns() {
    ask("nat", "ci", "x1");
    ask("nat", "ci", "right2");
    ask("nat", "ci", "right3");
    ask("nat", "alice", "right");
    runAll();
    assertThat(checked)
        .containsExactly("nat ci x1", "nat ci right2", "nat alice right", "nat ci right3");
  }

  @Test
  void slowedAddressWaitsWithOneUserAndServesTheOthers() {
    ask("nat", "ci", "x1");
    ask("nat", "ci", "x2");
    runAll();
    assertThat(rate.isSlowed("nat")).isTrue();
    ask("nat", "ci", "x3");
    ask("nat", "alice", "x4");
    ask("nat", "bob", "right");
    runAll();
    assertThat(checked).doesNotContain("nat ci x3");
    assertThat(answers).contains("nat alice x4 SLOWED", "nat bob right RIGHT");
    assertThat(line.waiting()).isEqualTo(1);
    now.addAndGet(TimeUnit.HOURS.toNanos(1));
    ask("other", "carol", "right"); // anything that moves the line
    runAll();
    assertThat(answers).contains("nat ci x3 SLOWED");
  }

  @Test
  void afterThePauseTheLineMovesByItself() throws Exception {
    var quick =
        new PasswordLine(new LoginOptions(1, 1, 32, Duration.ofMillis(20), List.of()), rate);
    try (quick) {
      for (int i = 0; i < 4; i++) {
        var outcome =
            quick
                .check(new Ticket("nat", "ci", "x" + i), () -> false)
                .block(Duration.ofSeconds(30));
        assertThat(outcome).isNotNull();
      }
    }
  }

  @Test
  void addressesThatFailedGetOneTurnOfFour() {
    rate.failed("bad1");
    rate.failed("bad2");
    for (int i = 0; i < 4; i++) {
      ask("bad1", "u" + i, "x");
      ask("bad2", "u" + i, "x");
    }
    for (int i = 0; i < 6; i++) {
      ask("good" + i, "alice", "right");
    }
    runAll();
    var good = checked.stream().filter(name -> name.startsWith("good")).toList();
    assertThat(good).hasSize(6);
    assertThat(checked.indexOf("good5 alice right")).isLessThan(10);
    assertThat(checked).hasSize(14); // and nobody starves
  }

  @Test
  void addressThatFailedGetsItsTurnHoweverManyOthersWait() {
    ask("blocker", "b", "right");
    rate.failed("bad");
    ask("bad", "alice", "right");
    for (int i = 0; i < 20; i++) {
      ask("good" + i, "alice", "right");
    }
    runAll();
    assertThat(checked).hasSize(22);
    assertThat(checked.indexOf("bad alice right")).isLessThanOrEqualTo(4);
  }

  @Test
  void slowedAddressHasOneCheckAtOnceAndOthersHaveTheRest() {
    var two = new LoginOptions(2, 2, 32, Duration.ofHours(1), List.of());
    try (var wide = new PasswordLine(two, rate, now::get, turns)) {
      rate.failed("nat");
      rate.failed("nat");
      for (var user : List.of("ci", "alice")) {
        wide.check(new Ticket("nat", user, "x"), () -> false).subscribe();
      }
      assertThat(turns.begun).hasSize(1);
      wide.check(new Ticket("other", "carol", "x"), () -> false).subscribe();
      assertThat(turns.begun).hasSize(2);
    }
  }

  @Test
  void samePasswordOfTheSameUserIsCheckedOnceForAllWhoSentIt() {
    ask("blocker", "b", "right");
    for (int i = 0; i < 100; i++) {
      ask("nat", "alice", "right");
    }
    assertThat(line.waiting()).isEqualTo(1);
    runAll();
    assertThat(checked).containsExactly("blocker b right", "nat alice right");
    assertThat(answers).hasSize(101).doesNotContain("nat alice right FULL");
  }

  @Test
  void eachWhoSentAWrongOneIsCounted() {
    for (int i = 0; i < 5; i++) {
      ask("nat", "alice", "x");
    }
    runAll();
    assertThat(checked).hasSize(1);
    assertThat(answers.stream().filter(a -> a.endsWith("WRONG")).count()).isEqualTo(2);
    assertThat(answers.stream().filter(a -> a.endsWith("SLOWED")).count()).isEqualTo(3);
    assertThat(rate.failures()).isEqualTo(5);
  }

  @Test
  void whoHasMostWaitingGivesWayWhenTheLineIsFull() {
    ask("blocker", "b", "right");
    rate.failed("bad");
    for (int address = 0; address < 4; address++) {
      for (int i = 0; i < 8; i++) {
        ask(address == 0 ? "bad" : "flood" + address, "u" + i, "x");
      }
    }
    assertThat(line.waiting()).isEqualTo(32);
    ask("good", "alice", "right");
    assertThat(line.waiting()).isEqualTo(32);
    assertThat(answers).containsExactly("bad u7 x FULL");
    assertThat(line.refused()).isEqualTo(1);
    runAll();
    assertThat(answers).contains("good alice right RIGHT");
  }

  @Test
  void oneAddressHasAQuarterAndOneUserThereASixteenth() {
    ask("blocker", "b", "right");
    for (int i = 0; i < 10; i++) {
      ask("nat", "ci", "x" + i);
    }
    assertThat(line.waiting()).isEqualTo(2);
    for (int i = 0; i < 10; i++) {
      ask("nat", "user" + i, "x");
    }
    assertThat(line.waiting()).isEqualTo(8);
    ask("nat", "alice", "right"); // one of ci's two gives way
    runAll();
    assertThat(answers).contains("nat ci x1 FULL");
  }

  @Test
  void whoGoesAwayLeavesTheLine() {
    ask("blocker", "b", "right");
    var gone = ask("nat", "alice", "x");
    var one = ask("nat", "bob", "right");
    var other = ask("nat", "bob", "right");
    gone.dispose();
    one.dispose();
    assertThat(line.waiting()).isEqualTo(1);
    runAll();
    assertThat(checked).containsExactly("blocker b right", "nat bob right");
    assertThat(other.isDisposed()).isTrue();
    assertThat(line.waiting()).isZero();
  }

  @Test
  void checkThatThrowsIsAnErrorForItsAskerAlone() {
    line.check(
            new Ticket("a", "u", "p"),
            () -> {
              throw new StackOverflowError("deep");
            })
        .subscribe(o -> answers.add("none"), e -> answers.add(e.getMessage()));
    ask("good", "alice", "right");
    runAll();
    assertThat(answers).containsExactly("deep", "good alice right RIGHT");
  }
}
