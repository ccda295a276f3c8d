package io.headwater.proxy.auth;

import static org.assertj.core.api.Assertions.assertThat;

import io.headwater.store.file.FileStore;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SigningKeysTest {
  private static final Caller CALLER = new Caller(Set.of("user:alice"), List.of(), true);

  @TempDir private Path folder = Path.of("");

  private SigningKeys keys(Duration rotation, Duration keep) throws Exception {
    return new SigningKeys(FileStore.open(folder), Optional.empty(), rotation, keep);
  }

  @Test
  void newKeySignsAfterItsTimeAndTheOldOneIsKnownOn() throws Exception {
    var slow = keys(Duration.ofDays(1), Duration.ofHours(1));
    var first = slow.newest().getKeyID();
    assertThat(slow.newest().getKeyID()).isEqualTo(first);
    var token = new Tokens(slow, "x").access(CALLER, List.of(), Duration.ofMinutes(5));
    Thread.sleep(1100);
    assertThat(keys(Duration.ofSeconds(1), Duration.ofHours(1)).newest().getKeyID())
        .isNotEqualTo(first);
    // Another process knows both.
    var others = new Tokens(keys(Duration.ofDays(1), Duration.ofHours(1)), "x");
    assertThat(others.readAccess(token).map(Caller::names).bearer()).contains(Set.of("user:alice"));
  }

  @Test
  void keyIsForgottenWhenNoTokenOfItCanBeValid() throws Exception {
    var keys = keys(Duration.ofSeconds(1), Duration.ofMillis(100));
    var first = keys.newest().getKeyID();
    Thread.sleep(1500);
    keys.newest();
    assertThat(keys.find(first)).isEmpty();
  }

  @Test
  void twoProcessesThatBeginTogetherShareOneKey() throws Exception {
    var one = keys(Duration.ofDays(1), Duration.ofHours(1));
    var other = keys(Duration.ofDays(1), Duration.ofHours(1));
    assertThat(one.newest().getKeyID()).isEqualTo(other.newest().getKeyID());
  }

  @Test
  void tokenForAnotherServiceOrOutOfTimeIsNone() throws Exception {
    var keys = keys(Duration.ofDays(1), Duration.ofHours(1));
    var tokens = new Tokens(keys, "x");
    var good = tokens.access(CALLER, List.of(), Duration.ofMinutes(5));
    assertThat(tokens.readAccess(good).bearer()).isPresent();
    assertThat(new Tokens(keys, "y").readAccess(good).bearer()).isEmpty();
    var old = tokens.access(CALLER, List.of(), Duration.ofMinutes(-5));
    assertThat(tokens.readAccess(old).bearer()).isEmpty();
    assertThat(tokens.readRefresh(good).bearer()).isEmpty();
    assertThat(tokens.readAccess("not a token").bearer()).isEmpty();
  }
}
