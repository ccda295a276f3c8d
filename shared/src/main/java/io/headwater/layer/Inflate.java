package io.headwater.layer;

import io.headwater.fault.FormatException;
import java.io.IOException;
import java.io.InputStream;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Expands deflate streams (RFC 1951) that follow each other in one input, and gives the bytes
 * between them. Most of a conversion's time is spent here, and this takes less of it than the JDK's
 * zlib (infra/bench/kernels). Not safe for use by several threads.
 */
final class Inflate {
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private static final int WINDOW_BYTES = 32 * 1024;
  private static final int OUT_BYTES = WINDOW_BYTES + 256 * 1024;

  /** Room for a match and three literals, copied by eight bytes. */
  private static final int OUT_SLACK = 258 + 24;

  private static final int LITERAL_BITS = 11;
  private static final int DISTANCE_BITS = 9;
  private static final int LITERAL_MASK = (1 << LITERAL_BITS) - 1;
  private static final int DISTANCE_MASK = (1 << DISTANCE_BITS) - 1;

  /** The order of code lengths in a dynamic block's header (RFC 1951, 3.2.7). */
  private static final int[] LENGTH_ORDER = {
    16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15
  };

  private enum State {
    BLOCK_HEADER,
    STORED,
    CODES,
    END
  }

  private final BitInput input;

  private final byte[] out = new byte[OUT_BYTES + OUT_SLACK];
  private int outPosition;
  private int readPosition;

  /** The first byte of this stream that is still in the buffer: no match goes farther back. */
  private int historyStart;

  private State state = State.END;
  private boolean lastBlock;
  private int storedLeft;
  private final HuffmanTable lengthCodes =
      new HuffmanTable("code lengths", 7, DeflateSymbols.CODE_LENGTHS);
  private final HuffmanTable literals =
      new HuffmanTable("literals", LITERAL_BITS, DeflateSymbols.LITERALS);
  private final HuffmanTable distances =
      new HuffmanTable("distances", DISTANCE_BITS, DeflateSymbols.DISTANCES);
  private final byte[] codeLengths = new byte[320];

  Inflate(InputStream source) {
    this.input = new BitInput(source);
  }

  /** The next byte of the input outside a stream; −1 at its end. */
  int nextByte() throws IOException {
    return input.nextByte();
  }

  /** A stream begins with the input's next byte. */
  void begin() {
    state = State.BLOCK_HEADER;
    lastBlock = false;
    input.dropBits();
    historyStart = outPosition;
  }

  /**
   * Expanded bytes, as many as there are at once; −1 at the stream's end.
   *
   * @throws FormatException if the input ends before, or is not valid
   */
  int read(byte[] target, int offset, int length) throws IOException {
    if (readPosition == outPosition && state != State.END) {
      makeRoom();
      expand();
    }
    var count = Math.min(length, outPosition - readPosition);
    if (count == 0) {
      return state == State.END ? -1 : 0;
    }
    System.arraycopy(out, readPosition, target, offset, count);
    readPosition += count;
    return count;
  }

  private void makeRoom() {
    if (outPosition >= OUT_BYTES / 2) {
      var keep = Math.min(WINDOW_BYTES, outPosition - historyStart);
      System.arraycopy(out, outPosition - keep, out, 0, keep);
      historyStart = 0;
      outPosition = keep;
      readPosition = keep;
    }
  }

  private void expand() throws IOException {
    try {
      expandBlocks();
    } catch (FormatException e) {
      // Zeros stand behind the input's end: what does not make sense there was cut off.
      if (input.isNearEnd()) {
        throw new FormatException("gzip: the stream is truncated, or its end is not valid", e);
      }
      throw e;
    }
  }

  private void expandBlocks() throws IOException {
    while (outPosition < OUT_BYTES && state != State.END) {
      switch (state) {
        case BLOCK_HEADER -> beginBlock();
        case STORED -> copyStored();
        case CODES -> expandCodes();
        default -> throw new IllegalStateException("the stream has ended");
      }
    }
  }

