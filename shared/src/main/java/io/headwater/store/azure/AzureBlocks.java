package io.headwater.store.azure;

import com.azure.core.util.BinaryData;
import com.azure.storage.blob.specialized.BlockBlobAsyncClient;
import io.headwater.fault.FormatException;
import io.headwater.oci.Field;
import io.headwater.store.StoreException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/** Stages what is written as the blocks of a blob, some of them at the same time. */
final class AzureBlocks {
  private static final int FIRST_BUFFER_BYTES = 64 * 1024;
  private static final int BLOCK_BYTES = 4 << 20;
  private static final int PARALLEL = 4;

  /**
   * The service takes 50,000 blocks in one blob; from here on each is larger, so that a terabyte
   * fits.
   */
  private static final int SMALL_BLOCKS = 20_000;

  private static final int LARGE_BLOCK_BYTES = 32 << 20;

  /** A block that the service has. */
  record Block(String id, int size) {
    static Block read(Field field) throws FormatException {
      return new Block(
          field.field("id").text(), (int) field.field("size").number(0, Integer.MAX_VALUE));
    }
  }

  private record Running(Block block, CompletableFuture<@Nullable Void> done) {}

  private final BlockBlobAsyncClient blob;
  private final int first;
  private final List<Block> staged = new ArrayList<>();
  private final Queue<Running> running = new ArrayDeque<>();
  private byte[] buffer = new byte[0];
  private int filled;

  /** Why a block did not arrive: nothing behind it counts from then on. */
  private @Nullable StoreException failure;

  /** Stages blocks from a number on. */
  AzureBlocks(BlockBlobAsyncClient blob, int first) {
    this.blob = blob;
    this.first = first;
  }

  /**
   * A block's id: all of a blob's are equally long. The random part keeps writers apart that do not
   * know of each other.
   */
  static String id(int number) {
    var text = "%08d-%08x".formatted(number, ThreadLocalRandom.current().nextInt());
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.US_ASCII));
  }

  void write(ByteBuffer bytes) throws StoreException {
    requireNoGap();
    while (bytes.hasRemaining()) {
      var most = first + staged.size() < SMALL_BLOCKS ? BLOCK_BYTES : LARGE_BLOCK_BYTES;
      if (filled == buffer.length) {
        buffer = Arrays.copyOf(buffer, Math.clamp(2L * filled, FIRST_BUFFER_BYTES, most));
      }
      var count = Math.min(bytes.remaining(), buffer.length - filled);
      bytes.get(buffer, filled, count);
      filled += count;
      if (filled == most) {
        stage();
      }
    }
  }

  private void stage() throws StoreException {
    while (running.size() >= PARALLEL) {
      finishOldest();
    }
    var block = new Block(id(first + staged.size() + running.size()), filled);
    var content = BinaryData.fromByteBuffer(ByteBuffer.wrap(buffer, 0, filled));
    running.add(new Running(block, blob.stageBlock(block.id(), content).toFuture()));
    buffer = new byte[0];
    filled = 0;
  }

  private void finishOldest() throws StoreException {
    var oldest = running.remove();
    try {
      oldest.done().join();
      staged.add(oldest.block());
    } catch (CompletionException | CancellationException e) {
      cancel();
      failure = AzureStore.failure("cannot write a blob", e.getCause() == null ? e : e.getCause());
      throw failure;
    }
  }

  private void requireNoGap() throws StoreException {
    if (failure != null) {
      throw failure;
    }
  }

  boolean hasFailed() {
    return failure != null;
  }

  /** All that was written, as long as none of it had to be staged. */
  Optional<ByteBuffer> unstaged() throws StoreException {
    requireNoGap();
    return staged.isEmpty() && running.isEmpty()
        ? Optional.of(ByteBuffer.wrap(buffer, 0, filled))
        : Optional.empty();
  }

  /** Stages what is left and waits for all. */
  void flush() throws StoreException {
    requireNoGap();
    if (filled > 0) {
      stage();
    }
    while (!running.isEmpty()) {
      finishOldest();
    }
  }

  /** The blocks that the service has, in their order, without gaps. */
  List<Block> staged() {
    return staged;
  }

  /** Bytes of those blocks. */
  long stagedBytes() {
    return staged.stream().mapToLong(Block::size).sum();
  }

  /** Gives up what is under way. */
  void cancel() {
    running.forEach(block -> block.done().cancel(true));
    running.clear();
  }
}
