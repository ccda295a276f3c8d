package io.headwater.block;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/**
 * A part of another device: {@code sizeBytes} bytes from {@code firstByte} on. Closing it closes
 * the whole.
 */
public record Slice(BlockDevice whole, long firstByte, long sizeBytes) implements BlockDevice {
  public Slice {
    if (firstByte < 0 || sizeBytes < 0 || firstByte > whole.sizeBytes() - sizeBytes) {
      throw new IllegalArgumentException(
          sizeBytes
              + " bytes at "
              + firstByte
              + " are no part of a device of "
              + whole.sizeBytes()
              + " bytes");
    }
  }

  @Override
  public int farBytes() {
    return whole.farBytes();
  }

  @Override
  public void read(long offsetBytes, ByteBuffer destination) throws IOException {
    BlockDevice.checkRange(offsetBytes, destination.remaining(), sizeBytes);
    whole.read(firstByte + offsetBytes, destination);
  }

  @Override
  public void copyTo(FileChannel out, long offsetBytes, long length) throws IOException {
    if (offsetBytes < 0 || offsetBytes > sizeBytes - length) {
      throw new EOFException(
          length + " bytes at " + offsetBytes + " leave a part of " + sizeBytes + " bytes");
    }
    whole.copyTo(out, firstByte + offsetBytes, length);
  }

  @Override
  public void close() throws IOException {
    whole.close();
  }
}
