package io.headwater.proxy.observe;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.core.spi.FilterReply;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

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
}
