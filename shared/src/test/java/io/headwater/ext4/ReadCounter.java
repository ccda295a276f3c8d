package io.headwater.ext4;

import io.headwater.block.BlockDevice;
import java.io.IOException;
import java.nio.ByteBuffer;

/** Counts the reads of a device. */
final class ReadCounter implements BlockDevice {
  private final BlockDevice device;
  private int reads;

  ReadCounter(BlockDevice device) {
    this.device = device;
  }

  int reads() {
    return reads;
  }

  @Override
  public long sizeBytes() {
    return device.sizeBytes();
  }

  @Override
  public void read(long offsetBytes, ByteBuffer destination) throws IOException {
    reads++;
    device.read(offsetBytes, destination);
  }
}
