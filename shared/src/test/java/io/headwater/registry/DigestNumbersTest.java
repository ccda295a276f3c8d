package io.headwater.registry;

import static org.assertj.core.api.Assertions.assertThat;

import io.headwater.oci.Digest;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class DigestNumbersTest {
  private static Map<Digest, Long> some(Random random, int count) {
    var map = new HashMap<Digest, Long>();
    for (int i = 0; i < count; i++) {
      var bytes = new byte[random.nextBoolean() ? 64 : 32];
      random.nextBytes(bytes);
      if (random.nextInt(20) == 0) {
        // What a free slot looks like, and keys that begin at the same slot.
        java.util.Arrays.fill(bytes, 0, random.nextBoolean() ? 16 : 8, (byte) 0);
      }
      map.put(Digest.ofHash(bytes.length == 64 ? "sha512" : "sha256", bytes), random.nextLong(9));
    }
    return map;
  }

  private static DigestNumbers numbers(Map<Digest, Long> map) {
    var numbers = new DigestNumbers();
    map.forEach((digest, number) -> numbers.put(digest, number + 1));
    map.forEach(numbers::put);
    return numbers;
  }

  @Property(tries = 200)
  void holdsWhatAMapHolds(@ForAll long seed, @ForAll @IntRange(max = 2000) int count) {
    var random = new Random(seed);
    // Zeros in front of random bytes are all the same number of digests in 128 bits: at most one.
    var map = some(random, count);
    map.keySet().removeIf(digest -> digest.hex().startsWith("0".repeat(32)));
    var other = some(random, count / 2);
    var numbers = numbers(map);
    assertThat(numbers.size()).isEqualTo(map.size());
    map.forEach((digest, number) -> assertThat(numbers.get(digest)).hasValue(number));
    other
        .keySet()
        .forEach(one -> assertThat(numbers.contains(one)).isEqualTo(map.containsKey(one)));
    assertThat(numbers.sum()).isEqualTo(map.values().stream().mapToLong(n -> n).sum());
    var both = new HashMap<>(map);
    map.keySet().stream().limit(count / 3).forEach(both::remove);
    var left = new HashSet<>(both.keySet());
    assertThat(numbers.sumOfThoseIn(numbers(both)))
        .isEqualTo(left.stream().mapToLong(map::get).sum());
    var all = new DigestNumbers();
    all.putAll(numbers);
    all.putAll(numbers(both));
    assertThat(all.size()).isEqualTo(map.size());
    assertThat(all.sum()).isEqualTo(numbers.sum());
  }
}
