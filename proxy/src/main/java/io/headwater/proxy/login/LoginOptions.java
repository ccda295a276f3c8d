package io.headwater.proxy.login;

import java.time.Duration;
import java.util.List;

/**
 * Bounds of log-ins.
 *
 * @param failuresPerMinute failed log-ins from one address before it is slowed
 * @param atOnce passwords that are checked at the same time, each on a processor of its own; 0 for
 *     half of the processors
 * @param waiting checks that may wait for their turn, of all addresses; one address may have a
 *     quarter of them, one user there a sixteenth
 * @param pause between two checks of one user's password for an address that is slowed
 * @param trustedProxies networks (CIDR) of the proxies whose {@code Forwarded} or {@code
 *     X-Forwarded-For} is believed; none: every connection's other end is the client
 */
public record LoginOptions(
    int failuresPerMinute, int atOnce, int waiting, Duration pause, List<String> trustedProxies) {
  /** Ten failures a minute, no proxies. */
  public static final LoginOptions DEFAULT =
      new LoginOptions(10, 0, 256, Duration.ofSeconds(1), List.of());

  int checksAtOnce() {
    return atOnce > 0 ? atOnce : Math.max(1, Runtime.getRuntime().availableProcessors() / 2);
  }
}
