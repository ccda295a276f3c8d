package io.headwater.registry;

import io.headwater.fault.FormatException;
import io.headwater.oci.Descriptor;
import io.headwater.oci.Digest;
import io.headwater.oci.Field;
import io.headwater.oci.Json;
import io.headwater.oci.MediaTypes;
import io.headwater.store.Condition;
import io.headwater.store.ConflictException;
import io.headwater.store.Document;
import io.headwater.store.StoreException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The streaming artifacts that conversions made of a repository's images. Anybody who may push can
 * push a manifest that says it is the artifact of an image; only a conversion, which has read and
 * verified that image's own layers, records it here, and nodes are served only what is recorded.
 */
public final class StreamingArtifacts {
  private static final int PAGE = 1000;

  private final Repository repository;

  StreamingArtifacts(Repository repository) {
    this.repository = repository;
  }

  /**
   * Puts an artifact's manifest and records it. The record is written last: where there is one, the
   * manifest was there before, and is missing now only if it was deleted since.
   *
   * @param image the image that the artifact was made of
   * @param artifact its descriptor, with the annotations that tell its platform
   * @param bytes its manifest
   * @throws FormatException if it is no valid manifest
   * @throws RegistryException if a blob that it refers to is missing
   */
  public void put(Digest image, Descriptor artifact, byte[] bytes) throws IOException {
    repository.putManifest(bytes, artifact.mediaType());
    repository
        .store()
        .put(
            repository.layout().artifact(image, artifact.digest()),
            Json.write(artifact),
            "application/json",
            Condition.ALWAYS);
  }

  /**
   * The artifacts of an image that are there, in the order of their digests; of an index, those of
   * the images that it lists.
   */
  public List<Descriptor> of(StoredManifest image) throws StoreException, FormatException {
    var found = new ArrayList<Descriptor>();
    if (MediaTypes.isIndex(image.mediaType())) {
      for (var child : References.of(image.bytes(), image.mediaType()).manifests()) {
        collect(child.digest(), found);
      }
    } else {
      collect(image.digest(), found);
    }
    return found;
  }

  private void collect(Digest image, List<Descriptor> found)
      throws StoreException, FormatException {
    var store = repository.store();
    for (var name : store.list(repository.layout().artifacts(image), "", PAGE)) {
      var record = store.get(name);
      if (record.isPresent()) {
        var artifact =
            Descriptor.read(Field.document(record.get().content(), "artifact of " + image));
        if (store.get(repository.layout().manifest(artifact.digest())).isPresent()) {
          found.add(artifact);
        }
      }
    }
  }

  /** The records of those manifests that have one, by their names. */
  Map<String, Document> recordsOf(List<StoredManifest> manifests) throws StoreException {
    var found = new LinkedHashMap<String, Document>();
    for (var manifest : manifests) {
      var image = manifest.subject();
      if (image.isPresent()) {
        var name = repository.layout().artifact(image.get(), manifest.digest());
        repository.store().get(name).ifPresent(record -> found.put(name, record));
      }
    }
    return found;
  }

  /** Writes those of some records again that were forgotten since. */
  void keep(Map<String, Document> records) throws StoreException {
    for (var record : records.entrySet()) {
      if (repository.store().get(record.getKey()).isEmpty()) {
        var document = record.getValue();
        repository
            .store()
            .put(record.getKey(), document.content(), document.mediaType(), Condition.ALWAYS);
      }
    }
  }

  /** Forgets the records of artifacts that are gone and cannot be restored. */
  void forgetGone() throws IOException {
    var store = repository.store();
    var gone = new LinkedHashMap<String, Document>();
    for (var names = store.names(repository.layout().artifactsOfAll()); names.hasNext(); ) {
      var name = names.next();
      var record = store.get(name);
      if (record.isPresent() && isGone(RepositoryLayout.flatDigest(name))) {
        gone.put(name, record.get());
      }
    }
    if (gone.isEmpty()) {
      return;
    }
    // Read after the manifests were not found: a deletion says what can be restored before it takes
    // the manifest, and restoring takes that back after it has put the manifest.
    var restorable = new HashSet<Digest>();
    repository
        .deletions()
        .forEach(image -> image.manifests().forEach(one -> restorable.add(one.digest())));
    for (var record : gone.entrySet()) {
      var artifact = RepositoryLayout.flatDigest(record.getKey());
      if (!restorable.contains(artifact)) {
        forget(record.getKey(), record.getValue(), artifact);
      }
    }
  }

  private boolean isGone(Digest artifact) throws StoreException {
    return repository.store().get(repository.layout().manifest(artifact)).isEmpty();
  }

  private void forget(String name, Document record, Digest artifact) throws StoreException {
    var store = repository.store();
    try {
      store.delete(name, Condition.ifMatch(record.etag()));
    } catch (ConflictException e) {
      return; // a conversion has just made it again
    }
    // A conversion and restoring put the manifest, which has its record: it is looked for last.
    if (!isGone(artifact)) {
      store.put(name, record.content(), record.mediaType(), Condition.ALWAYS);
    }
  }
}
