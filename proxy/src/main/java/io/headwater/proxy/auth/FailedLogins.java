package io.headwater.proxy.auth;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;

/** Counts failed log-ins by address and by user: after too many in a minute, they have to wait. */
final class FailedLogins {
  private static final Duration WINDOW = Duration.ofMinutes(1);

  /** A user may log in from several addresses, and nobody shall lock others out easily. */
  private static final int USER_FACTOR = 5;

  private final int most;
  private final Cache<String, AtomicInteger> failures =
      Caffeine.newBuilder().maximumSize(100_000).expireAfterWrite(WINDOW).build();

  FailedLogins(int most) {
    this.most = most;
  }

  /** Refuses who has failed too often. */
  void check(String address, String user) {
    if (count("address " + address) >= most || count("user " + user) >= USER_FACTOR * most) {
      throw AccessException.tooMany(WINDOW.toSeconds());
    }
  }

  private int count(String who) {
    var count = failures.getIfPresent(who);
    return count == null ? 0 : count.get();
  }

  void failed(String address, String user) {
    failures.get("address " + address, who -> new AtomicInteger()).incrementAndGet();
    failures.get("user " + user, who -> new AtomicInteger()).incrementAndGet();
  }
}
