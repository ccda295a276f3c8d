package io.headwater.registry;

import io.headwater.fault.FormatException;
import io.headwater.oci.Digest;
import io.headwater.oci.MediaTypes;
import io.headwater.oci.Tag;
import io.headwater.store.StoreException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Which manifests go when an image is deleted. */
final class DeletionFamily {
  private final Repository repository;
  private final List<StoredManifest> images = new ArrayList<>();
  private final Set<Digest> kept = new HashSet<>();

  private DeletionFamily(Repository repository) {
    this.repository = repository;
  }

  /** The digests that tags name. */
  static Map<Tag, Digest> taggedDigests(Repository repository) throws IOException {
    var tags = repository.tags("", Integer.MAX_VALUE).stream().map(Tag::new).toList();
    var digests = Fetch.all(tags, repository::tag);
    var named = new LinkedHashMap<Tag, Digest>();
    for (int i = 0; i < tags.size(); i++) {
      var tag = tags.get(i);
      digests.get(i).ifPresent(digest -> named.put(tag, digest));
    }
    return named;
  }

  /**
   * In the order in which they are restored: the images of an index, the image, streaming
   * artifacts.
   *
   * @param tagged digests that tags name
   */
  static List<StoredManifest> of(
      Repository repository, StoredManifest image, Collection<Digest> tagged) throws IOException {
    var family = new DeletionFamily(repository);
    if (MediaTypes.isIndex(image.mediaType())) {
      family.kept.addAll(tagged);
      for (var other : repository.allManifests()) {
        if (!other.digest().equals(image.digest())) {
          References.of(other.bytes(), other.mediaType())
              .manifests()
              .forEach(child -> family.kept.add(child.digest()));
        }
      }
    }
    family.add(image);
    var all = new ArrayList<>(family.images);
    for (var member : family.images) {
      for (var artifact : family.artifacts(member)) {
        all.add(artifact);
      }
    }
    return all;
  }

  private void add(StoredManifest image) throws StoreException, FormatException {
    for (var child : References.of(image.bytes(), image.mediaType()).manifests()) {
      // An image that is listed twice is kept from being taken twice.
      if (kept.add(child.digest())) {
        var stored = repository.manifest(child.digest());
        if (stored.isPresent()) {
          add(stored.get());
        }
      }
    }
    images.add(image);
  }

  private List<StoredManifest> artifacts(StoredManifest image)
      throws StoreException, FormatException {
    var artifacts = new ArrayList<StoredManifest>();
    for (var referrer : repository.referrers(image.digest(), MediaTypes.STREAMING_ARTIFACT)) {
      var stored = repository.manifest(referrer.digest());
      if (stored.isPresent() && isArtifactOf(stored.get(), image)) {
        artifacts.add(stored.get());
      }
    }
    return artifacts;
  }

  /** The list for an index shows its images' artifacts too, which go with those. */
  private static boolean isArtifactOf(StoredManifest artifact, StoredManifest image)
      throws FormatException {
    return References.of(artifact.bytes(), artifact.mediaType())
        .subject()
        .filter(subject -> subject.digest().equals(image.digest()))
        .isPresent();
  }
}
