package io.headwater.registry;

import io.headwater.fault.FormatException;
import io.headwater.oci.Descriptor;
import io.headwater.oci.Digest;
import io.headwater.oci.Field;
import io.headwater.oci.Json;
import io.headwater.oci.Manifest;
import io.headwater.oci.MediaTypes;
import io.headwater.store.Cursor;
import io.headwater.store.StoreException;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The manifests whose subject is a certain one, in the order of their digests (OCI distribution
 * spec, "Listing Referrers"). For an index, the streaming artifacts of its manifests are listed
 * with its own referrers, as ACR does it.
 */
public final class Referrers {
  /** Descriptors of a page, as JSON: an answer is a manifest, and no larger than one may be. */
  private static final int PAGE_BYTES = Manifest.MAX_BYTES / 2;

  private final Repository repository;
  private final Digest subject;
  private final String artifactType;

  /**
   * Some of them.
   *
   * @param hasMore whether there are more behind these
   */
  public record Page(List<Descriptor> referrers, boolean hasMore) {}

  /** All referrers of {@code artifactType}; all at all when that is empty. */
  Referrers(Repository repository, Digest subject, String artifactType) {
    this.repository = repository;
    this.subject = subject;
    this.artifactType = artifactType;
  }

  /** Looks at a referrer. */
  public interface Visitor {
    void visit(Descriptor referrer) throws IOException;
  }

  /** Shows all, of which a page is in memory at a time. */
  void forEach(Visitor visitor) throws IOException {
    for (var page = page(Optional.empty(), Cursor.PAGE); ; ) {
      for (var referrer : page.referrers()) {
        visitor.visit(referrer);
      }
      if (!page.hasMore()) {
        return;
      }
      page = page(Optional.of(page.referrers().getLast().digest()), Cursor.PAGE);
    }
  }

  /**
   * A page: one referrer at least where there is one, and no more than an answer can have.
   *
   * @param after only those whose digest is behind this one; empty for the first page
   * @param limit at most so many, one or more
   */
  Page page(Optional<Digest> after, int limit) throws StoreException, FormatException {
    var page = new Filling(after, limit);
    page.add(subject, artifactType);
    if (artifactType.isEmpty() || artifactType.equals(MediaTypes.STREAMING_ARTIFACT)) {
      var stored = repository.manifest(subject);
      if (stored.isPresent() && MediaTypes.isIndex(stored.get().mediaType())) {
        for (var child :
            References.of(stored.get().bytes(), stored.get().mediaType()).manifests()) {
          page.add(child.digest(), MediaTypes.STREAMING_ARTIFACT);
        }
      }
    }
    return new Page(List.copyOf(page.found.values()), page.hasMore);
  }

  /** A page that gets the first ones of several lists, each of which has its own order. */
  private final class Filling {
    private final Optional<Digest> after;
    private final int limit;
    private final TreeMap<Digest, Descriptor> found = new TreeMap<>();
    private long bytes;
    private boolean hasMore;

    Filling(Optional<Digest> after, int limit) {
      this.after = after;
      this.limit = limit;
    }

    void add(Digest of, String type) throws StoreException, FormatException {
      var folder = repository.layout().referrers(of);
      var behind = after.map(digest -> repository.layout().referrer(of, digest)).orElse("");
      for (var names = repository.store().names(folder, behind); names.hasNext(); ) {
        var name = names.next();
        if (hasMore && RepositoryLayout.flatDigest(name).compareTo(found.lastKey()) > 0) {
          return;
        }
        var referrer = read(name, type);
        if (referrer.isPresent()) {
          add(referrer.get());
        }
      }
    }

    private Optional<Descriptor> read(String name, String type)
        throws StoreException, FormatException {
      var content = repository.store().get(name);
      if (content.isEmpty()) {
        return Optional.empty();
      }
      var descriptor =
          Descriptor.read(Field.document(content.get().content(), "referrer of " + subject));
      // A referrer is written before its manifest, and counts from when that is there.
      return (type.isEmpty() || type.equals(descriptor.artifactType()))
              && repository
                  .store()
                  .get(repository.layout().manifest(descriptor.digest()))
                  .isPresent()
          ? Optional.of(descriptor)
          : Optional.empty();
    }

    private void add(Descriptor referrer) {
      if (found.put(referrer.digest(), referrer) == null) {
        bytes += bytesOf(referrer);
      }
      while (found.size() > limit || bytes > PAGE_BYTES && found.size() > 1) {
        bytes -= bytesOf(found.pollLastEntry().getValue());
        hasMore = true;
      }
    }

    private static long bytesOf(Descriptor referrer) {
      return Json.write(referrer).length;
    }
  }
}
