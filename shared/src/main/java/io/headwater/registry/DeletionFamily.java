package io.headwater.registry;

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
import java.util.stream.Collectors;

/**
 * Which manifests go when an image is deleted.
 *
 * @param members in the order in which they are restored: the images of an index, the image,
 *     streaming artifacts
 */
record DeletionFamily(List<ManifestState> members) {
  /**
   * Bytes of its manifests: they are in memory together, and in one document. Thousands of images,
   * as manifests are.
   */
  static final int MAX_BYTES = 8 << 20;

  /** The digests that tags name. */
  static Map<Tag, Digest> taggedDigests(Repository repository) throws IOException {
    var tags = new ArrayList<Tag>();
    for (var names = repository.tags(); names.hasNext(); ) {
      tags.add(new Tag(names.next()));
    }
    var digests = Fetch.all(tags, repository::tag);
    var named = new LinkedHashMap<Tag, Digest>();
    for (int i = 0; i < tags.size(); i++) {
      var tag = tags.get(i);
      digests.get(i).ifPresent(digest -> named.put(tag, digest));
    }
    return named;
  }

  /** The digests that manifests list which are there. */
  static Set<Digest> listed(Repository repository) throws IOException {
    return listed(repository, Set.of());
  }

  private static Set<Digest> listed(Repository repository, Set<Digest> except) throws IOException {
    var listed = new HashSet<Digest>();
    repository.forEachManifest(
        other -> {
          if (!except.contains(other.digest())) {
            References.of(other.bytes(), other.mediaType())
                .manifests()
                .forEach(child -> listed.add(child.digest()));
          }
        });
    return listed;
  }

  /**
   * The family of an image that is there, or was.
   *
   * @param tagged digests that tags name
   */
  static DeletionFamily of(Repository repository, ManifestState image, Collection<Digest> tagged)
      throws IOException {
    var kept = new HashSet<Digest>();
    if (MediaTypes.isIndex(image.stored().mediaType())) {
      kept.addAll(tagged);
      kept.addAll(listed(repository, Set.of(image.stored().digest())));
    }
    var family = new Growing(repository);
    family.addImages(image, kept);
    for (var member : List.copyOf(family.members)) {
      family.addArtifacts(member.stored().digest());
    }
    return new DeletionFamily(family.members);
  }

  /** A family while its members are looked for. */
  private static final class Growing {
    private final Repository repository;
    private final List<ManifestState> members = new ArrayList<>();
    private long bytes;

    Growing(Repository repository) {
      this.repository = repository;
    }

    /** Recurs once at the most: images of a nested index are kept, since that index lists them. */
    void addImages(ManifestState image, Set<Digest> kept) throws StoreException {
      count(image);
      var stored = image.stored();
      for (var child : References.of(stored.bytes(), stored.mediaType()).manifests()) {
        // An image that is listed twice is kept from being taken twice.
        if (kept.add(child.digest())) {
          var found = repository.state(child.digest());
          if (found.isPresent()) {
            addImages(found.get(), kept);
          }
        }
      }
      members.add(image);
    }

    void addArtifacts(Digest image) throws IOException {
      repository.forEachReferrer(
          image,
          MediaTypes.STREAMING_ARTIFACT,
          referrer -> {
            var found = repository.state(referrer.digest());
            // The list for an index shows its images' artifacts too, which go with those.
            if (found.isPresent()
                && found.get().stored().subject().filter(image::equals).isPresent()) {
              count(found.get());
              members.add(found.get());
            }
          });
    }

    private void count(ManifestState member) {
      bytes += member.stored().bytes().length;
      if (bytes > MAX_BYTES) {
        throw new RegistryException(
            ErrorCode.UNSUPPORTED,
            "the manifests that go with this one (images of an index, streaming artifacts) have"
                + " more than "
                + MAX_BYTES
                + " bytes together: delete some of them first");
      }
    }
  }

  boolean isEmpty() {
    return members.isEmpty();
  }

  /**
   * Those that were not taken before. Artifacts that came late go, too, but none of an image that
   * is there again.
   */
  DeletionFamily without(Collection<StoredManifest> taken, Repository repository)
      throws StoreException {
    var before = taken.stream().map(StoredManifest::digest).collect(Collectors.toSet());
    var left = new ArrayList<ManifestState>();
    for (var member : members) {
      var subject = member.stored().subject().filter(before::contains);
      if (!before.contains(member.stored().digest())
          && (subject.isEmpty() || repository.manifest(subject.get()).isEmpty())) {
        left.add(member);
      }
    }
    return new DeletionFamily(left);
  }

  /** The same, with another state of one of its members. */
  DeletionFamily with(ManifestState now) {
    return new DeletionFamily(
        members.stream()
            .map(m -> m.stored().digest().equals(now.stored().digest()) ? now : m)
            .toList());
  }
}
