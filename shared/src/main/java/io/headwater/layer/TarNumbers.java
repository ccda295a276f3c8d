package io.headwater.layer;

import io.headwater.fault.FormatException;

/** Numbers in tar headers: octal text, or big-endian binary when the first bit is set (GNU). */
final class TarNumbers {
  private TarNumbers() {}

  /** A number that is not negative. */
  static long parse(byte[] header, int at, int length, String field) throws FormatException {
    var number = parseSigned(header, at, length, field);
    if (number < 0) {
      throw new FormatException("tar header: " + field + " is negative (" + number + ")");
    }
    return number;
  }

  /** A number of either sign; only the binary form can be negative. */
  static long parseSigned(byte[] header, int at, int length, String field) throws FormatException {
    if ((header[at] & 0x80) != 0) {
      return binary(header, at, length, field);
    }
    var end = at + length;
    var i = at;
    while (i < end && (header[i] == ' ' || header[i] == 0)) {
      i++;
    }
    long value = 0;
    for (; i < end && header[i] != ' ' && header[i] != 0; i++) {
      var digit = header[i] - '0';
      if (digit < 0 || digit > 7 || value >>> 60 != 0) {
        throw new FormatException("tar header: " + field + " is no octal number");
      }
      value = value << 3 | digit;
    }
    return value;
  }

  private static long binary(byte[] header, int at, int length, String field)
      throws FormatException {
    var negative = (header[at] & 0x40) != 0;
    // The first byte's top bit is the mark; the next is the sign, carried through.
    long value = negative ? (byte) (header[at] | 0x80) : header[at] & 0x3f;
    for (int i = at + 1; i < at + length; i++) {
      if (value >> 55 != (negative ? -1 : 0)) {
        throw new FormatException("tar header: " + field + " does not fit 63 bits");
      }
      value = value << 8 | header[i] & 0xff;
    }
    return value;
  }
}
