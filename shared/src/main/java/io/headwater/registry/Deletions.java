package io.headwater.registry;

import io.headwater.fault.FormatException;
import io.headwater.oci.Descriptor;
import io.headwater.oci.Digest;
import io.headwater.oci.MediaTypes;
import io.headwater.oci.Tag;
import io.headwater.registry.DeletedImage.DeletedManifest;
import io.headwater.store.ConflictException;
import io.headwater.store.StoreException;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Deleting from a repository, and what can be restored. With an image go its tags, its streaming
 * artifacts and, of an index, the images that nothing else names. All of it is kept in one document
 * for the retention time, and its blobs stay linked. Blobs are removed by collecting garbage.
 */
public final class Deletions {
  private final Repository repository;
  private final DeletionRecords records;
  private final Removal removal;
  private final Duration retention;

  Deletions(Repository repository, Duration retention) {
    this.repository = repository;
    this.records = new DeletionRecords(repository);
    this.removal = new Removal(repository);
    this.retention = retention;
  }

  private boolean isSoft() {
    return !retention.isZero();
  }

  /**
   * Deletes a manifest and what goes with it.
   *
   * @return the manifest if it is there again, because somebody pushed it meanwhile; who looked for
   *     it in between did not find it
   * @throws RegistryException if there is none
   */
  public Optional<StoredManifest> deleteManifest(Digest digest) throws IOException {
    var image = repository.state(digest).orElseThrow(() -> unknown(digest));
    var removed = new ArrayList<StoredManifest>();
    // An index that listed the same image may be deleted at the same time: whoever looks last
    // finds that nothing names the image any more.
    while (true) {
      var tags = DeletionFamily.taggedDigests(repository);
      var family = family(image, tags.values(), removed);
      if (family.isEmpty()) {
        break;
      }
      var etag = remember(image.stored(), tags, family);
      if (removed.isEmpty()) {
        for (var tag : tagsOf(digest, tags)) {
          repository.deleteTag(tag, digest);
        }
        // Read again behind its tags: who pushes it from here on tags it from here on, too, and
        // takes no part of what is deleted.
        family = family.with(stateBehindRecord(image, etag));
      }
      // Artifacts first: nobody finds one whose image is gone.
      for (var member : family.members().reversed()) {
        removal.remove(member);
      }
      family.members().forEach(member -> removed.add(member.stored()));
      var back = removal.putBackNamed(digest, removed);
      if (back.contains(digest)) {
        if (etag.isPresent()) {
          records.forget(digest, etag.get());
        }
        return Optional.of(image.stored());
      }
    }
    forgetInFallbackTags(digest, removed);
    return Optional.empty();
  }

  /**
   * What is to be removed.
   *
   * @param removed already; then, what has come since and is too much is left to be collected as
   *     artifacts without their image
   */
  private DeletionFamily family(
      ManifestState image, Collection<Digest> tagged, List<StoredManifest> removed)
      throws IOException {
    try {
      return DeletionFamily.of(repository, image, tagged).without(removed, repository);
    } catch (RegistryException e) {
      if (removed.isEmpty()) {
        throw e;
      }
      return new DeletionFamily(List.of());
    }
  }

  private RegistryException unknown(Digest digest) {
    return new RegistryException(
        ErrorCode.MANIFEST_UNKNOWN,
        "repository '" + repository.name() + "' has no manifest " + digest);
  }

  /**
   * If an image is gone that was there a moment ago, it may have been an orphan that was collected
   * with its blobs. Collecting removes it and then looks for records; this has written the record
   * and then looks for the image: what the record says can be restored, can be.
   */
  private ManifestState stateBehindRecord(ManifestState image, Optional<String> record)
      throws StoreException, FormatException {
    var stored = image.stored();
    var now = repository.state(stored.digest());
    if (now.isEmpty() && record.isPresent()) {
      try {
        repository.keepBlobs(References.of(stored.bytes(), stored.mediaType()));
      } catch (RegistryException e) {
        records.forget(stored.digest(), record.get());
        throw unknown(stored.digest());
      }
    }
    return now.orElse(image);
  }