  private void beginBlock() throws IOException {
    if (lastBlock) {
      input.alignToByte();
      state = State.END;
      return;
    }
    lastBlock = input.take(1) == 1;
    switch (input.take(2)) {
      case 0 -> beginStored();
      case 1 -> {
        var fixed = DeflateSymbols.fixedLengths();
        literals.fill(fixed, 0, 288);
        distances.fill(fixed, 288, 32);
        state = State.CODES;
      }
      case 2 -> {
        readCodes();
        state = State.CODES;
      }
      default -> throw new FormatException("gzip: a block is of no kind that there is");
    }
  }

  private void beginStored() throws IOException {
    input.alignToByte();
    var length = input.take(16);
    if ((length ^ input.take(16)) != 0xffff) {
      throw new FormatException("gzip: a stored block's length and its complement do not agree");
    }
    input.alignToByte();
    storedLeft = length;
    state = State.STORED;
  }

  private void copyStored() throws IOException {
    var count = input.copy(out, outPosition, Math.min(storedLeft, OUT_BYTES - outPosition));
    outPosition += count;
    storedLeft -= count;
    if (storedLeft == 0) {
      state = State.BLOCK_HEADER;
    }
  }

  /** The header of a dynamic block (RFC 1951, 3.2.7). */
  private void readCodes() throws IOException {
    var literalCount = input.take(5) + 257;
    var distanceCount = input.take(5) + 1;
    var lengthCount = input.take(4) + 4;
    if (literalCount > 286 || distanceCount > 30) {
      throw new FormatException("gzip: a block has more codes than there are symbols");
    }
    Arrays.fill(codeLengths, 0, 19, (byte) 0);
    for (int i = 0; i < lengthCount; i++) {
      codeLengths[LENGTH_ORDER[i]] = (byte) input.take(3);
    }
    lengthCodes.fill(codeLengths, 0, 19);
    var total = literalCount + distanceCount;
    for (int i = 0; i < total; ) {
      i = readCodeLength(i, total);
    }
    if (codeLengths[256] == 0) {
      throw new FormatException("gzip: a block has no code for its end");
    }
    literals.fill(codeLengths, 0, literalCount);
    distances.fill(codeLengths, literalCount, distanceCount);
  }

  /** Reads one symbol of the code lengths, which may stand for many; returns the next place. */
  private int readCodeLength(int at, int total) throws IOException {
    input.need(7);
    var entry = lengthCodes.entries()[input.peek() & 127];
    if ((entry & HuffmanTable.EXCEPTION) != 0) {
      throw new FormatException("gzip: a code length that has no code");
    }
    input.take(entry & 63);
    var symbol = entry >>> 16;
    if (symbol < 16) {
      codeLengths[at] = (byte) symbol;
      return at + 1;
    }
    if (symbol == 16 && at == 0) {
      throw new FormatException("gzip: a code length that repeats nothing");
    }
    var value = symbol == 16 ? codeLengths[at - 1] : 0;
    var count =
        switch (symbol) {
          case 16 -> 3 + input.take(2);
          case 17 -> 3 + input.take(3);
          default -> 11 + input.take(7);
        };
    if (at + count > total) {
      throw new FormatException("gzip: a block has more code lengths than codes");
    }
    Arrays.fill(codeLengths, at, at + count, value);
    return at + count;
  }

  private void expandCodes() throws IOException {
    // At the input's end the zeros behind it are looked at too; what they gave is refused
    // afterwards.
    if (run(input.prepare())) {
      state = State.BLOCK_HEADER;
    }
    input.refuseOverrun();
  }

