package io.headwater.registry;

import io.headwater.fault.FormatException;
import io.headwater.fault.LimitException;
import io.headwater.oci.Digest;
import io.headwater.oci.Field;
import io.headwater.oci.Json;
import io.headwater.registry.DeletedImage.DeletedManifest;
import io.headwater.store.Condition;
import io.headwater.store.ConflictException;
import io.headwater.store.ContentStore;
import io.headwater.store.Document;
import io.headwater.store.StoreException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;

/**
 * What can be restored: a document for each deleted image and one for each deleted blob. While the
 * document is there, its blobs are not collected.
 */
final class DeletionRecords {
  private final ContentStore store;
  private final RepositoryLayout layout;

  /**
   * A record as it was read.
   *
   * @param etag for removing it on the condition that nobody has added to it since
   */
  record Kept(DeletedImage image, String etag) {}

  DeletionRecords(Repository repository) {
    this.store = repository.store();
    this.layout = repository.layout();
  }

  /**
   * Adds to what can be restored of an image. Of two deletions at once, and of one that goes on
   * where another was broken off, each has seen only a part: what both saw is kept.
   *
   * @return the record's ETag
   */
  String add(StoredManifest image, Collection<String> tags, List<StoredManifest> manifests)
      throws StoreException, FormatException {
    while (true) {
      var before = find(image.digest());
      var allTags = new LinkedHashSet<>(tags);
      var all = new LinkedHashMap<Digest, StoredManifest>();
      if (before.isPresent()) {
        allTags.addAll(before.get().image().tags());
        before.get().image().manifests().forEach(m -> all.put(m.digest(), m.stored()));
      }
      if (bytes(all.values()) + bytes(manifests) > DeletionFamily.MAX_BYTES) {
        all.clear(); // of more than can be kept, what is deleted last
      }
      manifests.forEach(manifest -> all.put(manifest.digest(), manifest));
      var deleted =
          new DeletedImage(
              image.digest(),
              image.mediaType(),
              Instant.now().toString(),
              List.copyOf(allTags),
              inOrder(image.digest(), all.values()));
      try {
        return store.put(
            layout.deletedManifest(image.digest()),
            readable(deleted),
            "application/json",
            before.isEmpty() ? Condition.IF_ABSENT : Condition.ifMatch(before.get().etag()));
      } catch (ConflictException e) {
        // Another deletion has added what it saw: add to that.
      }
    }
  }

  private static long bytes(Collection<StoredManifest> manifests) {
    return manifests.stream().mapToLong(manifest -> manifest.bytes().length).sum();
  }

  /** What could not be read again could neither be restored nor purged, and nothing collected. */
  private static byte[] readable(DeletedImage deleted) throws FormatException {
    var bytes = Json.write(deleted);
    try {
      var unused = DeletedImage.read(Field.document(bytes, "deleted image"));
      return bytes;
    } catch (LimitException e) {
      throw new RegistryException(
          ErrorCode.UNSUPPORTED,
          "more goes with manifest "
              + deleted.digest()
              + " than can be kept for restoring it ("
              + e.getMessage()
              + "): delete some of its tags, or of the images that it lists, first");
    }
  }

  /** As they are restored: the images of an index, the image, what refers to them. */
  private static List<DeletedManifest> inOrder(Digest image, Collection<StoredManifest> manifests) {
    var images = new ArrayList<DeletedManifest>();
    var referrers = new ArrayList<DeletedManifest>();
    DeletedManifest itself = null;
    for (var manifest : manifests) {
      if (manifest.digest().equals(image)) {
        itself = DeletedManifest.of(manifest);
      } else {
        (manifest.subject().isPresent() ? referrers : images).add(DeletedManifest.of(manifest));
      }
    }
    if (itself != null) {
      images.add(itself);
    }
    images.addAll(referrers);
    return images;
  }

  Optional<Kept> find(Digest digest) throws StoreException, FormatException {
    var document = store.get(layout.deletedManifest(digest));
    return document.isEmpty() ? Optional.empty() : Optional.of(read(digest, document.get()));
  }

  private static Kept read(Digest digest, Document document) throws FormatException {
    return new Kept(
        DeletedImage.read(Field.document(document.content(), "deleted image " + digest)),
        document.etag());
  }

  boolean areThereAny() throws StoreException {
    return !store.list(layout.deletedManifests(), "", 1).isEmpty();
  }

  /** Looks at a record. */
  interface Visitor {
    void visit(Kept kept) throws IOException;
  }

  /** Shows all records, of which one is in memory at a time: each may have many manifests. */
  void forEach(Visitor visitor) throws IOException {
    var folder = layout.deletedManifests();
    for (var names = store.names(folder); names.hasNext(); ) {
      var kept = find(RepositoryLayout.digest(folder, names.next()));
      if (kept.isPresent()) {
        visitor.visit(kept.get());
      }
    }
  }

  /**
   * Forgets a record, unless a deletion has added to it since: what that took away is nowhere else.
   *
   * @return whether it was as it was read
   */
  boolean forget(Digest digest, String etag) throws StoreException {
    return remove(layout.deletedManifest(digest), etag);
  }

  /** Keeps the content of a blob whose link is about to be removed. */
  void addBlob(Digest digest, long size) throws StoreException {
    store.put(
        layout.deletedBlob(digest),
        (size + " " + Instant.now()).getBytes(StandardCharsets.UTF_8),
        "text/plain",
        Condition.ALWAYS);
  }

  /** A blob that is linked again needs no record: its link keeps it. */
  void forgetBlob(Digest digest) throws StoreException {
    store.delete(layout.deletedBlob(digest), Condition.ALWAYS);
  }

  /** Shows the blobs that were deleted and may still be needed. */
  void forEachBlob(BlobLinks.Visitor visitor) throws IOException {
    BlobLinks.forEachDigest(store, layout.deletedBlobs(), visitor);
  }

  /** Forgets the records of blobs that were deleted before a time. */
  void purgeBlobs(Instant before) throws IOException {
    forEachBlob(
        digest -> {
          var document = store.get(layout.deletedBlob(digest));
          if (document.isPresent()
              && Instant.parse(document.get().text().split(" ", 2)[1]).isBefore(before)) {
            remove(layout.deletedBlob(digest), document.get().etag());
          }
        });
  }

  private boolean remove(String name, String etag) throws StoreException {
    try {
      store.delete(name, Condition.ifMatch(etag));
      return true;
    } catch (ConflictException e) {
      return false; // written anew, which begins its time anew; or removed by somebody else
    }
  }
}
