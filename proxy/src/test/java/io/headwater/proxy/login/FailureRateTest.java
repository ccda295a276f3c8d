package io.headwater.proxy.login;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.bucket4j.TimeMeter;
import java.util.ArrayList;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class FailureRateTest {
  private final AtomicLong now = new AtomicLong(1);
  private final FailureRate rate = new FailureRate(10, clock());

  private TimeMeter clock() {
    return new TimeMeter() {
      @Override
      public long currentTimeNanos() {
        return now.get();
      }

      @Override
      public boolean isWallClockBased() {
        return false;
      }
    };
  }

  @Test
  void exactlySoManyFailAtOnceHoweverManyThreadsAsk() throws Exception {
    var asks = new ArrayList<Callable<Long>>();
    for (int i = 0; i < 2_000; i++) {
      asks.add(() -> rate.failed("192.0.2.7"));
    }
    try (var threads = Executors.newFixedThreadPool(32)) {
      var free = 0;
      for (var answer : threads.invokeAll(asks)) {
        free += answer.get() == 0 ? 1 : 0;
      }
      assertThat(free).isEqualTo(10);
    }
    assertThat(rate.failures()).isEqualTo(2_000);
    assertThat(rate.slowed()).isEqualTo(1_990);
  }

  @Test
  void oneIsGivenBackAfterATenthOfAMinute() {
    for (int i = 0; i < 10; i++) {
      assertThat(rate.failed("a")).isZero();
    }
    assertThat(rate.isSlowed("a")).isTrue();
    assertThat(rate.failed("a")).isEqualTo(6);
    now.addAndGet(TimeUnit.MILLISECONDS.toNanos(6_001));
    assertThat(rate.isSlowed("a")).isFalse();
    assertThat(rate.failed("a")).isZero();
    assertThat(rate.failed("a")).isPositive();
  }

  @Test
  void eachAddressHasItsOwn() {
    for (int i = 0; i < 11; i++) {
      rate.failed("a");
    }
    assertThat(rate.isSlowed("a")).isTrue();
    assertThat(rate.isClean("b")).isTrue();
    assertThat(rate.failed("b")).isZero();
    assertThat(rate.isClean("b")).isFalse();
    assertThat(rate.isSlowed("b")).isFalse();
  }

  @Test
  void addressesWithoutEndAreForgotten() {
    for (int i = 0; i < 2 * FailureRate.MAX_ADDRESSES; i++) {
      rate.failed("address " + i);
    }
    assertThat(rate.addresses()).isLessThanOrEqualTo(FailureRate.MAX_ADDRESSES);
  }
}
