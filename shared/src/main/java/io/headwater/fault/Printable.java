package io.headwater.fault;

import java.util.Locale;

/**
 * Text of others, as names of files and what clients send, made fit for a line of a log or a
 * terminal: what would move the cursor, change colours, turn the direction of writing or begin
 * another line is written as an escape of Java's and JSON's, <code>&#92;u001b</code>. Everything
 * else stays as it is, a backslash too.
 */
public final class Printable {
  private Printable() {}

  /** The text with escapes. */
  public static String of(String text) {
    var at = firstHidden(text);
    if (at < 0) {
      return text;
    }
    var printable = new StringBuilder(text.length() + 16).append(text, 0, at);
    for (int i = at; i < text.length(); ) {
      var point = text.codePointAt(i);
      i += Character.charCount(point);
      if (isHidden(point)) {
        escape(point, printable);
      } else {
        printable.appendCodePoint(point);
      }
    }
    return printable.toString();
  }

  private static int firstHidden(String text) {
    for (int i = 0; i < text.length(); ) {
      var point = text.codePointAt(i);
      if (isHidden(point)) {
        return i;
      }
      i += Character.charCount(point);
    }
    return -1;
  }

  /**
   * Controls, also those of 0x80 to 0x9f; directions and joiners; ends of lines; half characters.
   */
  private static boolean isHidden(int point) {
    if (point >= 0x20 && point < 0x7f) {
      return false;
    }
    return switch (Character.getType(point)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.SURROGATE,
          Character.UNASSIGNED ->
          true;
      default -> false;
    };
  }

  private static void escape(int point, StringBuilder to) {
    switch (point) {
      case '\n' -> to.append("\\n");
      case '\r' -> to.append("\\r");
      case '\t' -> to.append("\\t");
      default -> {
        for (var unit : Character.toChars(point)) {
          to.append(String.format(Locale.ROOT, "\\u%04x", (int) unit));
        }
      }
    }
  }
}
