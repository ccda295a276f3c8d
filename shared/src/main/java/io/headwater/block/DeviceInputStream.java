package io.headwater.block;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;

/**
 * A device read from its first byte to its last. Skipping reads nothing. Closing it leaves the
 * device open.
 */
public final class DeviceInputStream extends InputStream {
  private final BlockDevice device;
  private long position;

  public DeviceInputStream(BlockDevice device) {
    this.device = device;
  }

  @Override
  public int read() throws IOException {
    var one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] out, int offset, int length) throws IOException {
    var count = (int) Math.min(length, device.sizeBytes() - position);
    if (count <= 0) {
      return length == 0 ? 0 : -1;
    }
    device.read(position, ByteBuffer.wrap(out, offset, count));
    position += count;
    return count;
  }

  @Override
  public long skip(long count) {
    var skipped = Math.clamp(count, 0, device.sizeBytes() - position);
    position += skipped;
    return skipped;
  }
}
