package io.headwater.registry;

import io.headwater.fault.FormatException;
import io.headwater.oci.Digest;
import io.headwater.oci.Tag;
import io.headwater.registry.DeletedImage.DeletedManifest;
import io.headwater.store.Condition;
import io.headwater.store.ConflictException;
import io.headwater.store.Document;
import io.headwater.store.StoreException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Brings a deleted image back. */
final class Restoring {
  private final Repository repository;
  private final DeletionRecords records;

  Restoring(Repository repository) {
    this.repository = repository;
    this.records = new DeletionRecords(repository);
  }

  /**
   * Puts back what a deletion took along with an image that somebody wanted at the same time: its
   * artifacts, and the images that it lists. Where nothing is kept of deletions, they stay away.
   */
  void putBackWhatGoesWith(Digest image) throws IOException {
    records.forEach(kept -> putBackWhatGoesWith(image, kept.image()));
  }

  private void putBackWhatGoesWith(Digest image, DeletedImage deleted) throws IOException {
    var manifests = deleted.manifests().stream().map(DeletedManifest::stored).toList();
    var wanted = new HashSet<>(Set.of(image));
    Removal.addWhatGoesWithThem(manifests, wanted);
    for (var manifest : manifests) {
      if (wanted.contains(manifest.digest()) && repository.manifest(manifest.digest()).isEmpty()) {
        repository.publishAgain(manifest);
      }
    }
  }

  DeletedImage restore(Digest digest, Optional<Tag> tag, boolean force) throws IOException {
    var kept = find(digest);
    var made = artifactRecords(kept);
    // As long as it can be restored, it is known what its artifacts were made by.
    for (var now = find(digest); !now.etag().equals(kept.etag()); now = find(digest)) {
      kept = now;
      made = artifactRecords(kept);
    }
    var image = kept.image();
    if (tag.isPresent() && !force) {
      requireFree(tag.get(), digest);
    }
    var tags = tag.map(List::of).orElseGet(() -> image.tags().stream().map(Tag::new).toList());
    var missing = image.manifests().stream().map(DeletedManifest::stored).toList();
    // All blobs before the first manifest: an image of which something is gone stays deleted.
    for (var manifest : missing) {
      relink(References.of(manifest.bytes(), manifest.mediaType()));
    }
    // Who deletes at the same time looks for names after removing; this looks for what was removed
    // after writing names: of an image that was restored nothing is missing.
    while (!missing.isEmpty()) {
      for (var manifest : missing) {
        repository.publishAgain(manifest);
      }
      for (var one : tags) {
        restoreTag(one, digest, force);
      }
      missing = missing(image);
    }
    // Collecting forgets the record of an artifact that is gone and then looks for the artifact.
    repository.artifacts().keep(made);
    records.forget(digest, kept.etag());
    return image;
  }

  private DeletionRecords.Kept find(Digest digest) throws StoreException, FormatException {
    return records
        .find(digest)
        .orElseThrow(
            () ->
                new RegistryException(
                    ErrorCode.MANIFEST_UNKNOWN,
                    "repository '"
                        + repository.name()
                        + "' has no deleted image "
                        + digest
                        + " that could be restored"));
  }

  private Map<String, Document> artifactRecords(DeletionRecords.Kept kept) throws StoreException {
    return repository
        .artifacts()
        .recordsOf(kept.image().manifests().stream().map(DeletedManifest::stored).toList());
  }

  private List<StoredManifest> missing(DeletedImage image) throws StoreException {
    var missing = new ArrayList<StoredManifest>();
    for (var manifest : image.manifests()) {
      if (repository.manifest(manifest.digest()).isEmpty()) {
        missing.add(manifest.stored());
      }
    }
    return missing;
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

  private void relink(References references) throws StoreException, FormatException {
    for (var blob : references.blobs()) {
      if (repository.links().refresh(blob.digest()).isEmpty()
          && !repository.links().adopt(blob.digest(), blob.size())) {
        throw new RegistryException(
            ErrorCode.MANIFEST_BLOB_UNKNOWN,
            "blob " + blob.digest() + " is gone; the image cannot be restored");
      }
      records.forgetBlob(blob.digest());
    }
  }
}
