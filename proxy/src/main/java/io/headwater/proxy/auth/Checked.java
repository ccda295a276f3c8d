package io.headwater.proxy.auth;

import java.util.Optional;
import java.util.function.Function;

/**
 * What a token was found to be.
 *
 * @param bearer what it says; empty when it is not good
 * @param isGenuine whether its signature is right: a token that is good no more was no attempt to
 *     guess one
 */
record Checked<T>(Optional<T> bearer, boolean isGenuine) {
  static <T> Checked<T> good(T bearer) {
    return new Checked<>(Optional.of(bearer), true);
  }

  /** Genuine, but expired, or for something else. */
  static <T> Checked<T> stale() {
    return new Checked<>(Optional.empty(), true);
  }

  /** Not signed by whom it says, or no token at all. */
  static <T> Checked<T> forged() {
    return new Checked<>(Optional.empty(), false);
  }

  <R> Checked<R> map(Function<T, R> step) {
    return new Checked<>(bearer.map(step), isGenuine);
  }
}
