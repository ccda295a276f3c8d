package io.headwater.registry;

import io.headwater.oci.Descriptor;
import io.headwater.oci.Digest;
import io.headwater.oci.ImageIndex;
import io.headwater.oci.MediaTypes;
import io.headwater.oci.Tag;
import io.headwater.store.Condition;
import io.headwater.store.ConflictException;
import io.headwater.store.Document;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The lists of referrers that clients of older registries keep in a tag named like the subject's
 * digest (OCI distribution spec, "Referrers Tag Schema"). Such lists do not outlive their subject,
 * and do not list what was deleted.
 */
final class FallbackTags {
  private final Repository repository;

  FallbackTags(Repository repository) {
    this.repository = repository;
  }

  void imageDeleted(Digest subject) throws IOException {
    var tag = RepositoryLayout.fallbackTag(subject);
    var list = repository.tag(tag);
    if (list.isPresent()) {
      // Only if it still names that list: a client may just be pushing another.
      repository.deleteTag(tag, list.get());
      removeUnnamed(list.get());
    }
  }

  void referrerDeleted(Digest subject, Digest referrer) throws IOException {
    var tag = RepositoryLayout.fallbackTag(subject);
    while (true) {
      var document = repository.store().get(repository.layout().tag(tag));
      var digest = document.isEmpty() ? null : Digest.parse(document.get().text());
      var list = digest == null ? null : repository.manifest(digest).orElse(null);
      if (document.isEmpty()
          || list == null
          || !MediaTypes.isIndex(list.mediaType())
          || !(list.parse() instanceof ImageIndex index)) {
        return;
      }
      var listed = index.manifests().stream().map(Descriptor::digest).toList();
      if (!listed.contains(referrer)) {
        return;
      }
      var isLast = listed.stream().allMatch(referrer::equals);
      if (replace(tag, document.get(), list, isLast ? null : referrer)) {
        removeUnnamed(list.digest());
        return;
      }
    }
  }

  /**
   * Clients add to the list by pushing a longer one: none of those is overwritten.
   *
   * @param referrer that is listed no more; null when the list is not needed any more
   */
  private boolean replace(Tag tag, Document before, StoredManifest list, @Nullable Digest referrer)
      throws IOException {
    try {
      if (referrer == null) {
        repository.store().delete(repository.layout().tag(tag), Condition.ifMatch(before.etag()));
      } else {
        var shorter =
            repository.putManifest(ImageIndex.without(list.bytes(), referrer), list.mediaType());
        repository.putTag(tag, shorter.digest(), Condition.ifMatch(before.etag()));
      }
      return true;
    } catch (ConflictException e) {
      return false;
    }
  }

  /** Removes a list, unless a tag names it. */
  private void removeUnnamed(Digest list) throws IOException {
    var state = repository.state(list);
    if (state.isPresent() && !DeletionFamily.taggedDigests(repository).containsValue(list)) {
      var removal = new Removal(repository);
      removal.remove(state.get());
      removal.putBackNamed(list, List.of(state.get().stored()));
    }
  }
}
