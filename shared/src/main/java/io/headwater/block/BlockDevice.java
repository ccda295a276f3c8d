package io.headwater.block;

import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/**
 * A fixed number of bytes that can be read at any offset. Blocking; safe for use by several threads
 * at once.
 */
public interface BlockDevice extends Closeable {
  /** Bytes copied at a time. */
  int COPY_BYTES = 1 << 20;

  /** Bytes read at a time from a device that is near. */
  int STREAM_BYTES = 128 * 1024;

  /** The number of bytes. */
  long sizeBytes();

  /** The bytes from first to last. Closing the stream leaves the device open. */
  default InputStream stream() {
    return farBytes() > 0
        ? new ReadAheadStream(this, farBytes())
        : new BufferedInputStream(new DeviceInputStream(this), STREAM_BYTES);
  }

  /** Bytes that are well read at once where each read is far; 0 where it is near. */
  default int farBytes() {
    return 0;
  }

  /**
   * Fills {@code destination} with the bytes from {@code offsetBytes} on.
   *
   * @throws EOFException if the device ends before the buffer is full; nothing is promised about
   *     the buffer then
   */
  void read(long offsetBytes, ByteBuffer destination) throws IOException;

  /**
   * The {@code length} bytes from {@code offsetBytes} on, in a little-endian buffer of their own.
   */
  default ByteBuffer read(long offsetBytes, int length) throws IOException {
    var buffer = ByteBuffer.allocate(length).order(java.nio.ByteOrder.LITTLE_ENDIAN);
    read(offsetBytes, buffer);
    return buffer.flip();
  }

  /**
   * Appends {@code length} bytes from {@code offsetBytes} on to a file. Files do it without
   * touching the bytes.
   */
  default void copyTo(FileChannel out, long offsetBytes, long length) throws IOException {
    for (long done = 0; done < length; ) {
      var piece = read(offsetBytes + done, (int) Math.min(COPY_BYTES, length - done));
      done += piece.remaining();
      while (piece.hasRemaining()) {
        out.write(piece);
      }
    }
  }

  @Override
  default void close() throws IOException {}

  /** Refuses a read that leaves a device of {@code sizeBytes}. */
  static void checkRange(long offsetBytes, int length, long sizeBytes) throws EOFException {
    if (offsetBytes < 0 || offsetBytes > sizeBytes - length) {
      throw new EOFException(
          "read of "
              + length
              + " bytes at offset "
              + offsetBytes
              + " leaves the "
              + sizeBytes
              + " bytes that there are");
    }
  }
}
