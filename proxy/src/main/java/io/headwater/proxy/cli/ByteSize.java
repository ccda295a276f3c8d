package io.headwater.proxy.cli;

import io.headwater.block.ByteCount;
import io.headwater.fault.FormatException;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Sizes on the command line ({@link ByteCount}). */
final class ByteSize implements ITypeConverter<Long> {
  @Override
  public Long convert(String text) {
    try {
      return ByteCount.parse(text);
    } catch (FormatException e) {
      throw new TypeConversionException(String.valueOf(e.getMessage()));
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
