package io.headwater.registry;

import static java.util.stream.Collectors.toSet;

import io.headwater.fault.FormatException;
import io.headwater.oci.Digest;
import io.headwater.store.Condition;
import io.headwater.store.ConflictException;
import io.headwater.store.ContentStore;
import io.headwater.store.StoreException;
import java.io.IOException;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Takes manifests away while others may push and tag them. There are no transactions; each rule
 * that spans two documents holds because both sides write first and look afterwards. Whoever names
 * a manifest writes the name and then looks for the manifest; this removes the manifest and then
 * looks for names: at least one of the two sees the other, and puts the manifest back.
 */
final class Removal {
  private final Repository repository;
  private final ContentStore store;
  private final RepositoryLayout layout;

  Removal(Repository repository) {
    this.repository = repository;
    this.store = repository.store();
    this.layout = repository.layout();
  }

  /** Removes a manifest, unless it was pushed again since it was read. */
  void remove(ManifestState state) throws StoreException, FormatException {
    var stored = state.stored();
    try {
      store.delete(layout.manifest(stored.digest()), Condition.ifMatch(state.etag()));
    } catch (ConflictException e) {
      return; // pushed again: that push stays. Or removed by somebody else, who does the rest.
    }
    var references = References.of(stored.bytes(), stored.mediaType());
    if (references.subject().isPresent()) {
      var referrer = layout.referrer(references.subject().get().digest(), stored.digest());
      store.delete(referrer, Condition.ALWAYS);
      // A manifest with a subject is its referrer. Pushing writes the manifest and then looks for
      // the referrer; this removes the referrer and then looks for the manifest.
      if (store.get(layout.manifest(stored.digest())).isPresent()) {
        repository.writeReferrer(stored, references);
      }
    }
  }

  /**
   * Puts back those of some removed manifests that are named meanwhile or were pushed again, with
   * what goes with them.
   *
   * @param image that was deleted: being listed by an index does not keep it
   * @param removed in the order in which they are put back
   * @return the digests of those that are there
   */
  Set<Digest> putBackNamed(Digest image, List<StoredManifest> removed) throws IOException {
    var there = new HashSet<Digest>();
    for (var stored : removed) {
      if (repository.manifest(stored.digest()).isPresent()) {
        there.add(stored.digest());
      }
    }
    var wanted = DeletionFamily.taggedDigests(repository).values().stream().collect(toSet());
    if (removed.stream().anyMatch(s -> !s.digest().equals(image) && s.subject().isEmpty())) {
      var listed = DeletionFamily.listed(repository);
      listed.remove(image);
      wanted.addAll(listed);
    }
    wanted.addAll(there);
    // That its image is tagged keeps no artifact that was itself deleted.
    wanted.retainAll(removed.stream().map(StoredManifest::digest).collect(toSet()));
    addWhatGoesWithThem(removed, wanted);
    var back = new HashSet<Digest>();
    for (var stored : removed) {
      if (wanted.contains(stored.digest())) {
        back.add(stored.digest());
        if (!there.contains(stored.digest())) {
          repository.publishAgain(stored);
        }
      }
    }
    return back;
  }

  /** An index that is there has its images, and an image its artifacts. */
  static void addWhatGoesWithThem(Collection<StoredManifest> removed, Set<Digest> wanted)
      throws FormatException {
    var before = -1;
    while (wanted.size() > before) {
      before = wanted.size();
      for (var stored : removed) {
        var references = References.of(stored.bytes(), stored.mediaType());
        if (wanted.contains(stored.digest())) {
          references.manifests().forEach(child -> wanted.add(child.digest()));
        }
        if (references.subject().filter(s -> wanted.contains(s.digest())).isPresent()) {
          wanted.add(stored.digest());
        }
      }
    }
  }
}
