package io.headwater.store.azure;

import com.azure.core.util.BinaryData;
import com.azure.storage.blob.BlobContainerAsyncClient;
import com.azure.storage.blob.specialized.BlockBlobAsyncClient;
import io.headwater.fault.FormatException;
import io.headwater.oci.Digest;
import io.headwater.store.Stage;
import io.headwater.store.StoreException;
import io.headwater.store.StoredBlob;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Optional;
import java.util.UUID;

/**
 * A blob on its way into the container: a small one in one request; a larger one as blocks staged
 * side by side under a name of their own, committed once, digested, and copied by the service to
 * the name that the digest gives.
 */
final class AzureStage implements Stage {
  private final BlobContainerAsyncClient container;
  private final BlockBlobAsyncClient staged;
  private final int frontBytes;
  private final Body body = new Body();
  private final MessageDigest digest = Digest.sha256();
  private final AzureBlocks blocks;
  private boolean committed;

  AzureStage(BlobContainerAsyncClient container, int frontBytes) {
    this.container = container;
    this.frontBytes = frontBytes;
    this.staged =
        container.getBlobAsyncClient(FOLDER + UUID.randomUUID()).getBlockBlobAsyncClient();
    this.blocks = new AzureBlocks(staged, frontBytes > 0 ? 1 : 0);
  }

  static final String FOLDER = "staging/";

  private final class Body extends OutputStream {
    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      digest.update(bytes, offset, length);
      blocks.write(ByteBuffer.wrap(bytes, offset, length));
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
    var whole = blocks.unstaged();
    if (whole.isPresent()) {
      return sealWhole(front, whole.get(), expected);
    }
    blocks.flush();
    var ids = new ArrayList<String>();
    if (frontBytes > 0) {
      ids.add(AzureBlocks.id(0));
      AzureStore.await(
          "cannot write a blob", staged.stageBlock(ids.getFirst(), BinaryData.fromBytes(front)));
    }
    blocks.staged().forEach(block -> ids.add(block.id()));
    committed = true;
    AzureStore.await("cannot commit a blob", staged.commitBlockList(ids));
    var size = frontBytes + blocks.stagedBytes();
    var algorithm = algorithm(expected);
    var actual =
        isDigested(algorithm) ? Digest.ofHash(digest.digest()) : readBack(staged, algorithm, size);
    check(actual, expected);
    new AzurePlace(container, actual).copy(staged, size);
    return new StoredBlob(actual, size);
  }

  private static String algorithm(Optional<Digest> expected) {
    return expected.map(Digest::algorithm).orElse("sha256");
  }

  /** Whether the digest was taken while the content was written. */
  private boolean isDigested(String algorithm) {
    return frontBytes == 0 && algorithm.equals("sha256");
  }

  private static void check(Digest actual, Optional<Digest> expected) throws FormatException {
    if (expected.isPresent() && !expected.get().equals(actual)) {
      throw new FormatException("the content's digest is " + actual + ", not " + expected.get());
    }
  }

  /** What fits into one block goes to its place in one request. */
  private StoredBlob sealWhole(byte[] front, ByteBuffer rest, Optional<Digest> expected)
      throws FormatException, StoreException {
    var content = ByteBuffer.allocate(front.length + rest.remaining()).put(front).put(rest).flip();
    var algorithm = algorithm(expected);
    var actual =
        isDigested(algorithm)
            ? Digest.ofHash(digest.digest())
            : Digest.of(algorithm, content.array());
    check(actual, expected);
    new AzurePlace(container, actual).write(content);
    return new StoredBlob(actual, content.remaining());
  }

  /** The digest of what was committed, which is read for it. */
  static Digest readBack(BlockBlobAsyncClient staged, String algorithm, long size)
      throws StoreException {
    var computation = Digest.computation(algorithm);
    if (size > 0) {
      AzureStore.await(
          "cannot read a blob back", staged.downloadStream().doOnNext(computation::update).then());
    }
    return Digest.ofHash(algorithm, computation.digest());
  }

  /**
   * Uncommitted blocks are dropped by the service after a week; a committed stage is removed here.
   */
  @Override
  public void close() throws StoreException {
    blocks.cancel();
    if (committed) {
      AzureStore.await("cannot discard a stage", staged.deleteIfExists());
      committed = false;
    }
  }
}
