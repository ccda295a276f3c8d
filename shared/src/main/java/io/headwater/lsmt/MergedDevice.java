package io.headwater.lsmt;

import io.headwater.block.BlockDevice;
import io.headwater.fault.FormatException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * The disk that a stack of layers makes (formats/overlaybd.md §1, stacking): a sector comes from
 * the topmost layer that maps it; one that none maps reads as zeros. Safe for use by several
 * threads.
 */
public final class MergedDevice implements BlockDevice {
  /** The most layers that the format's readers stack. */
  public static final int MAX_LAYERS = 255;

  private final List<LsmtReader> layers;
  private final long sizeBytes;

  /**
   * Stacks opened layers.
   *
   * @param layers lowest first
   * @throws FormatException if there are none or too many, or none says how large the device is
   */
  public MergedDevice(List<LsmtReader> layers) throws FormatException {
    if (layers.isEmpty() || layers.size() > MAX_LAYERS) {
      throw new FormatException(
          "LSMT: a stack has 1 to " + MAX_LAYERS + " layers, not " + layers.size());
    }
    this.layers = List.copyOf(layers);
    long size = 0;
    for (var layer : layers) {
      size = layer.virtualSize() != 0 ? layer.virtualSize() : size;
    }
    if (size <= 0) {
      throw new FormatException("LSMT: no layer says how large the device is");
    }
    this.sizeBytes = size;
  }

  @Override
  public long sizeBytes() {
    return sizeBytes;
  }

  @Override
  public void read(long offsetBytes, ByteBuffer destination) throws IOException {
    BlockDevice.checkRange(offsetBytes, destination.remaining(), sizeBytes);
    read(layers.size() - 1, offsetBytes, destination);
  }

  /** Fills the buffer from layers {@code top} and below. */
  private void read(int top, long offsetBytes, ByteBuffer destination) throws IOException {
    if (top < 0) {
      zeros(destination, destination.remaining());
      return;
    }
    var layer = layers.get(top);
    var position = offsetBytes;
    var i = layer.firstRangeEndingAfter(position / LsmtWriter.SECTOR);
    while (destination.hasRemaining()) {
      var range = i < layer.ranges() ? layer.range(i++) : null;
      var gapEnd = range == null ? Long.MAX_VALUE : range.offset() * LsmtWriter.SECTOR;
      if (gapEnd > position) {
        var gap = (int) Math.min(gapEnd - position, destination.remaining());
        read(top - 1, position, part(destination, gap));
        position += gap;
      }
      if (range != null && destination.hasRemaining()) {
        var skip = position - range.offset() * LsmtWriter.SECTOR;
        var length =
            (int)
                Math.min(range.length() * (long) LsmtWriter.SECTOR - skip, destination.remaining());
        if (range.zeroed()) {
          zeros(destination, length);
        } else {
          layer.readData(range.moffset() * LsmtWriter.SECTOR + skip, part(destination, length));
        }
        position += length;
      }
    }
  }

  /**
   * The buffer's next {@code length} bytes as a buffer of their own; the buffer moves on behind
   * them.
   */
  private static ByteBuffer part(ByteBuffer buffer, int length) {
    var part = buffer.slice(buffer.position(), length);
    buffer.position(buffer.position() + length);
    return part;
  }

  private static void zeros(ByteBuffer buffer, int length) {
    if (buffer.hasArray()) {
      var from = buffer.arrayOffset() + buffer.position();
      java.util.Arrays.fill(buffer.array(), from, from + length, (byte) 0);
      buffer.position(buffer.position() + length);
    } else {
      for (int i = 0; i < length; i++) {
        buffer.put((byte) 0);
      }
    }
  }

  /**
   * The ranges of the device that some layer maps, for copying it sparsely: calls {@code visitor}
   * in ascending order.
   */
  public void forEachMapped(RangeVisitor visitor) throws IOException {
    var next = new int[layers.size()];
    long covered = 0;
    while (true) {
      Mapping least = null;
      for (int i = 0; i < next.length; i++) {
        var layer = layers.get(i);
        while (next[i] < layer.ranges() && layer.range(next[i]).end() <= covered) {
          next[i]++;
        }
        if (next[i] < layer.ranges()
            && (least == null || layer.range(next[i]).offset() < least.offset())) {
          least = layer.range(next[i]);
        }
      }
      if (least == null) {
        return;
      }
      var from = Math.max(least.offset(), covered);
      visitor.range(from * LsmtWriter.SECTOR, (least.end() - from) * LsmtWriter.SECTOR);
      covered = least.end();
    }
  }

  /** Takes the mapped ranges of a device one after the other. */
  public interface RangeVisitor {
    void range(long offsetBytes, long lengthBytes) throws IOException;
  }

  @Override
  public void close() throws IOException {
    for (var layer : layers) {
      layer.close();
    }
  }
}
