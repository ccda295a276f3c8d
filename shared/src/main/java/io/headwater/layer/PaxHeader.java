package io.headwater.layer;

import io.headwater.fault.FormatException;
import io.headwater.fault.LimitException;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The records of PAX extended headers (POSIX.1-2001, pax): "length key=value\n". Values are raw
 * bytes.
 */
final class PaxHeader {
  static final PaxHeader NONE = new PaxHeader();

  private static final String XATTR = "SCHILY.xattr.";

  private final Map<String, byte[]> values = new HashMap<>();

  /** GNU.sparse.offset and GNU.sparse.numbytes, which repeat (format 0.0). */
  private final List<Long> sparseNumbers = new ArrayList<>();

  /** Reads records. A later one of the same key wins. */
  static PaxHeader parse(byte[] bytes) throws FormatException {
    var header = new PaxHeader();
    for (int at = 0; at < bytes.length && bytes[at] != 0; ) {
      var space = at;
      var length = 0L;
      while (space < bytes.length
          && bytes[space] >= '0'
          && bytes[space] <= '9'
          && space - at < 10) {
        length = length * 10 + bytes[space++] - '0';
      }
      if (space == at
          || space == bytes.length
          || bytes[space] != ' '
          || length <= space - at + 1
          || length > bytes.length - at) {
        throw new FormatException("PAX header: record at byte " + at + " has no valid length");
      }
      var end = at + (int) length;
      var equals = space + 1;
      while (equals < end && bytes[equals] != '=') {
        equals++;
      }
      if (equals == end || bytes[end - 1] != '\n') {
        throw new FormatException(
            "PAX header: record at byte " + at + " is not 'key=value' and a line feed");
      }
      var key = new String(bytes, space + 1, equals - space - 1, StandardCharsets.ISO_8859_1);
      header.put(key, Arrays.copyOfRange(bytes, equals + 1, end - 1));
      at = end;
    }
    return header;
  }

  private void put(String key, byte[] value) throws FormatException {
    if (key.equals("GNU.sparse.offset") || key.equals("GNU.sparse.numbytes")) {
      sparseNumbers.add(number(key, new String(value, StandardCharsets.ISO_8859_1)));
    }
    values.put(key, value);
  }

  /**
   * A value as text, one byte a character; null when there is none or it is empty, which means the
   * same.
   */
  @Nullable String text(String key) {
    var value = values.get(key);
    return value == null || value.length == 0
        ? null
        : new String(value, StandardCharsets.ISO_8859_1);
  }

  /** A number that is not negative; the given one when there is none. */
  long number(String key, long otherwise) throws FormatException {
    var text = text(key);
    return text == null ? otherwise : number(key, text);
  }

  private static long number(String key, String text) throws FormatException {
    try {
      var number = Long.parseLong(text);
      if (number >= 0) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Reported below with the value.
    }
    throw new FormatException(
        "PAX header: " + key + " is '" + text + "', not a number from 0 to 2^63−1");
  }

  /** A time in seconds with an optional fraction; the given one when there is none. */
  Instant time(String key, Instant otherwise) throws FormatException {
    var text = text(key);
    if (text == null) {
      return otherwise;
    }
    try {
      var point = text.indexOf('.');
      var seconds = Long.parseLong(point < 0 ? text : text.substring(0, point));
      if (point < 0) {
        return Instant.ofEpochSecond(seconds);
      }
      var digits = (text.substring(point + 1) + "000000000").substring(0, 9);
      var nanos = Integer.parseInt(digits);
      return Instant.ofEpochSecond(seconds, text.startsWith("-") ? -nanos : nanos);
    } catch (NumberFormatException | DateTimeException e) {
      throw new FormatException(
          "PAX header: " + key + " is '" + text + "', not a time in seconds", e);
    }
  }

  /** The extended attributes by full name. */
  Map<String, byte[]> xattrs(LayerLimits limits) throws LimitException {
    Map<String, byte[]> xattrs = Map.of();
    var bytes = 0L;
    for (var value : values.entrySet()) {
      if (value.getKey().startsWith(XATTR)) {
        var name = value.getKey().substring(XATTR.length());
        bytes += name.length() + value.getValue().length;
        if (xattrs.isEmpty()) {
          xattrs = new HashMap<>();
        }
        xattrs.put(name, value.getValue());
      }
    }
    if (bytes > limits.maxXattrBytes()) {
      throw new LimitException(
          "extended attributes of "
              + bytes
              + " bytes: at most "
              + limits.maxXattrBytes()
              + " are taken (max-xattr-bytes)");
    }
    return xattrs;
  }

  boolean has(String key) {
    return values.containsKey(key);
  }

  /** Sparse format 0.0: offsets and lengths by turns. */
  List<Long> sparseNumbers() {
    return sparseNumbers;
  }
}
