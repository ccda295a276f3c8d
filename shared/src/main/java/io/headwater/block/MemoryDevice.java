package io.headwater.block;

import java.io.IOException;
import java.nio.ByteBuffer;

/** Bytes in memory as a device. The array is used, not copied. */
public record MemoryDevice(byte[] bytes) implements BlockDevice {
  @Override
  public long sizeBytes() {
    return bytes.length;
  }

  @Override
  public void read(long offsetBytes, ByteBuffer destination) throws IOException {
    BlockDevice.checkRange(offsetBytes, destination.remaining(), bytes.length);
    destination.put(bytes, (int) offsetBytes, destination.remaining());
  }
}
