package io.headwater.registry;

import io.headwater.fault.FormatException;
import io.headwater.oci.Digest;
import io.headwater.oci.Field;
import io.headwater.store.BlobState;
import io.headwater.store.Condition;
import io.headwater.store.ConflictException;
import io.headwater.store.ContentStore;
import io.headwater.store.StoreException;
import io.headwater.store.StoredBlob;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * Removes what nothing refers to any more: deleted images whose retention is over, artifacts whose
 * image is gone, links to blobs that no manifest names, then blobs without links, and abandoned
 * uploads.
 *
 * <p>Safe beside pushes and conversions. Links and blobs that were wanted within the grace time are
 * left alone, and what is removed is removed on condition that nobody has touched it since it was
 * looked at; whoever refers to a link or a blob touches it first, and finds out if it is gone.
 */
public final class GarbageCollection {
  /** Longer than any push or conversion takes from its first blob to its manifest. */
  public static final Duration DEFAULT_GRACE = Duration.ofHours(24);

  private final Registry registry;
  private final ContentStore store;
  private final Instant before;
  private final boolean dryRun;
  private final DigestNumbers linked = new DigestNumbers();

  private int purgedImages;
  private int orphans;
  private int links;
  private int reusableLayers;
  private int blobs;
  private long bytes;
  private int uploads;

  /**
   * What was removed, or would be.
   *
   * @param purgedImages deleted images whose retention was over
   * @param orphans streaming artifacts without their image
   * @param links of repositories to blobs that none of their manifests names
   * @param reusableLayers converted layers that were kept for reuse and that no artifact has
   * @param blobs removed from the store
   * @param bytes of those blobs
   * @param uploads that were abandoned
   */
  public record Report(
      boolean dryRun,
      int purgedImages,
      int orphans,
      int links,
      int reusableLayers,
      int blobs,
      long bytes,
      int uploads) {}

  private GarbageCollection(Registry registry, Instant before, boolean dryRun) {
    this.registry = registry;
    this.store = registry.store();
    this.before = before;
    this.dryRun = dryRun;
  }

  /**
   * Collects.
   *
   * @param grace what was wanted within it stays
   * @param dryRun only count
   */
  public static Report run(Registry registry, Duration grace, boolean dryRun) throws IOException {
    return new GarbageCollection(registry, Instant.now().minus(grace), dryRun).run();
  }

  /**
   * Gives up what was deleted and cannot be restored any more; its blobs are garbage from then on.
   *
   * @return how many images
   */
  public static int purgeDeleted(Registry registry) throws IOException {
    var purged = 0;
    for (var name : registry.repositories()) {
      purged += registry.repository(name).deletions().purge(false);
    }
    return purged;
  }

  private Report run() throws IOException {
    for (var name : registry.repositories()) {
      sweep(registry.repository(name));
    }
    sweepReusableLayers();
    sweepBlobs();
    if (!dryRun) {
      uploads = store.removeAbandoned(before);
      for (var name : registry.repositories()) {
        registry.repository(name).uploads().forgetEnded();
      }
    }
    return new Report(dryRun, purgedImages, orphans, links, reusableLayers, blobs, bytes, uploads);
  }

  private void sweep(Repository repository) throws IOException {
    var deletions = repository.deletions();
    if (!dryRun) {
      deletions.endBrokenOff(before);
    }
    purgedImages += deletions.purge(dryRun);
    var wanted = new DigestNumbers();
    repository.forEachManifest(
        stored -> {
          if (deletions.removeIfOrphan(stored, before, dryRun)) {
            orphans++;
          } else {
            addBlobs(stored, wanted);
          }
        });
    deletions.forEach(image -> image.manifests().forEach(one -> addBlobs(one.stored(), wanted)));
    if (!dryRun) {
      repository.artifacts().forgetGone();
    }
    deletions.forEachHiddenBlob(hidden -> linked.put(hidden, 0));
    repository
        .links()
        .forEach(
            digest -> {
              if (wanted.contains(digest) || !unlink(repository, digest)) {
                linked.put(digest, 0);
              }
            });
  }

  /** What is linked is in the store; what a manifest only names keeps nothing of others' there. */
  private void addBlobs(StoredManifest stored, DigestNumbers wanted) {
    var references = References.of(stored.bytes(), stored.mediaType());
    for (var blob : references.blobs()) {
      wanted.put(blob.digest(), 0);
      linked.put(blob.digest(), 0);
    }
    // A layer that need not be here may be here all the same.
    references.foreign().forEach(blob -> wanted.put(blob.digest(), 0));
  }

  private boolean unlink(Repository repository, Digest digest)
      throws StoreException, FormatException {
    var link = repository.links().find(digest);
    if (link.isEmpty()) {
      return true;
    }
    if (!link.get().since().isBefore(before)) {
      return false;
    }
    if (!dryRun) {
      try {
        repository.links().remove(digest, Optional.of(link.get().etag()));
      } catch (ConflictException e) {
        return false; // somebody wants it
      }
    }
    links++;
    return true;
  }

  private void sweepReusableLayers() throws IOException {
    for (var names = store.names("chains/"); names.hasNext(); ) {
      var name = names.next();
      var document = store.get(name);
      if (document.isPresent()) {
        var layer = StoredBlob.read(Field.document(document.get().content(), name));
        if (!linked.contains(layer.digest()) && isOld(layer.digest())) {
          reusableLayers++;
          if (!dryRun) {
            store.delete(name, Condition.ALWAYS);
          }
        }
      }
    }
  }

  /** A layer that was just converted has no link yet, or one that was not seen. */
  private boolean isOld(Digest digest) throws StoreException {
    var state = store.state(digest);
    return state.isEmpty() || state.get().modified().isBefore(before);
  }

  private void sweepBlobs() throws StoreException {
    for (var all = store.blobs(); all.hasNext(); ) {
      var blob = all.next();
      if (!linked.contains(blob.digest()) && blob.modified().isBefore(before)) {
        remove(blob);
      }
    }
  }

  private void remove(BlobState blob) throws StoreException {
    if (dryRun || store.deleteBlob(blob)) {
      blobs++;
      bytes += blob.size();
    }
  }
}
