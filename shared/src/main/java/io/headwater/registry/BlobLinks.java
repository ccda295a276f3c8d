package io.headwater.registry;

import io.headwater.fault.FormatException;
import io.headwater.oci.Digest;
import io.headwater.store.Condition;
import io.headwater.store.ConflictException;
import io.headwater.store.ContentStore;
import io.headwater.store.Document;
import io.headwater.store.StoreException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Which blobs a repository has. A link says since when it is wanted: collecting garbage leaves
 * those alone that are younger than its grace time, and whoever refers to a blob makes its link
 * young before. So a manifest that is put while garbage is collected keeps its blobs.
 */
final class BlobLinks {
  /** A link this young need not be made younger; grace times are much longer. */
  private static final Duration YOUNG = Duration.ofSeconds(1);

  private static final String TEXT = "text/plain";

  /**
   * A link.
   *
   * @param size bytes of the blob
   * @param since when it was last wanted
   */
  record Link(long size, Instant since, String etag) {}

  private final ContentStore store;
  private final RepositoryLayout layout;

  BlobLinks(ContentStore store, RepositoryLayout layout) {
    this.store = store;
    this.layout = layout;
  }

  Optional<Link> find(Digest digest) throws StoreException, FormatException {
    var document = store.get(layout.blob(digest));
    return document.isEmpty()
        ? Optional.empty()
        : Optional.of(read(document.get(), "link of blob " + digest));
  }

  private static Link read(Document document, String what) throws FormatException {
    var parts = document.text().split(" ", 2);
    try {
      var since = parts.length < 2 ? Instant.EPOCH : Instant.parse(parts[1]);
      return new Link(Long.parseLong(parts[0]), since, document.etag());
    } catch (NumberFormatException | DateTimeParseException e) {
      throw new FormatException(
          what + ": '" + document.text() + "', the blob's size and a time are wanted", e);
    }
  }

  private static byte[] text(long size) {
    return (size + " " + Instant.now()).getBytes(StandardCharsets.UTF_8);
  }

  /** Links a blob that was just written. */
  void put(Digest digest, long size) throws StoreException {
    store.put(layout.blob(digest), text(size), TEXT, Condition.ALWAYS);
  }

  /**
   * Links a blob that is in the store already.
   *
   * @return false if it is there no more
   */
  boolean adopt(Digest digest, long size) throws StoreException {
    if (!store.touchBlob(digest)) {
      return false;
    }
    put(digest, size);
    return true;
  }

  /**
   * Makes the link young.
   *
   * @return the blob's size in bytes; empty if there is none
   */
  OptionalLong refresh(Digest digest) throws StoreException, FormatException {
    while (true) {
      var link = find(digest);
      if (link.isEmpty()) {
        return OptionalLong.empty();
      }
      if (link.get().since().isAfter(Instant.now().minus(YOUNG))) {
        return OptionalLong.of(link.get().size());
      }
      try {
        var condition = Condition.ifMatch(link.get().etag());
        store.put(layout.blob(digest), text(link.get().size()), TEXT, condition);
        return OptionalLong.of(link.get().size());
      } catch (ConflictException e) {
        // Refreshed or removed meanwhile: look again.
      }
    }
  }

  /** Removes a link; with {@code etag}, only if it is still the one that was read. */
  void remove(Digest digest, Optional<String> etag) throws StoreException {
    store.delete(layout.blob(digest), etag.map(Condition::ifMatch).orElse(Condition.ALWAYS));
  }

  /** What looks at a digest. */
  interface Visitor {
    void visit(Digest digest) throws IOException;
  }

  /** Shows the digests of all blobs that are linked. */
  void forEach(Visitor visitor) throws IOException {
    forEachDigest(store, layout.blobs(), visitor);
  }

  /** Shows all digests that name documents in a folder of the layout. */
  static void forEachDigest(ContentStore store, String folder, Visitor visitor) throws IOException {
    for (var documents = store.names(folder); documents.hasNext(); ) {
      visitor.visit(RepositoryLayout.digest(folder, documents.next()));
    }
  }
}
