package io.headwater.block;

import io.headwater.fault.FormatException;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Numbers of bytes as people write them in options and settings: {@code 4096}, {@code 128m}, {@code
 * 500g}, {@code 500GB}, {@code 1 TiB}. A unit is of one letter or of two or three, in any case, and
 * always a power of 1024.
 */
public final class ByteCount {
  private static final String UNITS = "kmgt";
  private static final Pattern FORM =
      Pattern.compile("([0-9]{1,19}) ?(?:([kmgt])(?:i?b)?|b)?", Pattern.CASE_INSENSITIVE);

  private ByteCount() {}

  /**
   * Reads a number.
   *
   * @throws FormatException if it is none, or more than a long holds
   */
  public static long parse(String text) throws FormatException {
    var form = FORM.matcher(text.trim());
    if (form.matches()) {
      try {
        var unit =
            form.group(2) == null ? -1 : UNITS.indexOf(form.group(2).toLowerCase(Locale.ROOT));
        return Math.multiplyExact(Long.parseLong(form.group(1)), 1L << 10 * (unit + 1));
      } catch (NumberFormatException | ArithmeticException e) {
        throw new FormatException("'" + text + "' is more than any size can be", e);
      }
    }
    throw new FormatException(
        "'" + text + "' is no size: give bytes, or a number with k, m, g or t, as 64m or 500GB");
  }
}
