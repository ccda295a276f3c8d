package io.headwater.proxy.observe;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import ch.qos.logback.core.spi.FilterReply;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class LogRateTest {
  private final AtomicLong second = new AtomicLong(1);
  private final LogRate rate = new LogRate(5, second::get);

  private long passed(String logger, Level level, int lines) {
    Logger from = new LoggerContext().getLogger(logger);
    return IntStream.range(0, lines)
        .mapToObj(i -> rate.decide(new LoggingEvent("", from, level, "line " + i, null, null)))
        .filter(reply -> reply != FilterReply.DENY)
        .count();
  }

  @Test
  void linesThatClientsCauseAreSoManyASecondAndTheRestIsCounted() {
    assertThat(passed("io.headwater.access", Level.WARN, 1000)).isEqualTo(5);
    assertThat(rate.suppressed()).isEqualTo(995);
    second.incrementAndGet();
    assertThat(passed("reactor.netty.http", Level.ERROR, 1000)).isEqualTo(5);
    assertThat(rate.suppressed()).isEqualTo(1990);
  }

  @Test
  void linesOfTheServerItselfAreNeverLeftOut() {
    assertThat(passed("io.headwater.access", Level.WARN, 10)).isEqualTo(5);
    assertThat(passed("io.headwater.proxy.Maintenance", Level.WARN, 1000)).isEqualTo(1000);
  }

  @Test
  void whatWasLeftOutIsToldOfInTheNextSecondAndOnce() {
    var told = new ListAppender<ILoggingEvent>();
    var log = (Logger) LoggerFactory.getLogger(LogRate.class);
    told.start();
    log.addAppender(told);
    try {
      for (int i = 0; i < 3; i++) {
        assertThat(passed("io.headwater.access", Level.WARN, i == 0 ? 8 : 5)).isEqualTo(5);
        second.incrementAndGet();
      }
    } finally {
      log.detachAppender(told);
    }
    assertThat(told.list)
        .extracting(ILoggingEvent::getFormattedMessage)
        .containsExactly("3 lines about requests were left out of the log (log-rate)");
  }

  @Test
  void withoutABoundEveryLinePasses() {
    Logger from = new LoggerContext().getLogger("io.headwater.access");
    var unbounded = new LogRate(0, second::get);
    for (int i = 0; i < 1000; i++) {
      var line = new LoggingEvent("", from, Level.WARN, "line", null, null);
      assertThat(unbounded.decide(line)).isEqualTo(FilterReply.NEUTRAL);
    }
    assertThat(unbounded.suppressed()).isZero();
  }
}
