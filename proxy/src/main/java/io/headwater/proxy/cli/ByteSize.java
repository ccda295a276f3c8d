package io.headwater.proxy.cli;

import java.util.Locale;
import picocli.CommandLine.ITypeConverter;

/** Sizes as people write them: "64g", "128m", "4096". Powers of 1024. */
final class ByteSize implements ITypeConverter<Long> {
  private static final String UNITS = "kmgt";

  @Override
  public Long convert(String text) {
    var lower = text.toLowerCase(Locale.ROOT).trim();
    var unit = lower.isEmpty() ? -1 : UNITS.indexOf(lower.charAt(lower.length() - 1));
    try {
      var number = Long.parseLong(unit < 0 ? lower : lower.substring(0, lower.length() - 1));
      return Math.multiplyExact(number, 1L << 10 * (unit + 1));
    } catch (NumberFormatException | ArithmeticException e) {
      throw new IllegalArgumentException(
          "'" + text + "' is no size: give bytes, or a number with k, m, g or t", e);
    }
  }

  /** A size for people. */
  static String print(long bytes) {
    if (bytes < 10_000) {
      return bytes + " B";
    }
    if (bytes < 10_000_000) {
      return "%.1f kB".formatted(bytes / 1e3);
    }
    return bytes < 10_000_000_000L
        ? "%.1f MB".formatted(bytes / 1e6)
        : "%.1f GB".formatted(bytes / 1e9);
  }
}
