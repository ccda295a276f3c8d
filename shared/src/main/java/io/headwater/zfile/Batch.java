package io.headwater.zfile;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Some blocks on their way from input to compressed bytes. Filled by the writer, compressed by a
 * worker, used again.
 */
final class Batch {
  private static final int BYTES = 256 * 1024;

  private final int blockSize;
  private final byte[] in;
  private final byte[] out;
  private final int[] storedLengths;
  private final RawCrc32c crc = RawCrc32c.ofBlocks();
  private int filled;
  private int outLength;

  Batch(ZFileOptions options) {
    this.blockSize = options.blockSize();
    var blocks = BYTES / blockSize;
    this.in = new byte[BYTES];
    this.out =
        new byte[blocks * (options.compression().maxCompressedLength(blockSize) + Integer.BYTES)];
    this.storedLengths = new int[blocks];
  }

  /** Takes as many bytes as there is room for; returns how many. */
  int fill(byte[] bytes, int offset, int length) {
    var count = Math.min(length, BYTES - filled);
    System.arraycopy(bytes, offset, in, filled, count);
    filled += count;
    return count;
  }

  boolean isFull() {
    return filled == BYTES;
  }

  boolean isEmpty() {
    return filled == 0;
  }

  void reset() {
    filled = 0;
    outLength = 0;
  }

  void compress(Compression.Compressor compressor) {
    var output = ByteBuffer.wrap(out).order(ByteOrder.LITTLE_ENDIAN);
    outLength = 0;
    for (int block = 0, offset = 0; offset < filled; block++, offset += blockSize) {
      var length =
          compressor.compress(in, offset, Math.min(blockSize, filled - offset), out, outLength);
      output.putInt(outLength + length, crc.of(out, outLength, length));
      storedLengths[block] = length + Integer.BYTES;
      outLength += storedLengths[block];
    }
  }

  byte[] output() {
    return out;
  }

  int outputLength() {
    return outLength;
  }

  int blocks() {
    return (filled + blockSize - 1) / blockSize;
  }

  int storedLength(int block) {
    return storedLengths[block];
  }
}
