package io.headwater.proxy.login;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;

/**
 * The line in which checks of passwords wait: whether a password is right costs a tenth of a second
 * of a processor, so that only few are checked at once. Whose turn it is:
 *
 * <ul>
 *   <li>addresses take turns, and those from which nothing failed lately get three turns of four;
 *   <li>in an address its users take turns, whether there are such users or not;
 *   <li>an address that is slowed ({@link FailureRate}) has one check at once, and one for the same
 *       user only after a pause.
 * </ul>
 *
 * <p>So a right password gets its turn whatever others send. Where the line is full, who has most
 * waiting gives way. Safe for use by several threads; never blocks.
 */
public final class PasswordLine implements AutoCloseable {
  private final int atOnce;
  private final FailureRate rate;
  private final LongSupplier nanos;
  private final ExecutorService workers;
  private final ScheduledExecutorService alarm =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("log-in pauses").factory());
  private final LongAdder refused = new LongAdder();

  /** Guards all below; held for moves in memory only. */
  private final Object lock = new Object();

  private final WaitingChecks waiting;
  private int running;
  private @Nullable ScheduledFuture<?> wake;

  /**
   * What became of a check.
   *
   * @param retryAfterSeconds when the next one may be wrong, or when there may be room
   */
  public record Outcome(Kind kind, long retryAfterSeconds) {
    private static final Outcome RIGHT = new Outcome(Kind.RIGHT, 0);
    private static final Outcome FULL = new Outcome(Kind.FULL, 5);

    /** What it may be. */
    public enum Kind {
      RIGHT,
      /** Wrong, and counted as such. */
      WRONG,
      /** Wrong, and more often so than the address may. */
      SLOWED,
      /** It was not made: too many wait. */
      FULL
    }
  }

  /**
   * Who asks for a check of what.
   *
   * @param address whose turn it takes
   * @param user whose turn it takes there
   * @param secret stands for the password: who waits for the same is served by one check
   */
  public record Ticket(String address, String user, String secret) {}

  /** A line of some bounds. */
  public PasswordLine(LoginOptions options, FailureRate rate) {
    this(
        options,
        rate,
        System::nanoTime,
        Executors.newFixedThreadPool(
            options.checksAtOnce(), Thread.ofPlatform().daemon().name("log-in ", 0).factory()));
  }

  PasswordLine(
      LoginOptions options, FailureRate rate, LongSupplier nanos, ExecutorService workers) {
    this.atOnce = options.checksAtOnce();
    this.rate = rate;
    this.nanos = nanos;
    this.workers = workers;
    this.waiting = new WaitingChecks(options.waiting(), options.pause(), rate);
  }

  /**
   * Has a password checked.
   *
   * @param check whether it is right; blocks, and runs on a thread of this line
   * @return ends on any thread; who cancels leaves the line
   */
  public Mono<Outcome> check(Ticket ticket, BooleanSupplier check) {
    return Mono.create(
        sink -> {
          sink.onCancel(() -> leave(ticket, sink));
          List<WaitingCheck> out;
          synchronized (lock) {
            out = waiting.add(ticket, check, sink);
          }
          refuse(out);
          serve();
        });
  }

  private void leave(Ticket ticket, MonoSink<Outcome> sink) {
    synchronized (lock) {
      waiting.remove(ticket, sink);
    }
  }

  private void refuse(List<WaitingCheck> out) {
    for (var check : out) {
      refused.increment();
      check.sinks().forEach(sink -> sink.success(Outcome.FULL));
    }
  }

  /** Begins what can begin, and sees to it that what must pause begins later. */
  private void serve() {
    var begin = new ArrayList<WaitingCheck>();
    synchronized (lock) {
      var now = nanos.getAsLong();
      while (running < atOnce) {
        var next = waiting.next(now);
        if (next == null) {
          break;
        }
        running++;
        begin.add(next);
      }
      if (running < atOnce && wake == null) {
        var pause = waiting.shortestPause(now);
        if (pause.isPresent()) {
          wake = alarm.schedule(this::wakeUp, pause.getAsLong(), TimeUnit.NANOSECONDS);
        }
      }
    }
    begin.forEach(this::begin);
  }

  private void begin(WaitingCheck next) {
    try {
      workers.execute(() -> run(next));
    } catch (RejectedExecutionException e) {
      next.sinks().forEach(sink -> sink.error(e)); // the server closes
    }
  }

  private void wakeUp() {
    synchronized (lock) {
      wake = null;
    }
    serve();
  }

  private void run(WaitingCheck next) {
    var isRight = false;
    Throwable failure = null;
    try {
      isRight = next.check().getAsBoolean();
    } catch (Throwable e) {
      // Whatever it is, it is the answer to who asked: the line goes on.
      failure = e;
    }
    List<MonoSink<Outcome>> askers;
    synchronized (lock) {
      askers = waiting.over(next);
    }
    // Counted before the next turn is given, so that an address is slowed from the very failure on
    // that is one too many.
    var answers = new ArrayList<Runnable>();
    for (var asker : askers) {
      if (failure == null) {
        var outcome = isRight ? Outcome.RIGHT : wrong(next.ticket().address());
        answers.add(() -> asker.success(outcome));
      } else {
        var error = failure;
        answers.add(() -> asker.error(error));
      }
    }
    synchronized (lock) {
      running--;
      waiting.done(next, !isRight && failure == null, nanos.getAsLong());
    }
    answers.forEach(Runnable::run);
    serve();
  }

  private Outcome wrong(String address) {
    var wait = rate.failed(address);
    return new Outcome(wait == 0 ? Outcome.Kind.WRONG : Outcome.Kind.SLOWED, wait);
  }

  /** Checks that wait now. */
  public int waiting() {
    synchronized (lock) {
      return waiting.size();
    }
  }

  /** Checks that were refused because too many waited. */
  public long refused() {
    return refused.sum();
  }

  /** Ends the threads; who waits gets no answer. */
  @Override
  public void close() {
    alarm.shutdownNow();
    workers.shutdownNow();
  }
}
