package io.headwater.registry;

import io.headwater.oci.Digest;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.OptionalLong;

/**
 * A number for each of very many digests: 24 bytes for each slot, of which half to three quarters
 * are free, where a map of objects takes 300 and more. A digest is known by the first 128 bits of
 * its hash: two contents that have them in common cannot be found, and of digests that are only
 * named, one more counts as known. Not safe for use by several threads.
 */
final class DigestNumbers {
  private static final int FIRST_SLOTS = 64;

  private static final SecureRandom RANDOM = new SecureRandom();
  private static final long SEED = RANDOM.nextLong();
  private static final long HIGH_FACTOR = RANDOM.nextLong() | 1;
  private static final long LOW_FACTOR = RANDOM.nextLong() | 1;

  /** Longs of a slot: two of the key, then the number. A key of zeros is a free slot. */
  private static final int SLOT = 3;

  private long[] slots = new long[FIRST_SLOTS * SLOT];
  private int size;

  int size() {
    return size;
  }

  boolean isEmpty() {
    return size == 0;
  }

  boolean contains(Digest digest) {
    return slots[find(high(digest), low(digest))] != 0;
  }

  OptionalLong get(Digest digest) {
    var slot = find(high(digest), low(digest));
    return slots[slot] == 0 ? OptionalLong.empty() : OptionalLong.of(slots[slot + 2]);
  }

  /** Sets a digest's number. */
  void put(Digest digest, long number) {
    put(high(digest), low(digest), number);
  }

  /** Sets those of all that the other one has. */
  void putAll(DigestNumbers other) {
    for (var slot = 0; slot < other.slots.length; slot += SLOT) {
      if (other.slots[slot] != 0) {
        put(other.slots[slot], other.slots[slot + 1], other.slots[slot + 2]);
      }
    }
  }

  /** The sum of all numbers. */
  long sum() {
    var sum = 0L;
    for (var slot = 0; slot < slots.length; slot += SLOT) {
      sum += slots[slot + 2];
    }
    return sum;
  }

  /** The sum of the numbers of those digests that the other one has, too. */
  long sumOfThoseIn(DigestNumbers other) {
    var sum = 0L;
    for (var slot = 0; slot < slots.length; slot += SLOT) {
      if (slots[slot] != 0 && other.slots[other.find(slots[slot], slots[slot + 1])] != 0) {
        sum += slots[slot + 2];
      }
    }
    return sum;
  }

  private void put(long high, long low, long number) {
    var slot = find(high, low);
    if (slots[slot] == 0) {
      slots[slot] = high;
      slots[slot + 1] = low;
      size++;
    }
    slots[slot + 2] = number;
    if (size * 2L * SLOT > slots.length) {
      grow();
    }
  }

  private void grow() {
    var before = slots;
    slots = new long[Math.multiplyExact(before.length, 2)];
    for (var slot = 0; slot < before.length; slot += SLOT) {
      if (before[slot] != 0) {
        var to = find(before[slot], before[slot + 1]);
        System.arraycopy(before, slot, slots, to, SLOT);
      }
    }
  }

  /** Where a key is, or the free slot where it would be. */
  private int find(long high, long low) {
    var count = slots.length / SLOT;
    // Digests that manifests only name are as their pushers want them: which ones share a slot,
    // nobody can know. The count is a power of two.
    var mixed = (high ^ SEED) * HIGH_FACTOR + low * LOW_FACTOR;
    var at = (int) (mixed >>> 32) & (count - 1);
    while (slots[at * SLOT] != 0 && (slots[at * SLOT] != high || slots[at * SLOT + 1] != low)) {
      at = (at + 1) & (count - 1);
    }
    return at * SLOT;
  }

  private static long high(Digest digest) {
    var bits = HexFormat.fromHexDigitsToLong(digest.hex(), 0, 16);
    return bits == 0 ? 1 : bits;
  }

  private static long low(Digest digest) {
    return HexFormat.fromHexDigitsToLong(digest.hex(), 16, 32);
  }
}
