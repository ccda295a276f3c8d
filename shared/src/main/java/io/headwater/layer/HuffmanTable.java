package io.headwater.layer;

import io.headwater.fault.FormatException;
import java.util.Arrays;

/**
 * Decodes one of deflate's codes by looking up its next bits (RFC 1951, 3.2.2). Codes longer than
 * the table is wide go on in a second table.
 *
 * <p>An entry: bits 0 to 5 the bits to take, extra bits of the value included; bits 8 to 11 those
 * of them that are the code's; from bit 16 on the value. {@link #LITERAL} entries are negative.
 */
final class HuffmanTable {
  static final int LITERAL = 1 << 31;

  /** Set where an entry is neither a literal nor a length or distance. */
  static final int EXCEPTION = 1 << 15;

  /** The value is where the second table begins. */
  static final int SECOND = 1 << 14;

  static final int END_OF_BLOCK = 1 << 13;

  private static final int MAX_LENGTH = 15;

  private final String name;
  private final int bits;

  /** Entries of symbols without the lengths of their codes. */
  private final int[] symbols;

  private final int[] entries;
  private final int[] counts = new int[MAX_LENGTH + 1];
  private final int[] next = new int[MAX_LENGTH + 2];

  /**
   * A table to be filled.
   *
   * @param name for messages
   * @param bits how wide it is
   * @param symbols for each symbol its value, flags, and in bits 0 to 5 the number of its extra
   *     bits
   */
  HuffmanTable(String name, int bits, int[] symbols) {
    this.name = name;
    this.bits = bits;
    this.symbols = symbols;
    // In a complete code no second table serves fewer than two symbols.
    this.entries = new int[(1 << bits) + (symbols.length / 2 + 1 << MAX_LENGTH - bits)];
  }

  int[] entries() {
    return entries;
  }

  /** Width of a second table. */
  int secondBits() {
    return MAX_LENGTH - bits;
  }

  /**
   * Fills the table.
   *
   * @param lengths of the symbols' codes, from {@code offset} on
   * @throws FormatException if they make no code
   */
  void fill(byte[] lengths, int offset, int count) throws FormatException {
    Arrays.fill(counts, 0);
    for (int symbol = 0; symbol < count; symbol++) {
      counts[lengths[offset + symbol]]++;
    }
    counts[0] = 0;
    var code = 0;
    var space = 0;
    for (int length = 1; length <= MAX_LENGTH; length++) {
      code = code + counts[length - 1] << 1;
      next[length] = code;
      space += counts[length] << MAX_LENGTH - length;
    }
    // One code of one bit, or none, is what encoders write for a block without, or with one kind
    // of, matches.
    var isSparse = space == 0 || space == 1 << MAX_LENGTH - 1 && counts[1] == 1;
    if (space != 1 << MAX_LENGTH && !isSparse) {
      throw new FormatException("gzip: the code of " + name + " is not complete");
    }
    Arrays.fill(entries, 0, 1 << bits, EXCEPTION);
    var free = 1 << bits;
    for (int symbol = 0; symbol < count; symbol++) {
      var length = lengths[offset + symbol];
      if (length > 0) {
        free = put(symbol, length, Integer.reverse(next[length]++) >>> 32 - length, free);
      }
    }
  }

  /**
   * Puts a symbol wherever the next bits begin with its code; returns where the next second table
   * may begin.
   */
  private int put(int symbol, int length, int reversedCode, int free) {
    if (length <= bits) {
      fill(entry(symbol, length), reversedCode, 1 << length, 0, 1 << bits);
      return free;
    }
    var prefix = reversedCode & (1 << bits) - 1;
    var end = free;
    if (entries[prefix] == EXCEPTION) {
      entries[prefix] = EXCEPTION | SECOND | free << 16 | bits;
      end = free + (1 << secondBits());
      Arrays.fill(entries, free, end, EXCEPTION);
    }
    var start = entries[prefix] >>> 16;
    fill(
        entry(symbol, length - bits),
        reversedCode >>> bits,
        1 << length - bits,
        start,
        1 << secondBits());
    return end;
  }

  private int entry(int symbol, int length) {
    return symbols[symbol] + length | length << 8;
  }

  private void fill(int entry, int first, int step, int start, int size) {
    for (int i = first; i < size; i += step) {
      entries[start + i] = entry;
    }
  }
}
