package io.headwater.store.azure;

import com.azure.core.util.BinaryData;
import com.azure.storage.blob.BlobContainerAsyncClient;
import com.azure.storage.blob.models.BlobDownloadContentAsyncResponse;
import com.azure.storage.blob.models.BlobErrorCode;
import com.azure.storage.blob.models.BlobHttpHeaders;
import com.azure.storage.blob.models.BlobItem;
import com.azure.storage.blob.models.BlobRange;
import com.azure.storage.blob.models.BlobRequestConditions;
import com.azure.storage.blob.models.BlobStorageException;
import com.azure.storage.blob.models.DownloadRetryOptions;
import com.azure.storage.blob.options.BlobParallelUploadOptions;
import io.headwater.block.BlockDevice;
import io.headwater.block.ReadAheadStream;
import io.headwater.oci.Digest;
import io.headwater.store.BlobMissingException;
import io.headwater.store.BlobState;
import io.headwater.store.Condition;
import io.headwater.store.ConflictException;
import io.headwater.store.ContentStore;
import io.headwater.store.Cursor;
import io.headwater.store.Document;
import io.headwater.store.Stage;
import io.headwater.store.StoppableStage;
import io.headwater.store.StoreException;
import io.headwater.store.Upload;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * A store in one container of an Azure storage account: {@code blobs/sha256/ab/<hex>} and documents
 * by their names. Failing requests are tried again with growing pauses, then reported as {@link
 * StoreException}.
 */
public final class AzureStore implements ContentStore {
  private static final int MAX_TRIES = AzureAccount.MAX_TRIES;

  /** What lies beside the documents and is none. */
  private static final Pattern INTERNAL = Pattern.compile("(blobs|staging|sessions)/");

  private static final String BLOBS = "blobs/";

  private static final int READ_AHEAD_BYTES = 4 << 20;

  private final BlobContainerAsyncClient container;
  private final AzureListing listing;
  private final AzureUploads uploads;

  /**
   * A store over a client that is set up already.
   *
   * @param container exists
   */
  public AzureStore(BlobContainerAsyncClient container) {
    this.container = container;
    this.listing = new AzureListing(container);
    this.uploads = new AzureUploads(this, container, listing);
  }

  /**
   * Opens a container, which is made when it is missing.
   *
   * @param account an endpoint ({@code https://<account>.blob.core.windows.net}), for which the
   *     environment's identity is used, or a connection string, for Azurite
   */
  public static AzureStore open(String account, String containerName) throws StoreException {
    return open(account, containerName, AzureAccount.TRY_TIMEOUT_SECONDS);
  }

  static AzureStore open(String account, String containerName, int tryTimeoutSeconds)
      throws StoreException {
    var container =
        AzureAccount.blobs(account, tryTimeoutSeconds).getBlobContainerAsyncClient(containerName);
    await("cannot open container " + containerName, container.createIfNotExists());
    return new AzureStore(container);
  }

  static String blobName(Digest digest) {
    return BLOBS + digest.algorithm() + "/" + digest.hex().substring(0, 2) + "/" + digest.hex();
  }

  /** Waits for a request; what goes wrong becomes one of our errors. */
  static <T> @Nullable T await(String what, Mono<T> request) throws StoreException {
    try {
      return request.block();
    } catch (RuntimeException e) {
      throw failure(what, e);
    }
  }

  static StoreException failure(String what, Throwable thrown) {
    var cause = reactor.core.Exceptions.unwrap(thrown);
    if (cause instanceof StoreException known) {
      return known;
    }
    if (cause instanceof BlobStorageException blob) {
      var status = blob.getStatusCode();
      var retryable = status == 429 || status >= 500;
      return new StoreException(
          what + ": the storage account answered " + status + " " + blob.getErrorCode(),
          retryable,
          cause);
    }
    var reason =
        cause.getMessage() == null
            ? cause.toString()
            : cause.getMessage().lines().findFirst().orElse("");
    return new StoreException(what + ": " + reason, true, cause);
  }

  static boolean isMissing(Throwable e) {
    return e instanceof BlobStorageException blob && blob.getStatusCode() == 404;
  }

  static boolean isConflict(Throwable e) {
    return e instanceof BlobStorageException blob
        && (blob.getStatusCode() == 412
            || BlobErrorCode.BLOB_ALREADY_EXISTS.equals(blob.getErrorCode()));
  }

  @Override
  public OptionalLong size(Digest digest) throws StoreException {
    return state(digest).stream().mapToLong(BlobState::size).findFirst();
  }

  @Override
  public BlockDevice open(Digest digest) throws StoreException {
    var size = size(digest).orElseThrow(() -> new BlobMissingException(digest));
    return new AzureBlob(this, digest, size);
  }

  @Override
  public InputStream read(Digest digest) throws StoreException {
    return new ReadAheadStream(open(digest), READ_AHEAD_BYTES);
  }

  @Override
  public Flux<ByteBuffer> stream(Digest digest, long offset, long length) {
    if (length == 0) {
      return Flux.empty();
    }
    return container
        .getBlobAsyncClient(blobName(digest))
        .downloadStreamWithResponse(
            new BlobRange(offset, length),
            new DownloadRetryOptions().setMaxRetryRequests(MAX_TRIES),
            null,
            false)
        .flatMapMany(response -> response.getValue())
        .onErrorMap(
            e ->
                isMissing(e)
                    ? new BlobMissingException(digest)
                    : failure("cannot read blob " + digest, e));
  }

