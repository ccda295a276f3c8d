package io.headwater.layer;

import io.headwater.fault.FormatException;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;

/** The bytes of a tar in order, a buffer of them at a time, with the place where reading is. */
final class TarInput {
  private static final int BUFFER_BYTES = 32 * 1024;

  private final InputStream in;
  private final byte[] buffer = new byte[BUFFER_BYTES];
  private int from;
  private int to;
  private long position;

  TarInput(InputStream in) {
    this.in = in;
  }

  /** Bytes consumed: where the next one lies in the tar. */
  long position() {
    return position;
  }

  /** Whether the tar goes on. */
  boolean hasMore() throws IOException {
    return fill();
  }

  byte next() throws IOException {
    if (!fill()) {
      throw truncated();
    }
    position++;
    return buffer[from++];
  }

  void copyTo(ContentSink sink, long length) throws IOException {
    for (var left = length; left > 0; ) {
      if (!fill()) {
        throw truncated();
      }
      var count = (int) Math.min(left, to - from);
      sink.write(buffer, from, count);
      from += count;
      position += count;
      left -= count;
    }
  }

  /** Reads to the end. */
  void drain() throws IOException {
    while (fill()) {
      position += to - from;
      from = to;
    }
  }

  /** Makes sure that the buffer has a byte; false at the end of the stream. */
  private boolean fill() throws IOException {
    if (from < to) {
      return true;
    }
    from = 0;
    to = Math.max(0, in.read(buffer, 0, buffer.length));
    return to > 0;
  }

  void readFully(byte[] out, int length) throws IOException {
    for (int done = 0; done < length; ) {
      if (!fill()) {
        throw truncated();
      }
      var count = Math.min(length - done, to - from);
      System.arraycopy(buffer, from, out, done, count);
      from += count;
      position += count;
      done += count;
    }
  }

  void skip(long length) throws IOException {
    for (var left = length; left > 0; ) {
      if (from == to && left > BUFFER_BYTES) {
        // A file is skipped over without being read; the last part is read, to see that it is
        // there.
        var skipped = in.skip(left - BUFFER_BYTES);
        position += skipped;
        left -= skipped;
      }
      if (!fill()) {
        throw truncated();
      }
      var count = (int) Math.min(left, to - from);
      from += count;
      position += count;
      left -= count;
    }
  }

  /**
   * Skips what only rounds an entry up to a block. A tar may end here: Go's archive/tar, with which
   * container runtimes unpack, takes an end in the padding for the end of the archive.
   */
  void skipPadding(long length) throws IOException {
    for (var left = length; left > 0 && fill(); ) {
      var count = (int) Math.min(left, to - from);
      from += count;
      position += count;
      left -= count;
    }
  }

  /** Reads as much as there is of a block; how much that was. */
  int readUpTo(byte[] out, int length) throws IOException {
    var done = 0;
    while (done < length && fill()) {
      var count = Math.min(length - done, to - from);
      System.arraycopy(buffer, from, out, done, count);
      from += count;
      position += count;
      done += count;
    }
    return done;
  }

  private FormatException truncated() {
    return new FormatException("the tar breaks off at byte " + position, new EOFException());
  }
}
