package io.headwater.store.azure;

import com.azure.storage.blob.BlobContainerAsyncClient;
import com.azure.storage.blob.models.BlobItem;
import com.azure.storage.blob.specialized.BlockBlobAsyncClient;
import io.headwater.fault.FormatException;
import io.headwater.oci.Digest;
import io.headwater.oci.Field;
import io.headwater.oci.Json;
import io.headwater.store.CarriedDigests;
import io.headwater.store.Condition;
import io.headwater.store.ConflictException;
import io.headwater.store.Document;
import io.headwater.store.StoppableWriter;
import io.headwater.store.StoreException;
import io.headwater.store.StoredBlob;
import io.headwater.store.Upload;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Uploads as staged blocks of a blob, and a document that says which of them count, in which order.
 * Who writes changes the document on condition that nobody else has: blocks of whoever was late
 * count for nothing.
 */
final class AzureUploads {
  private static final String FOLDER = "sessions/";
  private static final Pattern ID = Pattern.compile("[0-9a-f-]{36}");

  /**
   * After so many bytes a writer makes what it has staged count, so that little is lost with it.
   */
  private static final long CHECKPOINT_BYTES = 64L << 20;

  private final AzureStore store;
  private final BlobContainerAsyncClient container;
  private final AzureListing listing;
  private final CarriedDigests carried = new CarriedDigests();

  /** The document. */
  record Session(List<AzureBlocks.Block> blocks) {}

  AzureUploads(AzureStore store, BlobContainerAsyncClient container, AzureListing listing) {
    this.listing = listing;
    this.store = store;
    this.container = container;
  }

  String begin() throws StoreException {
    var id = UUID.randomUUID().toString();
    write(id, List.of(), Condition.IF_ABSENT);
    carried.begin(id);
    return id;
  }

  private String write(String id, List<AzureBlocks.Block> blocks, Condition condition)
      throws StoreException {
    return store.put(FOLDER + id, Json.write(new Session(blocks)), "application/json", condition);
  }

  Optional<Upload> find(String id) throws StoreException {
    if (!ID.matcher(id).matches()) {
      return Optional.empty();
    }
    var document = store.get(FOLDER + id);
    return document.isEmpty() ? Optional.empty() : Optional.of(read(id, document.get()));
  }

  private Upload read(String id, Document document) throws StoreException {
    try {
      var session = Field.document(document.content(), "upload " + id);
      var blocks = session.field("blocks").list(AzureBlocks.Block::read);
      return new AzureUpload(id, blocks, document.etag());
    } catch (FormatException e) {
      throw new StoreException("upload " + id + " cannot be read", false, e);
    }
  }

  int removeAbandoned(Instant since) throws StoreException {
    var removed = 0;
    for (var folder : List.of(FOLDER, AzureStage.FOLDER)) {
      for (var old = listing.all(folder, item -> isOlder(item, since)); old.hasNext(); ) {
        var item = old.next();
        if (remove(item)) {
          carried.forget(item.getName().substring(folder.length()));
          removed++;
        }
      }
    }
    return removed;
  }

  private static boolean isOlder(BlobItem item, Instant since) {
    return item.getProperties().getLastModified().toInstant().isBefore(since);
  }

  /** Unless somebody has gone on with it since it was listed. */
  private boolean remove(BlobItem item) throws StoreException {
    try {
      store.delete(item.getName(), Condition.ifMatch(item.getProperties().getETag()));
      return true;
    } catch (ConflictException e) {
      return false;
    }
  }

  private final class AzureUpload implements Upload {
    private final String id;
    private final List<AzureBlocks.Block> blocks;
    private final String etag;
    private final BlockBlobAsyncClient staged;
    private final long sizeBytes;

    AzureUpload(String id, List<AzureBlocks.Block> blocks, String etag) {
      this.id = id;
      this.blocks = blocks;
      this.etag = etag;
      this.staged = container.getBlobAsyncClient(AzureStage.FOLDER + id).getBlockBlobAsyncClient();
      this.sizeBytes = blocks.stream().mapToLong(AzureBlocks.Block::size).sum();
    }

    @Override
    public long sizeBytes() {
      return sizeBytes;
    }

    @Override
    public Writer append() {
      return new StoppableWriter("upload " + id, new Appender());
    }

    @Override
    public StoredBlob seal(Digest expected) throws FormatException, StoreException {
      // Whoever is still writing finds that the document was changed.
      write(id, blocks, Condition.ifMatch(etag));
      AzureStore.await(
          "cannot commit upload " + id,
          staged.commitBlockList(blocks.stream().map(AzureBlocks.Block::id).toList()));
      var known = carried.take(id, sizeBytes);
      var actual =
          known.isPresent() && expected.algorithm().equals("sha256")
              ? Digest.ofHash(known.get().digest())
              : AzureStage.readBack(staged, expected.algorithm(), sizeBytes);
      if (!actual.equals(expected)) {
        discard();
        throw new FormatException(
            "the content's digest is " + actual + ", not " + expected + "; send it again");
      }
      new AzurePlace(container, actual).copy(staged, sizeBytes);
      discard();
      return new StoredBlob(actual, sizeBytes);
    }

    @Override
    public void discard() throws StoreException {
      carried.forget(id);
      store.delete(FOLDER + id, Condition.ALWAYS);
      AzureStore.await("cannot discard upload " + id, staged.deleteIfExists());
    }

    private final class Appender implements Writer {
      private final AzureBlocks more = new AzureBlocks(staged, blocks.size());
      private final @Nullable MessageDigest sha256;
      private String current = etag;
      private long position = sizeBytes;
      private long counted = sizeBytes;

      Appender() {
        this.sha256 = carried.take(id, sizeBytes).orElse(null);
      }

      @Override
      public void write(ByteBuffer bytes) throws StoreException {
        position += bytes.remaining();
        if (sha256 != null) {
          sha256.update(bytes.duplicate());
        }
        more.write(bytes);
        if (position - counted >= CHECKPOINT_BYTES) {
          count();
        }
      }

      /** Makes what was written count, as far as it arrived without a gap. */
      private void count() throws StoreException {
        try {
          more.flush();
        } catch (StoreException e) {
          countStaged();
          throw e;
        }
        countStaged();
      }

      private void countStaged() throws StoreException {
        var arrived = sizeBytes + more.stagedBytes();
        if (arrived == counted) {
          return;
        }
        var all = new ArrayList<>(blocks);
        all.addAll(more.staged());
        try {
          current = AzureUploads.this.write(id, all, Condition.ifMatch(current));
        } catch (ConflictException e) {
          throw new ConflictException("upload " + id);
        }
        counted = arrived;
      }

      @Override
      public void close() throws StoreException {
        if (more.hasFailed()) {
          countStaged(); // whoever wrote was told
          return;
        }
        if (position > counted) {
          count();
        }
        if (sha256 != null) {
          carried.put(id, sha256, position);
        }
      }
    }
  }
}