  private static List<Tag> tagsOf(Digest digest, Map<Tag, Digest> tags) {
    return tags.entrySet().stream()
        .filter(tag -> tag.getValue().equals(digest))
        .map(Map.Entry::getKey)
        .toList();
  }

  /**
   * Before anything goes: what is taken away can be had back, even if this process ends now, and
   * its blobs are not collected until what somebody wants of it has been put back.
   *
   * @return the record's ETag; empty when nothing is kept
   */
  private Optional<String> remember(
      StoredManifest image, Map<Tag, Digest> tags, DeletionFamily family)
      throws StoreException, FormatException {
    var manifests = family.members().stream().map(ManifestState::stored).toList();
    if (isSoft()) {
      var names = tagsOf(image.digest(), tags).stream().map(Tag::value).toList();
      return Optional.of(records.add(image, names, manifests));
    }
    for (var manifest : manifests) {
      repository.keepBlobs(References.of(manifest.bytes(), manifest.mediaType()));
    }
    return Optional.empty();
  }

  private void forgetInFallbackTags(Digest image, List<StoredManifest> removed) throws IOException {
    var tags = new FallbackTags(repository);
    for (var manifest : removed) {
      var subject = manifest.subject();
      if (subject.isPresent() && repository.manifest(manifest.digest()).isEmpty()) {
        tags.referrerDeleted(subject.get(), manifest.digest());
      }
    }
    tags.imageDeleted(image);
  }

  /**
   * Removes a manifest that is a streaming artifact whose image is gone, made before a time.
   *
   * @return whether it is gone
   */
  boolean removeIfOrphan(StoredManifest stored, Instant before, boolean dryRun) throws IOException {
    var references = References.of(stored.bytes(), stored.mediaType());
    return references.artifactType().equals(MediaTypes.STREAMING_ARTIFACT)
        && isOrphan(references)
        && isOlder(references.blobs(), before)
        && (dryRun || removeOrphan(stored, references, before));
  }

  private boolean isOrphan(References references) throws StoreException {
    return references.subject().isPresent()
        && repository.manifest(references.subject().get().digest()).isEmpty();
  }

  /**
   * Whoever pushes the image or the artifact meanwhile was told that it is there: the image is
   * looked for, and whether somebody has made the links young before putting the artifact, after it
   * was removed.
   */
  private boolean removeOrphan(StoredManifest stored, References references, Instant before)
      throws IOException {
    var state = repository.state(stored.digest());
    if (state.isEmpty()) {
      return true;
    }
    removal.remove(state.get());
    if (isOrphan(references) && isOlder(references.blobs(), before)) {
      return repository.manifest(stored.digest()).isEmpty();
    }
    repository.publishAgain(stored);
    return false;
  }

  private boolean isOlder(List<Descriptor> blobs, Instant before)
      throws StoreException, FormatException {
    for (var blob : blobs) {
      var link = repository.links().find(blob.digest());
      if (link.isPresent() && link.get().since().isAfter(before)) {
        return false;
      }
    }
    return true;
  }

  /**
   * Deletes a blob that no manifest refers to. While something that can be restored may need it, it
   * is only hidden.
   *
   * @throws RegistryException if there is none, or a manifest refers to it
   */
  public void deleteBlob(Digest digest) throws IOException {
    while (true) {
      var link =
          repository
              .links()
              .find(digest)
              .orElseThrow(
                  () ->
                      new RegistryException(
                          ErrorCode.BLOB_UNKNOWN,
                          "repository '" + repository.name() + "' has no blob " + digest));
      requireUnused(digest);
      if (isSoft()) {
        records.addBlob(digest, link.size());
      }
      try {
        repository.links().remove(digest, Optional.of(link.etag()));
      } catch (ConflictException e) {
        continue; // somebody has asked for it since: there may be a manifest that refers to it
      }
      // What a manifest refers to is linked: Repository.publish looks in the same way.
      try {
        requireUnused(digest);
      } catch (RegistryException e) {
        repository.links().adopt(digest, link.size());
        throw e;
      }
      return;
    }
  }

