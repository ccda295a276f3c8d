package io.headwater.store.azure;

import com.azure.core.util.BinaryData;
import com.azure.core.util.polling.PollResponse;
import com.azure.storage.blob.BlobContainerAsyncClient;
import com.azure.storage.blob.models.BlobCopyInfo;
import com.azure.storage.blob.specialized.BlockBlobAsyncClient;
import io.headwater.fault.FormatException;
import io.headwater.oci.Digest;
import io.headwater.store.Stage;
import io.headwater.store.StoreException;
import io.headwater.store.StoredBlob;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/**
 * A blob on its way into the container: blocks staged side by side under a name of their own,
 * committed once, digested, and copied by the service to the name that the digest gives.
 */
final class AzureStage implements Stage {
  private static final int BLOCK_BYTES = 4 << 20;
  private static final int PARALLEL = 4;

  /**
   * The service takes 50,000 blocks in one blob; from here on each is larger, so that 190 GB and
   * more fit.
   */
  private static final int SMALL_BLOCKS = 20_000;

  private static final int LARGE_BLOCK_BYTES = 32 << 20;
  private static final Duration COPY_POLL = Duration.ofMillis(200);

  private final BlobContainerAsyncClient container;
  private final BlockBlobAsyncClient staged;
  private final int frontBytes;
  private final Body body = new Body();
  private final MessageDigest digest = Digest.sha256();
  private final List<String> blocks = new ArrayList<>();
  private final Queue<CompletableFuture<@Nullable Void>> running = new ArrayDeque<>();
  private boolean committed;

  AzureStage(BlobContainerAsyncClient container, int frontBytes) {
    this.container = container;
    this.frontBytes = frontBytes;
    this.staged =
        container.getBlobAsyncClient("staging/" + UUID.randomUUID()).getBlockBlobAsyncClient();
    if (frontBytes > 0) {
      blocks.add(blockId(0));
    }
  }

  private static String blockId(int number) {
    return Base64.getEncoder()
        .encodeToString("%08d".formatted(number).getBytes(StandardCharsets.US_ASCII));
  }

  private final class Body extends OutputStream {
    private byte[] block = new byte[BLOCK_BYTES];
    private int filled;

    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      digest.update(bytes, offset, length);
      for (int done = 0; done < length; ) {
        var count = Math.min(length - done, block.length - filled);
        System.arraycopy(bytes, offset + done, block, filled, count);
        filled += count;
        done += count;
        if (filled == block.length) {
          stageBlock();
        }
      }
    }

    private void stageBlock() throws StoreException {
      if (filled == 0) {
        return;
      }
      while (running.size() >= PARALLEL) {
        finishOldest();
      }
      var id = blockId(blocks.size());
      blocks.add(id);
      running.add(
          staged
              .stageBlock(id, BinaryData.fromByteBuffer(ByteBuffer.wrap(block, 0, filled)))
              .toFuture());
      block = new byte[blocks.size() < SMALL_BLOCKS ? BLOCK_BYTES : LARGE_BLOCK_BYTES];
      filled = 0;
    }
  }

  private void finishOldest() throws StoreException {
    try {
      running.remove().join();
    } catch (CompletionException e) {
      throw AzureStore.failure("cannot write a blob", e.getCause() == null ? e : e.getCause());
    }
  }

  @Override
  public OutputStream body() {
    return body;
  }

  @Override
  public StoredBlob seal(byte[] front, Optional<Digest> expected)
      throws FormatException, StoreException {
    if (front.length != frontBytes) {
      throw new IllegalArgumentException("front of " + front.length + " bytes, not " + frontBytes);
    }
    body.stageBlock();
    if (frontBytes > 0) {
      running.add(staged.stageBlock(blocks.getFirst(), BinaryData.fromBytes(front)).toFuture());
    }
    while (!running.isEmpty()) {
      finishOldest();
    }
    var info = AzureStore.await("cannot commit a blob", staged.commitBlockList(blocks));
    committed = info != null;
    var properties = AzureStore.await("cannot read a blob back", staged.getProperties());
    var size = properties == null ? 0 : properties.getBlobSize();
    var actual = digest(expected, size);
    if (expected.isPresent() && !expected.get().equals(actual)) {
      throw new FormatException("the content's digest is " + actual + ", not " + expected.get());
    }
    copyTo(actual);
    return new StoredBlob(actual, size);
  }

  /** Reads the blob back, unless everything passed by in order. */
  private Digest digest(Optional<Digest> expected, long size) throws StoreException {
    var algorithm = expected.map(Digest::algorithm).orElse("sha256");
    if (frontBytes == 0 && algorithm.equals("sha256")) {
      return Digest.ofHash(digest.digest());
    }
    var computation = expected.map(Digest::computation).orElseGet(Digest::sha256);
    if (size > 0) {
      AzureStore.await(
          "cannot read a blob back", staged.downloadStream().doOnNext(computation::update).then());
    }
    return Digest.ofHash(algorithm, computation.digest());
  }

  private void copyTo(Digest target) throws StoreException {
    var name = AzureStore.blobName(target);
    var client = container.getBlobAsyncClient(name);
    if (Boolean.TRUE.equals(AzureStore.await("cannot look for blob " + target, client.exists()))) {
      return;
    }
    PollResponse<BlobCopyInfo> last;
    try {
      last =
          client
              .beginCopy(staged.getBlobUrl(), COPY_POLL)
              .map(r -> new PollResponse<>(r.getStatus(), r.getValue()))
              .blockLast();
    } catch (RuntimeException e) {
      throw AzureStore.failure("cannot put blob " + target + " into place", e);
    }
    if (last != null && !last.getStatus().isComplete()) {
      throw new StoreException(
          "the copy of blob " + target + " into place ended as " + last.getStatus(),
          true,
          new IOException("copy"));
    }
  }

  /**
   * Uncommitted blocks are dropped by the service after a week; a committed stage is removed here.
   */
  @Override
  public void close() throws StoreException {
    for (var future : running) {
      future.cancel(true);
    }
    running.clear();
    if (committed) {
      AzureStore.await("cannot discard a stage", staged.deleteIfExists());
      committed = false;
    }
  }
}
