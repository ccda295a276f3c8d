package io.headwater.store.azure;

import com.azure.core.util.BinaryData;
import com.azure.core.util.polling.LongRunningOperationStatus;
import com.azure.storage.blob.BlobAsyncClient;
import com.azure.storage.blob.BlobContainerAsyncClient;
import com.azure.storage.blob.models.BlobErrorCode;
import com.azure.storage.blob.models.BlobProperties;
import com.azure.storage.blob.models.BlobRequestConditions;
import com.azure.storage.blob.models.BlobStorageException;
import com.azure.storage.blob.models.CopyStatusType;
import com.azure.storage.blob.options.BlobBeginCopyOptions;
import com.azure.storage.blob.options.BlobParallelUploadOptions;
import com.azure.storage.blob.specialized.BlockBlobAsyncClient;
import io.headwater.oci.Digest;
import io.headwater.store.StoreException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * The place of a blob under its digest. What is there is whole, or counts as not being there: while
 * the service copies, and after a copy that failed, the place has a blob of no bytes whose copy
 * status says so ("Copy Blob": "creates a committed blob of zero length before returning").
 */
final class AzurePlace {
  private static final Duration COPY_POLL = Duration.ofMillis(50);

  /** Others may write and remove the same blob meanwhile; nobody does so for long. */
  private static final int MAX_TRIES = 5;

  /** Another process's copy of the same blob is waited for so long, then it is an error. */
  private static final Duration LONGEST_COPY = Duration.ofMinutes(10);

  private final Digest digest;
  private final BlobAsyncClient place;

  AzurePlace(BlobContainerAsyncClient container, Digest digest) {
    this.digest = digest;
    this.place = container.getBlobAsyncClient(AzureStore.blobName(digest));
  }

  /** What is there and whole. */
  Optional<BlobProperties> whole() throws StoreException {
    return any().filter(AzurePlace::isWhole);
  }

  private Optional<BlobProperties> any() throws StoreException {
    var found =
        AzureStore.await(
            "cannot look for blob " + digest,
            place
                .getProperties()
                .map(Optional::of)
                .onErrorResume(AzureStore::isMissing, e -> Mono.just(Optional.empty())));
    return found == null ? Optional.empty() : found;
  }

  private static boolean isWhole(BlobProperties blob) {
    return isWhole(blob.getCopyStatus());
  }

  /** Whether a copy status is that of a whole blob; null is that of one that was written. */
  static boolean isWhole(@Nullable CopyStatusType status) {
    return status == null || CopyStatusType.SUCCESS.equals(status);
  }

  /** Gives it a new ETag and time; false if there is nothing whole. */
  boolean touch() throws StoreException {
    return whole().isPresent() && mark();
  }

  private boolean mark() throws StoreException {
    return Boolean.TRUE.equals(
        AzureStore.await(
            "cannot touch blob " + digest,
            place
                .setMetadata(Map.of("touched", Long.toString(System.currentTimeMillis())))
                .thenReturn(true)
                .onErrorResume(AzureStore::isMissing, e -> Mono.just(false))));
  }

  /** Writes it in one request; what is there already is touched. */
  void write(ByteBuffer content) throws StoreException {
    fill(
        content.remaining(),
        () -> {
          var options =
              new BlobParallelUploadOptions(BinaryData.fromByteBuffer(content.duplicate()))
                  .setRequestConditions(new BlobRequestConditions().setIfNoneMatch("*"));
          return AzureStore.await(
              "cannot write blob " + digest,
              place
                  .uploadWithResponse(options)
                  .thenReturn(true)
                  .onErrorResume(AzureStore::isConflict, e -> Mono.just(false)));
        });
  }

  /** Lets the service copy it from where it was committed; what is there already is touched. */
  void copy(BlockBlobAsyncClient staged, long sizeBytes) throws StoreException {
    fill(sizeBytes, () -> copied(staged, sizeBytes));
  }

  /** One way to fill the place, on condition that nothing is there; false when something is. */
  private interface Filling {
    @Nullable Boolean run() throws StoreException;
  }

  private void fill(long sizeBytes, Filling filling) throws StoreException {
    for (int tries = 0; tries < MAX_TRIES; tries++) {
      var found = settled();
      if (found.isPresent() && isWhole(found.get()) && found.get().getBlobSize() == sizeBytes) {
        if (mark()) {
          return;
        }
      } else {
        if (found.isPresent()) {
          remove(found.get());
        }
        if (Boolean.TRUE.equals(filling.run())) {
          return;
        }
      }
    }
    throw failure("others write and remove it all the time", true);
  }

  /** What is there, once nobody copies to it any more. */
  private Optional<BlobProperties> settled() throws StoreException {
    var end = System.nanoTime() + LONGEST_COPY.toNanos();
    while (true) {
      var found = any();
      if (found.isEmpty() || !CopyStatusType.PENDING.equals(found.get().getCopyStatus())) {
        return found;
      }
      if (System.nanoTime() > end) {
        throw failure("a copy to its place does not end", true);
      }
      AzureStore.await("cannot wait", Mono.delay(COPY_POLL));
    }
  }

  private boolean copied(BlockBlobAsyncClient staged, long sizeBytes) throws StoreException {
    var options =
        new BlobBeginCopyOptions(staged.getBlobUrl())
            .setPollInterval(COPY_POLL)
            .setDestinationRequestConditions(new BlobRequestConditions().setIfNoneMatch("*"));
    LongRunningOperationStatus status;
    try {
      var last = place.beginCopy(options).blockLast();
      status = last == null ? LongRunningOperationStatus.FAILED : last.getStatus();
    } catch (RuntimeException e) {
      if (isTaken(reactor.core.Exceptions.unwrap(e))) {
        return false;
      }
      throw AzureStore.failure("cannot put blob " + digest + " into place", e);
    }
    var found = any();
    var isGood =
        LongRunningOperationStatus.SUCCESSFULLY_COMPLETED.equals(status)
            && found.isPresent()
            && isWhole(found.get())
            && found.get().getBlobSize() == sizeBytes;
    if (!isGood) {
      if (found.isPresent()) {
        remove(found.get());
      }
      throw failure("the copy into place ended as " + status, true);
    }
    return true;
  }

  private static boolean isTaken(Throwable e) {
    return AzureStore.isConflict(e)
        || e instanceof BlobStorageException blob
            && BlobErrorCode.PENDING_COPY_OPERATION.equals(blob.getErrorCode());
  }

  /** Removes what is no whole blob, if it is still that. */
  private void remove(BlobProperties broken) throws StoreException {
    AzureStore.await(
        "cannot remove what is left of blob " + digest,
        place
            .deleteWithResponse(null, new BlobRequestConditions().setIfMatch(broken.getETag()))
            .then()
            .onErrorResume(
                e -> AzureStore.isMissing(e) || AzureStore.isConflict(e), e -> Mono.empty()));
  }

  private StoreException failure(String why, boolean retryable) {
    return new StoreException(
        "cannot put blob " + digest + " into place: " + why, retryable, new IOException("copy"));
  }
}
