package io.headwater.layer;

import io.headwater.fault.FormatException;
import java.io.IOException;
import java.io.InputStream;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * A stream read by bits, the lowest of a byte first (RFC 1951, 3.1.1). Eight bytes are taken at
 * once into 64 bits of which at least 56 are good then; the bytes end in zeros, so that nothing has
 * to look for their end but once in a while. Its fields are for {@link Inflate}'s inner loop, which
 * keeps them in local variables while it runs.
 */
final class BitInput {
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private static final int BYTES = 256 * 1024;

  /** Zeros behind the input's end, and how near to the end of what is there the fast way ends. */
  private static final int SLACK = 64;

  final byte[] bytes = new byte[BYTES + SLACK];

  /** The next byte that is not among the bits. */
  int position;

  long bits;

  /** How many of the bits are good. */
  int count;

  private final InputStream source;
  private int end;
  private boolean ended;

  BitInput(InputStream source) {
    this.source = source;
  }

  /** The next byte of the input outside a stream; −1 at its end. */
  int nextByte() throws IOException {
    if (position >= end) {
      fill();
    }
    return position < end ? bytes[position++] & 0xff : -1;
  }

  void dropBits() {
    bits = 0;
    count = 0;
  }

  /** The bits that come next, after {@link #need}. */
  int peek() {
    return (int) bits;
  }

  /** Whether there is so little left that what makes no sense may have been cut off. */
  boolean isNearEnd() {
    return ended && (end - position) * 8L + count < Long.SIZE;
  }

  /** Reads on where that is needed; returns the position from which on it will be needed again. */
  int prepare() throws IOException {
    if (end - position < SLACK) {
      fill();
    }
    refuseOverrun();
    return ended ? end + 8 : end - SLACK / 2;
  }

  /** Copies bytes, at least one of those that are asked for; there are no bits then. */
  int copy(byte[] target, int offset, int length) throws IOException {
    if (position >= end) {
      fill();
      if (position >= end && length > 0) {
        throw new FormatException("gzip: the stream is truncated");
      }
    }
    var copied = Math.min(length, end - position);
    System.arraycopy(bytes, position, target, offset, copied);
    position += copied;
    return copied;
  }

  /**
   * Moves what is left to the front and reads on; afterwards there is something, or the input has
   * ended.
   */
  private void fill() throws IOException {
    if (ended) {
      return;
    }
    // What the bits hold may be given back.
    var kept = Math.min(Long.BYTES, position);
    System.arraycopy(bytes, position - kept, bytes, 0, end - position + kept);
    end = end - position + kept;
    position = kept;
    do {
      var got = source.read(bytes, end, BYTES - end);
      if (got < 0) {
        ended = true;
        Arrays.fill(bytes, end, end + SLACK, (byte) 0);
        return;
      }
      end += got;
    } while (end - position < SLACK);
  }

  /** The next {@code wanted} bits, at most 16. */
  int take(int wanted) throws IOException {
    need(wanted);
    var value = (int) bits & (1 << wanted) - 1;
    bits >>>= wanted;
    count -= wanted;
    return value;
  }

  /**
   * Sees to it that there are bits enough to look at; at the input's end they may be zeros that are
   * not there.
   */
  void need(int wanted) throws IOException {
    if (count < wanted) {
      if (end - position < SLACK) {
        fill();
      }
      refuseOverrun();
      bits |= (long) LONG.get(bytes, position) << count;
      position += 63 - count >>> 3;
      count |= 56;
    }
  }

  void refuseOverrun() throws FormatException {
    if (position - (count >>> 3) > end) {
      throw new FormatException("gzip: the stream is truncated");
    }
  }

  /** Gives back the bytes that were taken into the bits, and drops the rest of the current one. */
  void alignToByte() throws FormatException {
    refuseOverrun();
    position -= count >>> 3;
    bits = 0;
    count = 0;
  }
}
