package io.headwater.store.azure;

import com.azure.core.http.rest.Response;
import com.azure.core.util.BinaryData;
import com.azure.storage.blob.BlobContainerAsyncClient;
import com.azure.storage.blob.models.BlobProperties;
import com.azure.storage.blob.models.BlobRange;
import com.azure.storage.blob.models.BlobRequestConditions;
import com.azure.storage.blob.models.BlobStorageException;
import com.azure.storage.blob.models.BlobType;
import com.azure.storage.blob.models.DownloadRetryOptions;
import com.azure.storage.blob.models.ListBlobsOptions;
import com.azure.storage.blob.options.BlobParallelUploadOptions;
import io.headwater.block.BlockDevice;
import io.headwater.store.StoreException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import reactor.core.publisher.Mono;

/**
 * A container into which others put files. A file may be replaced or deleted at any time: what is
 * read is all of one state of it, or an error. Blocks.
 */
public final class AzureFolder {
  /** Who adds to a file does so at least so often. */
  private static final Duration QUIET = Duration.ofSeconds(15);

  private static final int READ_AHEAD_BYTES = 4 << 20;

  private final BlobContainerAsyncClient container;

  private AzureFolder(BlobContainerAsyncClient container) {
    this.container = container;
  }

  /**
   * Opens a container, which is made when it is missing.
   *
   * @param account see {@link AzureStore#open}
   */
  public static AzureFolder open(String account, String containerName) throws StoreException {
    var container =
        AzureAccount.blobs(account, AzureAccount.TRY_TIMEOUT_SECONDS)
            .getBlobContainerAsyncClient(containerName);
    AzureStore.await("cannot open container " + containerName, container.createIfNotExists());
    return new AzureFolder(container);
  }

  /**
   * A file in one of its states.
   *
   * @param sizeBytes of it
   * @param etag differs for each state
   * @param isGrowing whether it is one that is added to, and was so a moment ago
   */
  public record File(String name, long sizeBytes, String etag, boolean isGrowing) {}

  /** The name of the container. */
  public String name() {
    return container.getBlobContainerName();
  }

  /** A file as it is now; empty when there is none. */
  public Optional<File> find(String name) throws StoreException {
    var found =
        AzureStore.await(
            "cannot look for '" + name + "'",
            container
                .getBlobAsyncClient(name)
                .getPropertiesWithResponse(null)
                .map(response -> Optional.of(file(name, response)))
                .onErrorResume(AzureStore::isMissing, e -> Mono.just(Optional.empty())));
    return found == null ? Optional.empty() : found;
  }

  private static File file(String name, Response<BlobProperties> response) {
    var blob = response.getValue();
    var isGrowing =
        blob.getBlobType() == BlobType.APPEND_BLOB
            && !Boolean.TRUE.equals(blob.isSealed())
            && AzureAccount.age(blob.getLastModified(), response.getHeaders()).compareTo(QUIET) < 0;
    return new File(name, blob.getBlobSize(), quoted(blob.getETag()), isGrowing);
  }

  /** Lists give ETags without the quotes that headers have. */
  private static String quoted(String etag) {
    return etag.startsWith("\"") ? etag : "\"" + etag + "\"";
  }

  /** All files whose names begin with a prefix. */
  public List<File> list(String prefix) throws StoreException {
    var found =
        AzureStore.await(
            "cannot list container " + name(),
            container
                .listBlobs(new ListBlobsOptions().setPrefix(prefix))
                .map(
                    item ->
                        new File(
                            item.getName(),
                            item.getProperties().getContentLength(),
                            quoted(item.getProperties().getETag()),
                            /* isGrowing= */ false))
                .collectList());
    return found == null ? List.of() : found;
  }

  /** A state of a file, to be read by ranges. Reading fails once it is no more. */
  public BlockDevice open(File file) {
    return new FileDevice(file);
  }

  private final class FileDevice implements BlockDevice {
    private final File file;

    FileDevice(File file) {
      this.file = file;
    }

    @Override
    public long sizeBytes() {
      return file.sizeBytes();
    }

    @Override
    public int farBytes() {
      return READ_AHEAD_BYTES;
    }

    @Override
    public void read(long offsetBytes, ByteBuffer destination) throws java.io.IOException {
      BlockDevice.checkRange(offsetBytes, destination.remaining(), sizeBytes());
      if (!destination.hasRemaining()) {
        return;
      }
      var range = new BlobRange(offsetBytes, (long) destination.remaining());
      AzureStore.await(
          "cannot read '" + file.name() + "'",
          container
              .getBlobAsyncClient(file.name())
              .downloadStreamWithResponse(
                  range,
                  new DownloadRetryOptions().setMaxRetryRequests(AzureAccount.MAX_TRIES),
                  new BlobRequestConditions().setIfMatch(file.etag()),
                  false)
              .flatMapMany(response -> response.getValue())
              .doOnNext(destination::put)
              .then());
    }
  }

  /** Writes a small text. */
  public void write(String name, String text) throws StoreException {
    AzureStore.await(
        "cannot write '" + name + "'",
        container
            .getBlobAsyncClient(name)
            .uploadWithResponse(
                new BlobParallelUploadOptions(
                    BinaryData.fromBytes(text.getBytes(StandardCharsets.UTF_8)))));
  }

  /** Deletes a file if it is still in that state; says whether it was. */
  public boolean delete(File file) throws StoreException {
    return Boolean.TRUE.equals(
        AzureStore.await(
            "cannot delete '" + file.name() + "'",
            container
                .getBlobAsyncClient(file.name())
                .deleteWithResponse(null, new BlobRequestConditions().setIfMatch(file.etag()))
                .thenReturn(true)
                .onErrorResume(AzureFolder::isGone, e -> Mono.just(false))));
  }

  private static boolean isGone(Throwable e) {
    return e instanceof BlobStorageException blob
        && (blob.getStatusCode() == 404 || blob.getStatusCode() == 412);
  }
}
