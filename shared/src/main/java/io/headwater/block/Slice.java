package io.headwater.block;

import java.io.IOException;
import java.nio.ByteBuffer;

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
  public void read(long offsetBytes, ByteBuffer destination) throws IOException {
    BlockDevice.checkRange(offsetBytes, destination.remaining(), sizeBytes);
    whole.read(firstByte + offsetBytes, destination);
  }

  @Override
  public void close() throws IOException {
    whole.close();
  }
}