  private void requireUnused(Digest blob) throws IOException {
    repository.forEachManifest(
        stored -> {
          for (var used : References.of(stored.bytes(), stored.mediaType()).blobs()) {
            if (used.digest().equals(blob)) {
              throw new RegistryException(
                  ErrorCode.UNSUPPORTED,
                  "blob "
                      + blob
                      + " is used by manifest "
                      + stored.digest()
                      + "; delete that first");
            }
          }
        });
  }

  /** What can be restored, the last deleted first. */
  public List<DeletedImage.Summary> list() throws IOException {
    var found = new ArrayList<DeletedImage.Summary>();
    forEach(
        image -> {
          // What was pushed again meanwhile is not deleted any more.
          if (repository.manifest(image.digest()).isEmpty()) {
            found.add(image.summary());
          }
        });
    found.sort(Comparator.comparing(DeletedImage.Summary::time).reversed());
    return found;
  }

  /**
   * Brings a deleted image back, with its streaming artifacts and those of its tags that name
   * nothing else meanwhile.
   *
   * @param tag only this one of its tags; empty for all
   * @param force take a tag from what it names now
   * @throws RegistryException if there is no such deleted image, or the tag names something else
   */
  public DeletedImage restore(Digest digest, Optional<Tag> tag, boolean force) throws IOException {
    return new Restoring(repository).restore(digest, tag, force);
  }

  /** Looks at a deleted image. */
  interface Visitor {
    void visit(DeletedImage image) throws IOException;
  }

  /** Shows everything that keeps blobs from being removed: what deleted images refer to. */
  void forEach(Visitor visitor) throws IOException {
    records.forEach(kept -> visitor.visit(kept.image()));
  }

  /** Shows the blobs that were deleted and may still be needed. */
  void forEachHiddenBlob(BlobLinks.Visitor visitor) throws IOException {
    records.forEachBlob(visitor);
  }

  /**
   * Ends what a deletion left behind whose process ended between removing a manifest and looking
   * for its names: a tag that was written in between names what is not there. What is kept of the
   * deletion is put back; where nothing is, the tag goes.
   *
   * @param before tags written since then are left alone: their deletion may be under way
   */
  void endBrokenOff(Instant before) throws IOException {
    if (isSoft() && !records.areThereAny()) {
      return;
    }
    var tags = DeletionFamily.taggedDigests(repository);
    var there = repository.manifestDigests();
    for (var tag : tags.entrySet()) {
      if (!there.contains(tag.getValue())) {
        putBack(tag.getValue());
        repository.deleteTagOfNothing(tag.getKey(), before);
      }
    }
  }

  /** From its own record, or else from the first one of an image that it went with. */
  private void putBack(Digest digest) throws IOException {
    var own = records.find(digest);
    if (own.isPresent()) {
      putBackIfIn(own.get().image(), digest);
    }
    records.forEach(kept -> putBackIfIn(kept.image(), digest));
  }

  private void putBackIfIn(DeletedImage deleted, Digest digest) throws IOException {
    var manifests = deleted.manifests().stream().map(DeletedManifest::stored).toList();
    if (manifests.stream().anyMatch(one -> one.digest().equals(digest))
        && repository.manifest(digest).isEmpty()) {
      try {
        removal.putBackNamed(deleted.digest(), manifests);
      } catch (RegistryException e) {
        // One of its blobs is gone: there is nothing left to be had back.
      }
    }
  }

  /** Forgets what was deleted longer ago than the retention time; returns how many images. */
  int purge(boolean dryRun) throws IOException {
    var before = Instant.now().minus(retention);
    var purged = new AtomicInteger();
    records.forEach(
        kept -> {
          if (kept.image().time().isBefore(before)
              && (dryRun || records.forget(kept.image().digest(), kept.etag()))) {
            purged.incrementAndGet();
          }
        });
    if (!dryRun) {
      records.purgeBlobs(before);
    }
    return purged.get();
  }
}
