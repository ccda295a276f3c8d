package io.headwater.registry;

import io.headwater.fault.FormatException;
import io.headwater.oci.Digest;
import io.headwater.oci.ImageIndex;
import io.headwater.oci.MediaTypes;
import io.headwater.store.Condition;
import io.headwater.store.StoreException;

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

  void imageDeleted(Digest subject) throws StoreException, FormatException {
    var tag = RepositoryLayout.fallbackTag(subject);
    var list = repository.tag(tag);
    if (list.isPresent()) {
      repository.deleteTag(tag);
      repository.store().delete(repository.layout().manifest(list.get()), Condition.ALWAYS);
    }
  }

  void referrerDeleted(Digest subject, Digest referrer) throws StoreException, FormatException {
    var tag = RepositoryLayout.fallbackTag(subject);
    var digest = repository.tag(tag);
    var list = digest.isEmpty() ? null : repository.manifest(digest.get()).orElse(null);
    if (list == null
        || !MediaTypes.isIndex(list.mediaType())
        || !(list.parse() instanceof ImageIndex index)) {
      return;
    }
    var left = index.manifests().stream().filter(m -> !m.digest().equals(referrer)).toList();
    if (left.size() == index.manifests().size()) {
      return;
    }
    if (left.isEmpty()) {
      repository.deleteTag(tag);
    } else {
      var shorter = repository.putManifest(ImageIndex.of(left).toJson(), MediaTypes.OCI_INDEX);
      repository.putTag(tag, shorter.digest());
    }
    repository.store().delete(repository.layout().manifest(list.digest()), Condition.ALWAYS);
  }
}
