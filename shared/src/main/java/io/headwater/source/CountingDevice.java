package io.headwater.source;

import io.headwater.block.BlockDevice;
import java.io.IOException;
import java.nio.ByteBuffer;

/** Counts what is read of a device. */
public record CountingDevice(BlockDevice device, Traffic traffic) implements BlockDevice {
  @Override
  public long sizeBytes() {
    return device.sizeBytes();
  }

  @Override
  public void read(long offsetBytes, ByteBuffer destination) throws IOException {
    traffic.add(destination.remaining());
    device.read(offsetBytes, destination);
  }

  @Override
  public void close() throws IOException {
    device.close();
  }
}
