package io.headwater.layer;

import io.headwater.fault.FormatException;
import java.util.ArrayList;
import java.util.List;

/** Where a sparse file has data, in its dialects (GNU tar manual, "Storing Sparse Files"). */
final class SparseMap {
  private SparseMap() {}

  /** Old GNU format: {@code count} pairs of 12-byte numbers; a zero byte ends them. */
  static void addOldGnu(byte[] block, int at, int count, List<Segment> out) throws FormatException {
    for (int i = 0; i < count && block[at + i * 24] != 0; i++) {
      out.add(
          new Segment(
              TarNumbers.parse(block, at + i * 24, 12, "sparse offset"),
              TarNumbers.parse(block, at + i * 24 + 12, 12, "sparse length")));
    }
  }

  /** PAX formats 0.0 and 0.1: numbers by turns. */
  static List<Segment> ofNumbers(List<Long> numbers) throws FormatException {
    if (numbers.size() % 2 != 0) {
      throw new FormatException("sparse map with an odd count of numbers");
    }
    var segments = new ArrayList<Segment>();
    for (int i = 0; i < numbers.size(); i += 2) {
      segments.add(new Segment(numbers.get(i), numbers.get(i + 1)));
    }
    return segments;
  }

  /** The numbers of format 0.1's comma-separated list. */
  static List<Long> numbers(String list) throws FormatException {
    var numbers = new ArrayList<Long>();
    for (var number : list.split(",")) {
      try {
        numbers.add(Long.parseLong(number));
      } catch (NumberFormatException e) {
        throw new FormatException("GNU.sparse.map has '" + number + "' in it", e);
      }
    }
    return numbers;
  }

  /** Refuses a map that is not ascending, leaves the file or needs other than the stored bytes. */
  static List<Segment> checked(List<Segment> segments, long size, long storedSize)
      throws FormatException {
    long end = 0;
    long stored = 0;
    for (var segment : segments) {
      if (segment.offset() < end
          || segment.length() < 0
          || segment.offset() > size - segment.length()) {
        throw new FormatException(
            "sparse map: "
                + segment.length()
                + " bytes at "
                + segment.offset()
                + " are out of order or leave the file of "
                + size
                + " bytes");
      }
      end = segment.offset() + segment.length();
      stored += segment.length();
    }
    if (stored > storedSize) {
      throw new FormatException(
          "sparse map: " + stored + " bytes of data, but " + storedSize + " are stored");
    }
    return segments;
  }
}
