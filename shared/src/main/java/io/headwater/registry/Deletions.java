package io.headwater.registry;

import io.headwater.fault.FormatException;
import io.headwater.oci.Descriptor;
import io.headwater.oci.Digest;
import io.headwater.oci.Json;
import io.headwater.oci.MediaTypes;
import io.headwater.oci.Tag;
import io.headwater.registry.DeletedImage.DeletedManifest;
import io.headwater.store.Condition;
import io.headwater.store.ConflictException;
import io.headwater.store.ContentStore;
import io.headwater.store.StoreException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;

/**
 * Deleting from a repository, and restoring. With an image go its tags, its streaming artifacts
 * and, of an index, the images that nothing else names. All of it is kept in one document for the
 * retention time, and its blobs stay linked. Blobs are removed by collecting garbage.
 */
public final class Deletions {
  private static final String JSON = "application/json";

  private final Repository repository;
  private final ContentStore store;
  private final RepositoryLayout layout;
  private final Duration retention;

  Deletions(Repository repository, Duration retention) {
    this.repository = repository;
    this.store = repository.store();
    this.layout = repository.layout();
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
    var image =
        repository
            .manifest(digest)
            .orElseThrow(
                () ->
                    new RegistryException(
                        ErrorCode.MANIFEST_UNKNOWN,
                        "repository '" + repository.name() + "' has no manifest " + digest));
    var tags = DeletionFamily.taggedDigests(repository);
    var family = DeletionFamily.of(repository, image, tags.values());
    var own = tags.entrySet().stream().filter(t -> t.getValue().equals(digest)).toList();
    if (isSoft()) {
      remember(image, own.stream().map(tag -> tag.getKey().value()).toList(), family);
    }
    for (var tag : own) {
      repository.deleteTag(tag.getKey(), digest);
    }
    // Artifacts first: nobody finds one whose image is gone.
    for (var manifest : family.reversed()) {
      remove(manifest);
    }
    if (DeletionFamily.taggedDigests(repository).containsValue(digest)) {
      // Pushed again while it was being deleted: whoever did so was told that it is there.
      for (var manifest : family) {
        putBack(manifest);
      }
      store.delete(layout.deletedManifest(digest), Condition.ALWAYS);
      return Optional.of(image);
    }
    new FallbackTags(repository).imageDeleted(digest);
    return Optional.empty();
  }

  private void putBack(StoredManifest stored) throws StoreException, FormatException {
    repository.write(stored, References.of(stored.bytes(), stored.mediaType()));
  }

  private void remember(StoredManifest image, List<String> tags, List<StoredManifest> family)
      throws StoreException, FormatException {
    // A deletion that was broken off has taken the tags away already.
    var all = new LinkedHashSet<>(tags);
    find(image.digest()).ifPresent(before -> all.addAll(before.tags()));
    var deleted =
        new DeletedImage(
            image.digest(),
            image.mediaType(),
            Instant.now().toString(),
            List.copyOf(all),
            family.stream().map(DeletedManifest::of).toList());
    store.put(layout.deletedManifest(image.digest()), Json.write(deleted), JSON, Condition.ALWAYS);
  }

  private void remove(StoredManifest stored) throws StoreException, FormatException {
    store.delete(layout.manifest(stored.digest()), Condition.ALWAYS);
    var subject = References.of(stored.bytes(), stored.mediaType()).subject();
    if (subject.isPresent()) {
      store.delete(layout.referrer(subject.get().digest(), stored.digest()), Condition.ALWAYS);
      new FallbackTags(repository).referrerDeleted(subject.get().digest(), stored.digest());
    }
  }

  /** Removes streaming artifacts whose image is gone, made before a time; returns which. */
  List<Digest> removeOrphans(List<StoredManifest> manifests, Instant before, boolean dryRun)
      throws IOException {
    var orphans = new ArrayList<Digest>();
    for (var stored : manifests) {
      var references = References.of(stored.bytes(), stored.mediaType());
      if (references.artifactType().equals(MediaTypes.STREAMING_ARTIFACT)
          && isOrphan(references)
          && isOlder(references.blobs(), before)
          && (dryRun || removeOrphan(stored, references))) {
        orphans.add(stored.digest());
      }
    }
    return orphans;
  }

  private boolean isOrphan(References references) throws StoreException {
    return references.subject().isPresent()
        && repository.manifest(references.subject().get().digest()).isEmpty();
  }

  /** Converting an image that is pushed again makes the same artifact: it may just be new. */
  private boolean removeOrphan(StoredManifest stored, References references)
      throws StoreException, FormatException {
    remove(stored);
    if (isOrphan(references)) {
      return true;
    }
    putBack(stored);
    return false;
  }

