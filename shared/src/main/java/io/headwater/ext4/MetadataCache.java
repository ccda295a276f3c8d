package io.headwater.ext4;

import io.headwater.block.BlockDevice;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The metadata blocks that were touched, in memory. Reads what it does not have from the layers
 * below. Remembers of each block that is changed what it was before the layer, so that a layer
 * holds exactly the blocks that it changes.
 */
final class MetadataCache {
  private static final byte[] ZEROS = new byte[Geometry.BLOCK];

  private static final class Block {
    final byte[] data;

    /** What the block was when the layer began; null while it is unchanged. */
    byte @Nullable [] before;

    Block(byte[] data) {
      this.data = data;
    }
  }

  private final @Nullable BlockDevice below;
  private final Map<Long, Block> blocks = new HashMap<>();
  private List<Long> changed = new ArrayList<>();

  /**
   * A cache over the layers below.
   *
   * @param below the device that the earlier layers make; null for an empty one
   */
  MetadataCache(@Nullable BlockDevice below) {
    this.below = below;
  }

  /** The block's bytes, to be looked at only. */
  byte[] read(long number) throws IOException {
    return block(number).data;
  }

  /** The block's bytes, to be changed. */
  byte[] change(long number) throws IOException {
    var block = block(number);
    if (block.before == null) {
      block.before = isZero(block.data) ? ZEROS : block.data.clone();
      changed.add(number);
    }
    return block.data;
  }

  /** A block that was free: its bytes, all zero, to be changed. */
  byte[] create(long number) {
    var block = blocks.get(number);
    if (block == null) {
      block = new Block(new byte[Geometry.BLOCK]);
      blocks.put(number, block);
    } else {
      Arrays.fill(block.data, (byte) 0);
    }
    if (block.before == null) {
      // What lower layers have there belonged to nothing: it is always written.
      block.before = ZEROS;
      changed.add(number);
    }
    return block.data;
  }

  /** Forgets a block that became free: nothing of it is written. */
  void drop(long number) {
    blocks.remove(number);
  }

  private Block block(long number) throws IOException {
    var block = blocks.get(number);
    if (block == null) {
      block = new Block(new byte[Geometry.BLOCK]);
      if (below != null) {
        below.read(number * Geometry.BLOCK, ByteBuffer.wrap(block.data));
      }
      blocks.put(number, block);
    }
    return block;
  }

  /** Writes the blocks that differ from what they were, in ascending order, and begins anew. */
  void flush(BlockOutput output) throws IOException {
    var numbers = changed.stream().sorted().distinct().toList();
    for (var number : numbers) {
      var block = blocks.get(number);
      if (block == null || block.before == null) {
        continue;
      }
      if (!Arrays.equals(block.data, block.before)) {
        output.write(number * Geometry.BLOCK, block.data, 0, Geometry.BLOCK);
      }
      block.before = null;
    }
    changed = new ArrayList<>();
  }

  static boolean isZero(byte[] block) {
    return Arrays.equals(block, ZEROS);
  }
}
