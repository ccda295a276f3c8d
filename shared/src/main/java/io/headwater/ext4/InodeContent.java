package io.headwater.ext4;

import io.headwater.block.BlockDevice;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * The content of a file as a device; holes read as zeros.
 *
 * @param device the disk that the file system fills
 * @param blockSize bytes of its blocks
 * @param extents where the content is, ascending
 */
record InodeContent(BlockDevice device, int blockSize, long sizeBytes, List<Extent> extents)
    implements BlockDevice {
  @Override
  public void read(long offsetBytes, ByteBuffer destination) throws EOFException, IOException {
    BlockDevice.checkRange(offsetBytes, destination.remaining(), sizeBytes);
    var position = offsetBytes;
    var i = firstEndingAfter(position / blockSize);
    while (destination.hasRemaining()) {
      var extent = i < extents.size() ? extents.get(i) : null;
      if (extent != null && extent.logical() * blockSize <= position) {
        var skip = position - extent.logical() * blockSize;
        var count =
            (int) Math.min((long) extent.length() * blockSize - skip, destination.remaining());
        var part = destination.slice(destination.position(), count);
        device.read(extent.physical() * blockSize + skip, part);
        destination.position(destination.position() + count);
        position += count;
        i++;
      } else {
        var holeEnd = extent == null ? Long.MAX_VALUE : extent.logical() * blockSize;
        var count = (int) Math.min(holeEnd - position, destination.remaining());
        for (int k = 0; k < count; k++) {
          destination.put((byte) 0);
        }
        position += count;
      }
    }
  }

  private int firstEndingAfter(long block) {
    int low = 0;
    int high = extents.size();
    while (low < high) {
      var middle = (low + high) >>> 1;
      if (extents.get(middle).end() > block) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return low;
  }

  /** Leaves the disk open. */
  @Override
  public void close() {}
}