  private boolean isOlder(List<Descriptor> blobs, Instant before) throws StoreException {
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
    var link =
        repository
            .links()
            .find(digest)
            .orElseThrow(
                () ->
                    new RegistryException(
                        ErrorCode.BLOB_UNKNOWN,
                        "repository '" + repository.name() + "' has no blob " + digest));
    for (var stored : repository.allManifests()) {
      for (var blob : References.of(stored.bytes(), stored.mediaType()).blobs()) {
        if (blob.digest().equals(digest)) {
          throw new RegistryException(
              ErrorCode.UNSUPPORTED,
              "blob " + digest + " is used by manifest " + stored.digest() + "; delete that first");
        }
      }
    }
    if (isSoft()) {
      store.put(
          layout.deletedBlob(digest),
          (link.size() + " " + Instant.now()).getBytes(StandardCharsets.UTF_8),
          "text/plain",
          Condition.ALWAYS);
    }
    repository.links().remove(digest, Optional.empty());
  }

  /** What can be restored, the last deleted first. */
  public List<DeletedImage> list() throws IOException {
    var found = new ArrayList<DeletedImage>();
    for (var image : all()) {
      // What was pushed again meanwhile is not deleted any more.
      if (repository.manifest(image.digest()).isEmpty()) {
        found.add(image);
      }
    }
    found.sort(Comparator.comparing(DeletedImage::time).reversed());
    return found;
  }

  private Optional<DeletedImage> find(Digest digest) throws StoreException, FormatException {
    var document = store.get(layout.deletedManifest(digest));
    return document.isEmpty()
        ? Optional.empty()
        : Optional.of(
            Json.read(document.get().content(), DeletedImage.class, "deleted image " + digest));
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
    var image =
        find(digest)
            .orElseThrow(
                () ->
                    new RegistryException(
                        ErrorCode.MANIFEST_UNKNOWN,
                        "repository '"
                            + repository.name()
                            + "' has no deleted image "
                            + digest
                            + " that could be restored"));
    if (tag.isPresent() && !force) {
      requireFree(tag.get(), digest);
    }
    for (var manifest : image.manifests()) {
      var references = References.of(manifest.content(), manifest.mediaType());
      for (var blob : references.blobs()) {
        relink(blob);
      }
      repository.write(manifest.stored(), references);
    }
    var tags = tag.map(one -> List.of(one.value())).orElse(image.tags());
    for (var name : tags) {
      restoreTag(new Tag(name), digest, force);
    }
    store.delete(layout.deletedManifest(digest), Condition.ALWAYS);
    return image;
  }

  private void requireFree(Tag tag, Digest digest) throws StoreException, FormatException {
    var now = repository.tag(tag);
    if (now.isPresent() && !now.get().equals(digest)) {
      throw new RegistryException(
          ErrorCode.CONFLICT,
          "tag '" + tag + "' names " + now.get() + " now; restore with force to take it over");
    }
  }

  private void restoreTag(Tag tag, Digest digest, boolean force) throws StoreException {
    try {
      repository.putTag(tag, digest, force ? Condition.ALWAYS : Condition.IF_ABSENT);
    } catch (ConflictException e) {
      // It names something newer, and goes on doing so.
    }
  }

  private void relink(Descriptor blob) throws StoreException {
    if (!repository.links().refresh(blob.digest())
        && !repository.links().adopt(blob.digest(), blob.size())) {
      throw new RegistryException(
          ErrorCode.MANIFEST_BLOB_UNKNOWN,
          "blob " + blob.digest() + " is gone; the image cannot be restored");
    }
    store.delete(layout.deletedBlob(blob.digest()), Condition.ALWAYS);
  }

  /** Everything that keeps blobs from being removed: what deleted images refer to. */
  List<DeletedImage> all() throws IOException {
    return Fetch.all(BlobLinks.digests(store, layout.deletedManifests()), this::find).stream()
        .flatMap(Optional::stream)
        .toList();
  }

  /** Blobs that were deleted and may still be needed. */
  List<Digest> hiddenBlobs() throws StoreException, FormatException {
    return BlobLinks.digests(store, layout.deletedBlobs());
  }

  /** Forgets what was deleted longer ago than the retention time; returns how many images. */
  int purge(boolean dryRun) throws IOException {
    var before = Instant.now().minus(retention);
    var purged = 0;
    for (var image : all()) {
      if (image.time().isBefore(before)) {
        purged++;
        if (!dryRun) {
          store.delete(layout.deletedManifest(image.digest()), Condition.ALWAYS);
        }
      }
    }
    for (var digest : hiddenBlobs()) {
      var document = store.get(layout.deletedBlob(digest));
      if (!dryRun
          && document.isPresent()
          && Instant.parse(document.get().text().split(" ", 2)[1]).isBefore(before)) {
        store.delete(layout.deletedBlob(digest), Condition.ifMatch(document.get().etag()));
      }
    }
    return purged;
  }
}
