package io.headwater.proxy.observe;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.filter.Filter;
import ch.qos.logback.core.spi.FilterReply;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lines of the log that clients cause, so many a second and no more: what is left out is counted,
 * and told of. Lines of the server's own are none of it.
 */
public final class LogRate extends Filter<ILoggingEvent> {
  private static final Logger LOG = LoggerFactory.getLogger(LogRate.class);

  /** Loggers that write what a client asked for or did. */
  private static final List<String> CLIENTS =
      List.of(
          "io.headwater.access",
          "io.headwater.proxy.v2.",
          "io.headwater.proxy.auth.",
          "io.headwater.proxy.limit.",
          "org.springframework.",
          "reactor.",
          "io.netty.");

  private final int linesPerSecond;
  private final LongSupplier seconds;
  private final AtomicLong second = new AtomicLong();
  private final AtomicLong lines = new AtomicLong();
  private final AtomicLong untold = new AtomicLong();
  private final LongAdder suppressed = new LongAdder();

  /**
   * A bound.
   *
   * @param linesPerSecond 0: as many as there are
   * @param seconds the time
   */
  LogRate(int linesPerSecond, LongSupplier seconds) {
    this.linesPerSecond = linesPerSecond;
    this.seconds = seconds;
  }

  /** Bounds the log of this process. */
  public static LogRate install(int linesPerSecond) {
    var rate = new LogRate(linesPerSecond, () -> System.nanoTime() / 1_000_000_000);
    if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
      context
          .getLogger(Logger.ROOT_LOGGER_NAME)
          .iteratorForAppenders()
          .forEachRemaining(appender -> appender.addFilter(rate));
    }
    return rate;
  }

  @Override
  public FilterReply decide(ILoggingEvent event) {
    if (linesPerSecond == 0
        || !event.getLevel().isGreaterOrEqual(Level.INFO)
        || CLIENTS.stream().noneMatch(event.getLoggerName()::startsWith)) {
      return FilterReply.NEUTRAL;
    }
    var now = seconds.getAsLong();
    var before = second.get();
    if (now != before && second.compareAndSet(before, now)) {
      lines.set(0);
      tell();
    }
    if (lines.incrementAndGet() <= linesPerSecond) {
      return FilterReply.NEUTRAL;
    }
    suppressed.increment();
    untold.incrementAndGet();
    return FilterReply.DENY;
  }

  private void tell() {
    var left = untold.getAndSet(0);
    if (left > 0) {
      LOG.warn("{} lines about requests were left out of the log (log-rate)", left);
    }
  }

  /** Lines that were left out so far. */
  public long suppressed() {
    return suppressed.sum();
  }
}
