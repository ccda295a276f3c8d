package io.headwater.proxy.login;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.github.bucket4j.Bucket;
import io.github.bucket4j.TimeMeter;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/**
 * Counts failures by address, atomically: so many a minute, given back one by one. Whoever fails
 * more often is slowed, never locked out. Addresses beyond the bound are forgotten, the idle ones
 * first, which helps an attacker who has that many and hurts nobody. Safe for use by several
 * threads.
 */
public final class FailureRate {
  /** About 300 bytes each. */
  static final int MAX_ADDRESSES = 50_000;

  private static final Duration PERIOD = Duration.ofMinutes(1);

  private final int perMinute;
  private final TimeMeter clock;
  private final LongAdder failed = new LongAdder();
  private final LongAdder slowed = new LongAdder();

  /** A bucket that nobody took from for a period is full, as a new one is: it can be dropped. */
  private final Cache<String, Bucket> buckets =
      Caffeine.newBuilder()
          .maximumSize(MAX_ADDRESSES)
          .expireAfterAccess(PERIOD.multipliedBy(2))
          .build();

  /** So many failures a minute from each address. */
  public FailureRate(int perMinute) {
    this(perMinute, TimeMeter.SYSTEM_NANOTIME);
  }

  FailureRate(int perMinute, TimeMeter clock) {
    this.perMinute = Math.max(1, perMinute);
    this.clock = clock;
  }

  /**
   * Counts a failure.
   *
   * @return 0, or the seconds after which one more may fail when this is one too many
   */
  public long failed(String address) {
    failed.increment();
    var probe = buckets.get(address, a -> newBucket()).tryConsumeAndReturnRemaining(1);
    if (probe.isConsumed()) {
      return 0;
    }
    slowed.increment();
    return Math.max(
        1, TimeUnit.NANOSECONDS.toSeconds(probe.getNanosToWaitForRefill() + 999_999_999));
  }

  private Bucket newBucket() {
    return Bucket.builder()
        .addLimit(limit -> limit.capacity(perMinute).refillGreedy(perMinute, PERIOD))
        .withCustomTimePrecision(clock)
        .build();
  }

  /** Whether an address has failed as often as it may. */
  boolean isSlowed(String address) {
    var bucket = buckets.getIfPresent(address);
    return bucket != null && bucket.getAvailableTokens() == 0;
  }

  /** Whether nothing failed from an address lately. */
  boolean isClean(String address) {
    var bucket = buckets.getIfPresent(address);
    return bucket == null || bucket.getAvailableTokens() == perMinute;
  }

  /** All failures so far. */
  public long failures() {
    return failed.sum();
  }

  /** Those of them that were beyond the rate. */
  public long slowed() {
    return slowed.sum();
  }

  /** Addresses that are remembered. */
  public long addresses() {
    buckets.cleanUp();
    return buckets.estimatedSize();
  }
}
