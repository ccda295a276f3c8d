package io.headwater.proxy.cli;

import io.headwater.fault.Printable;

/**
 * A line on the terminal of what a registry or an image says: whatever is in it, nothing but a line
 * is printed.
 */
final class Line {
  private Line() {}

  static void print(String line) {
    System.out.println(Printable.of(line));
  }
}
