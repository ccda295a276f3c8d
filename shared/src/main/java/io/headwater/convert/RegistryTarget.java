package io.headwater.convert;

import io.headwater.block.BlockDevice;
import io.headwater.oci.Descriptor;
import io.headwater.oci.Digest;
import io.headwater.oci.Field;
import io.headwater.oci.Json;
import io.headwater.registry.Repository;
import io.headwater.store.Condition;
import io.headwater.store.ContentStore;
import io.headwater.store.Stage;
import io.headwater.store.StoreException;
import io.headwater.store.StoredBlob;
import java.io.IOException;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;

/**
 * A repository of our own registry. Layers are kept for all repositories of one origin; seeing one
 * takes a repository that has it.
 */
public final class RegistryTarget implements ArtifactTarget {
  private final ContentStore store;
  private final Repository repository;
  private final String chains;
  private final Set<StoredBlob> adopted = new LinkedHashSet<>();

  /**
   * Prepares it.
   *
   * @param origin who says which original blobs a repository holds: this registry, or another one.
   *     What one of them says earns nothing of what another one has.
   */
  public RegistryTarget(ContentStore store, Repository repository, String origin) {
    this.store = store;
    this.repository = repository;
    this.chains = "chains/overlaybd/" + origin + "/";
  }

  @Override
  public Stage stage(int frontBytes) throws IOException {
    return store.stage(frontBytes);
  }

  @Override
  public void adopt(StoredBlob layer) throws IOException {
    repository.linkBlob(layer.digest(), layer.size());
    adopted.add(layer);
  }

  @Override
  public Optional<StoredBlob> reusable(String name) throws IOException {
    var document = store.get(chains + name);
    if (document.isEmpty()) {
      return Optional.empty();
    }
    var layer = StoredBlob.read(Field.document(document.get().content(), "chain " + name));
    return store.touchBlob(layer.digest()) ? Optional.of(layer) : Optional.empty();
  }

  @Override
  public void keep(String name, StoredBlob layer) throws IOException {
    store.put(chains + name, Json.write(layer), "application/json", Condition.ALWAYS);
  }

  @Override
  public BlockDevice open(Digest layer) throws IOException {
    return store.open(layer);
  }

  @Override
  public void put(Descriptor descriptor, byte[] bytes) throws IOException {
    try (var stage = store.stage(0)) {
      stage.body().write(bytes);
      adopt(stage.seal(new byte[0], Optional.of(descriptor.digest())));
    }
  }

  @Override
  public void putManifest(Digest image, Descriptor descriptor, byte[] bytes) throws IOException {
    // A conversion may have taken longer than the grace time of collecting garbage.
    for (var layer : adopted) {
      if (!repository.adoptBlob(layer.digest(), layer.size())) {
        throw new StoreException(
            "converted layer " + layer.digest() + " was removed meanwhile; convert again",
            true,
            new IOException("collected"));
      }
    }
    adopted.clear();
    repository.artifacts().put(image, descriptor, bytes);
  }
}
