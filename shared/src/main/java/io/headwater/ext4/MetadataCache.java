package io.headwater.ext4;

import io.headwater.block.BlockDevice;
import io.headwater.fault.LimitException;
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

    /** Whether that is a copy, and not the one block of zeros. */
    boolean isCopied;

    Block(byte[] data) {
      this.data = data;
    }
  }

  private final @Nullable BlockDevice below;
  private final long maxBytes;
  private final Map<Long, Block> blocks = new HashMap<>();
  private long heldBytes;
  private List<Long> changed = new ArrayList<>();

  /**
   * A cache over the layers below.
   *
   * @param below the device that the earlier layers make; null for an empty one
   * @param maxBytes that may be held; more is refused
   */
  MetadataCache(@Nullable BlockDevice below, long maxBytes) {
    this.below = below;
    this.maxBytes = maxBytes;
  }

  /**
   * Counts bytes that are held from now on: few bytes of a layer can ask for many here.
   *
   * @throws LimitException if they are too many
   */
  void hold(long bytes) throws LimitException {
    heldBytes += bytes;
    if (heldBytes > maxBytes) {
      throw new LimitException(
          "the metadata of the file system takes more than "
              + maxBytes
              + " bytes of memory (max-metadata-bytes)");
    }
  }

  /** The block's bytes, to be looked at only. */
  byte[] read(long number) throws IOException {
    return block(number).data;
  }

  /** The block's bytes, to be changed. */
  byte[] change(long number) throws IOException {
    var block = block(number);
    if (block.before == null) {
      block.before = ZEROS;
      if (!isZero(block.data)) {
        hold(Geometry.BLOCK);
        block.before = block.data.clone();
        block.isCopied = true;
      }
      changed.add(number);
    }
    return block.data;
  }

  /** A block that was free: its bytes, all zero, to be changed. */
  byte[] create(long number) throws LimitException {
    var block = blocks.get(number);
    if (block == null) {
      hold(Geometry.BLOCK);
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
    var block = blocks.remove(number);
    if (block != null) {
      heldBytes -= Geometry.BLOCK;
      forgetBefore(block);
    }
  }

  private void forgetBefore(Block block) {
    if (block.isCopied) {
      heldBytes -= Geometry.BLOCK;
    }
    block.isCopied = false;
    block.before = null;
  }

  private Block block(long number) throws IOException {
    var block = blocks.get(number);
    if (block == null) {
      hold(Geometry.BLOCK);
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
      forgetBefore(block);
    }
    changed = new ArrayList<>();
  }

  static boolean isZero(byte[] block) {
    return Arrays.equals(block, ZEROS);
  }
}
