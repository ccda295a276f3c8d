package io.headwater.layer;

import java.util.Arrays;

/**
 * What the symbols of deflate stand for (RFC 1951, 3.2.5 and 3.2.6), as entries of a {@link
 * HuffmanTable}.
 */
final class DeflateSymbols {
  /** Code lengths are their own values. */
  static final int[] CODE_LENGTHS = codeLengths();

  /** 256 literals, the end, 29 lengths, and two that stand for nothing. */
  static final int[] LITERALS = literals();

  /** 30 distances, and two that stand for nothing. */
  static final int[] DISTANCES = distances();

  private static final byte[] FIXED = fixed();

  private DeflateSymbols() {}

  /** Code lengths of a fixed block: 288 of literals, then 32 of distances. To be looked at only. */
  static byte[] fixedLengths() {
    return FIXED;
  }

  private static int[] codeLengths() {
    var entries = new int[19];
    Arrays.setAll(entries, symbol -> symbol << 16);
    return entries;
  }

  private static int[] literals() {
    var entries = new int[288];
    for (int symbol = 0; symbol < 256; symbol++) {
      entries[symbol] = HuffmanTable.LITERAL | symbol << 16;
    }
    entries[256] = HuffmanTable.EXCEPTION | HuffmanTable.END_OF_BLOCK;
    var base = 3;
    for (int symbol = 257; symbol < 285; symbol++) {
      var extra = symbol < 265 ? 0 : (symbol - 261) / 4;
      entries[symbol] = base << 16 | extra;
      base += 1 << extra;
    }
    entries[285] = 258 << 16;
    entries[286] = HuffmanTable.EXCEPTION;
    entries[287] = HuffmanTable.EXCEPTION;
    return entries;
  }

  private static int[] distances() {
    var entries = new int[32];
    entries[30] = HuffmanTable.EXCEPTION;
    entries[31] = HuffmanTable.EXCEPTION;
    var base = 1;
    for (int symbol = 0; symbol < 30; symbol++) {
      var extra = symbol < 4 ? 0 : symbol / 2 - 1;
      entries[symbol] = base << 16 | extra;
      base += 1 << extra;
    }
    return entries;
  }

  private static byte[] fixed() {
    var lengths = new byte[288 + 32];
    Arrays.fill(lengths, 0, 144, (byte) 8);
    Arrays.fill(lengths, 144, 256, (byte) 9);
    Arrays.fill(lengths, 256, 280, (byte) 7);
    Arrays.fill(lengths, 280, 288, (byte) 8);
    Arrays.fill(lengths, 288, 320, (byte) 5);
    return lengths;
  }
}
