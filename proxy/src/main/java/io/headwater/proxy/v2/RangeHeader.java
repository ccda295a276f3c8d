package io.headwater.proxy.v2;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * What a {@code Range} header asks of a blob (RFC 9110, 14.2). One that cannot be understood is as
 * if it were not there; one that understood asks for nothing that there is cannot be satisfied.
 */
sealed interface RangeHeader {
  /**
   * Clients that merge chunks ask for hundreds of ranges; nobody honest asks for more than this.
   */
  int MAX_RANGES = 1024;

  /** The whole blob. */
  record Whole() implements RangeHeader {}

  /** These parts, not overlapping, at least one. */
  record Parts(List<ByteRange> ranges) implements RangeHeader {}

  /** Nothing that there is, or too many parts. */
  record Unsatisfiable(String reason) implements RangeHeader {}

  /**
   * Reads a header.
   *
   * @param value the header; empty when there is none
   * @param size bytes of the blob
   */
  static RangeHeader parse(String value, long size) {
    if (!value.regionMatches(true, 0, "bytes=", 0, 6)) {
      return new Whole();
    }
    var ranges = new ArrayList<ByteRange>();
    var count = 0;
    for (var spec : value.substring(6).split(",", -1)) {
      var trimmed = spec.trim();
      if (trimmed.isEmpty()) {
        continue;
      }
      if (++count > MAX_RANGES) {
        return new Unsatisfiable("more than " + MAX_RANGES + " ranges in one request");
      }
      var dash = trimmed.indexOf('-');
      var first = dash < 0 ? -2 : number(trimmed.substring(0, dash));
      var last = dash < 0 ? -2 : number(trimmed.substring(dash + 1));
      if (first == -2 || last == -2 || first == -1 && last == -1) {
        return new Whole();
      }
      if (first >= 0 && last >= 0 && last < first) {
        // May be ignored or refused (RFC 9110, 14.2); the conformance suite has it refused.
        return new Unsatisfiable("range " + first + "-" + last + " ends before it begins");
      }
      add(ranges, first, last, size);
    }
    if (count == 0) {
      return new Whole();
    }
    return ranges.isEmpty()
        ? new Unsatisfiable("no range lies within the " + size + " bytes")
        : new Parts(withoutOverlap(ranges));
  }

  private static void add(List<ByteRange> ranges, long first, long last, long size) {
    if (first == -1) {
      var length = Math.min(last, size);
      if (length > 0) {
        ranges.add(new ByteRange(size - length, size - 1));
      }
    } else if (first < size) {
      ranges.add(new ByteRange(first, last == -1 ? size - 1 : Math.min(last, size - 1)));
    }
  }

  /**
   * A number; −1 when there is none, −2 when it is something else. One too large for 63 bits is
   * larger than any blob.
   */
  private static long number(String text) {
    if (text.isEmpty()) {
      return -1;
    }
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) < '0' || text.charAt(i) > '9') {
        return -2;
      }
    }
    return text.length() > 18 ? Long.MAX_VALUE : Long.parseLong(text);
  }

  /**
   * The ranges as asked for; if any overlap, ascending and joined, so that no byte is sent twice.
   */
  private static List<ByteRange> withoutOverlap(List<ByteRange> ranges) {
    var sorted = new ArrayList<>(ranges);
    sorted.sort(Comparator.comparingLong(ByteRange::first));
    var joined = new ArrayList<ByteRange>();
    for (var range : sorted) {
      if (!joined.isEmpty() && range.first() <= joined.getLast().last()) {
        var before = joined.removeLast();
        joined.add(new ByteRange(before.first(), Math.max(before.last(), range.last())));
      } else {
        joined.add(range);
      }
    }
    return joined.size() == ranges.size() ? ranges : joined;
  }
}
