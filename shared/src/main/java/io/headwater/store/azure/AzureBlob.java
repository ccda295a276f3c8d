package io.headwater.store.azure;

import io.headwater.block.BlockDevice;
import io.headwater.oci.Digest;
import java.io.IOException;
import java.nio.ByteBuffer;

/** A blob in the account, read by ranges. */
final class AzureBlob implements BlockDevice {
  private final AzureStore store;
  private final Digest digest;
  private final long sizeBytes;

  AzureBlob(AzureStore store, Digest digest, long sizeBytes) {
    this.store = store;
    this.digest = digest;
    this.sizeBytes = sizeBytes;
  }

  @Override
  public long sizeBytes() {
    return sizeBytes;
  }

  @Override
  public void read(long offsetBytes, ByteBuffer destination) throws IOException {
    BlockDevice.checkRange(offsetBytes, destination.remaining(), sizeBytes);
    if (destination.hasRemaining()) {
      AzureStore.await(
          "cannot read blob " + digest,
          store.stream(digest, offsetBytes, destination.remaining())
              .doOnNext(destination::put)
              .then());
    }
  }
}