  @Override
  public Optional<Path> file(Digest digest) {
    return Optional.empty();
  }

  @Override
  public Stage stage(int frontBytes) {
    return new StoppableStage(new AzureStage(container, frontBytes));
  }

  @Override
  public void deleteBlob(Digest digest) throws StoreException {
    await(
        "cannot delete blob " + digest,
        container.getBlobAsyncClient(blobName(digest)).deleteIfExists());
  }

  @Override
  public boolean deleteBlob(BlobState listed) throws StoreException {
    return Boolean.TRUE.equals(
        await(
            "cannot delete blob " + listed.digest(),
            container
                .getBlobAsyncClient(blobName(listed.digest()))
                .deleteWithResponse(null, new BlobRequestConditions().setIfMatch(listed.etag()))
                .thenReturn(true)
                .onErrorResume(e -> isMissing(e) || isConflict(e), e -> Mono.just(false))));
  }

  @Override
  public boolean touchBlob(Digest digest) throws StoreException {
    return new AzurePlace(container, digest).touch();
  }

  @Override
  public Optional<BlobState> state(Digest digest) throws StoreException {
    return new AzurePlace(container, digest)
        .whole()
        .map(
            blob ->
                new BlobState(
                    digest,
                    blob.getBlobSize(),
                    blob.getLastModified().toInstant(),
                    blob.getETag()));
  }

  @Override
  public List<BlobState> blobs(Optional<Digest> after, int limit) throws StoreException {
    var behind = after.map(AzureStore::blobName).orElse("");
    return listing.page(BLOBS, behind, limit, AzureStore::isWhole).stream()
        .map(AzureStore::state)
        .toList();
  }

  @Override
  public Cursor<BlobState> blobs() {
    return listing.all(BLOBS, AzureStore::isWhole).map(AzureStore::state);
  }

  private static boolean isWhole(BlobItem item) {
    return AzurePlace.isWhole(item.getProperties().getCopyStatus());
  }

  private static BlobState state(BlobItem item) {
    var path = item.getName().split("/");
    var properties = item.getProperties();
    return new BlobState(
        new Digest(path[1], path[3]),
        properties.getContentLength(),
        properties.getLastModified().toInstant(),
        properties.getETag());
  }

  @Override
  public String beginUpload() throws StoreException {
    return uploads.begin();
  }

  @Override
  public Optional<Upload> upload(String id) throws StoreException {
    return uploads.find(id);
  }

  @Override
  public int removeAbandoned(Instant since) throws StoreException {
    return uploads.removeAbandoned(since);
  }

  @Override
  public Optional<Document> get(String name) throws StoreException {
    var found =
        await(
            "cannot read document '" + name + "'",
            container
                .getBlobAsyncClient(name)
                .downloadContentWithResponse(null, null)
                .map(response -> Optional.of(document(response)))
                .onErrorResume(AzureStore::isMissing, e -> Mono.just(Optional.empty())));
    return found == null ? Optional.empty() : found;
  }

  private static Document document(BlobDownloadContentAsyncResponse response) {
    var headers = response.getDeserializedHeaders();
    return new Document(
        response.getValue().toBytes(),
        headers.getContentType(),
        headers.getETag(),
        AzureAccount.age(headers.getLastModified(), response.getHeaders()));
  }

  private static BlobRequestConditions conditions(Condition condition) {
    return switch (condition) {
      case Condition.Always always -> new BlobRequestConditions();
      case Condition.IfAbsent absent -> new BlobRequestConditions().setIfNoneMatch("*");
      case Condition.IfMatch match -> new BlobRequestConditions().setIfMatch(match.etag());
    };
  }

  @Override
  public String put(String name, byte[] content, String mediaType, Condition condition)
      throws StoreException {
    var options =
        new BlobParallelUploadOptions(BinaryData.fromBytes(content))
            .setHeaders(new BlobHttpHeaders().setContentType(mediaType))
            .setRequestConditions(conditions(condition));
    var etag =
        await(
            "cannot write document '" + name + "'",
            container
                .getBlobAsyncClient(name)
                .uploadWithResponse(options)
                .map(response -> response.getValue().getETag())
                .onErrorResume(AzureStore::isConflict, e -> Mono.empty()));
    if (etag == null) {
      throw new ConflictException("document '" + name + "'");
    }
    return etag;
  }

  @Override
  public void delete(String name, Condition condition) throws StoreException {
    var done =
        await(
            "cannot delete document '" + name + "'",
            container
                .getBlobAsyncClient(name)
                .deleteWithResponse(null, conditions(condition))
                .thenReturn(true)
                .onErrorResume(
                    e -> isMissing(e) && !(condition instanceof Condition.IfMatch),
                    e -> Mono.just(true))
                .onErrorResume(e -> isMissing(e) || isConflict(e), e -> Mono.just(false)));
    if (!Boolean.TRUE.equals(done)) {
      throw new ConflictException("document '" + name + "'");
    }
  }

  @Override
  public List<String> list(String prefix, String after, int limit) throws StoreException {
    return listing.page(prefix, after, limit, AzureStore::isDocument).stream()
        .map(BlobItem::getName)
        .toList();
  }

  @Override
  public Cursor<String> names(String prefix) {
    return listing.all(prefix, AzureStore::isDocument).map(BlobItem::getName);
  }

  private static boolean isDocument(BlobItem item) {
    return !INTERNAL.matcher(item.getName()).lookingAt();
  }

  @Override
  public void close() {}
}