  /**
   * Expands until the block ends, the output is full or the input is near its limit. All state is
   * in local variables while it runs.
   *
   * @return whether the block has ended
   */
  private boolean run(int inLimit) throws FormatException {
    final var input = this.input;
    final var in = input.bytes;
    final var out = this.out;
    final var literals = this.literals.entries();
    final var distances = this.distances.entries();
    final var start = historyStart;
    var bits = input.bits;
    var count = input.count;
    var from = input.position;
    var to = outPosition;
    var ended = false;
    var fault = "";
    bits |= (long) LONG.get(in, from) << count;
    from += 63 - count >>> 3;
    count |= 56;
    // Looked up before what came before it is written, so that neither waits for the other.
    var entry = literals[(int) bits & LITERAL_MASK];
    while (from < inLimit && to < OUT_BYTES) {
      if (entry < 0) {
        out[to++] = (byte) (entry >>> 16);
        bits >>>= entry;
        count -= entry & 63;
        entry = literals[(int) bits & LITERAL_MASK];
        if (entry < 0) {
          out[to++] = (byte) (entry >>> 16);
          bits >>>= entry;
          count -= entry & 63;
          entry = literals[(int) bits & LITERAL_MASK];
          if (entry < 0) {
            out[to++] = (byte) (entry >>> 16);
            bits >>>= entry;
            count -= entry & 63;
            bits |= (long) LONG.get(in, from) << count;
            from += 63 - count >>> 3;
            count |= 56;
            entry = literals[(int) bits & LITERAL_MASK];
            continue;
          }
        }
      }
      if ((entry & HuffmanTable.EXCEPTION) != 0) {
        if ((entry & HuffmanTable.SECOND) != 0) {
          bits >>>= LITERAL_BITS;
          count -= LITERAL_BITS;
          entry = literals[(entry >>> 16) + ((int) bits & (1 << 15 - LITERAL_BITS) - 1)];
          if (entry < 0) {
            out[to++] = (byte) (entry >>> 16);
            bits >>>= entry;
            count -= entry & 63;
            bits |= (long) LONG.get(in, from) << count;
            from += 63 - count >>> 3;
            count |= 56;
            entry = literals[(int) bits & LITERAL_MASK];
            continue;
          }
        }
        if ((entry & HuffmanTable.EXCEPTION) != 0) {
          if ((entry & HuffmanTable.END_OF_BLOCK) == 0) {
            fault = "the compressed data has a code that stands for nothing";
            break;
          }
          bits >>>= entry;
          count -= entry & 63;
          ended = true;
          break;
        }
      }
      var length = (entry >>> 16) + (int) ((bits & (1L << entry) - 1) >>> (entry >>> 8 & 15));
      bits >>>= entry;
      count -= entry & 63;
      bits |= (long) LONG.get(in, from) << count;
      from += 63 - count >>> 3;
      count |= 56;
      entry = distances[(int) bits & DISTANCE_MASK];
      if ((entry & HuffmanTable.EXCEPTION) != 0) {
        if ((entry & HuffmanTable.SECOND) != 0) {
          bits >>>= DISTANCE_BITS;
          count -= DISTANCE_BITS;
          entry = distances[(entry >>> 16) + ((int) bits & (1 << 15 - DISTANCE_BITS) - 1)];
        }
        if ((entry & HuffmanTable.EXCEPTION) != 0) {
          fault = "the compressed data has a distance that stands for nothing";
          break;
        }
      }
      var distance = (entry >>> 16) + (int) ((bits & (1L << entry) - 1) >>> (entry >>> 8 & 15));
      bits >>>= entry;
      count -= entry & 63;
      if (distance > to - start) {
        fault = "the compressed data goes back before its beginning";
        break;
      }
      bits |= (long) LONG.get(in, from) << count;
      from += 63 - count >>> 3;
      count |= 56;
      entry = literals[(int) bits & LITERAL_MASK];
      var end = to + length;
      var match = to - distance;
      if (distance >= 8) {
        LONG.set(out, to, (long) LONG.get(out, match));
        LONG.set(out, to + 8, (long) LONG.get(out, match + 8));
        for (to += 16, match += 16; to < end; to += 8, match += 8) {
          LONG.set(out, to, (long) LONG.get(out, match));
        }
      } else if (distance == 1) {
        var run = (out[match] & 0xffL) * 0x0101010101010101L;
        for (; to < end; to += 8) {
          LONG.set(out, to, run);
        }
      } else {
        while (to < end) {
          out[to++] = out[match++];
        }
      }
      to = end;
    }
    input.bits = bits;
    input.count = count;
    input.position = from;
    outPosition = to;
    if (!fault.isEmpty()) {
      throw new FormatException("gzip: " + fault);
    }
    return ended;
  }
}
