package io.headwater.source;

import io.headwater.block.BlockDevice;
import io.headwater.fault.FormatException;
import io.headwater.oci.Descriptor;
import io.headwater.registry.Repository;
import io.headwater.registry.StoredManifest;
import io.headwater.store.ContentStore;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;

/** An image in our own registry. */
public record RepositorySource(ContentStore store, Repository repository, StoredManifest root)
    implements ImageSource {
  @Override
  public Optional<StoredManifest> find(Descriptor descriptor) throws IOException {
    var stored = repository.manifest(descriptor.digest());
    if (stored.isPresent()) {
      stored.get().check(repository.name());
    }
    return stored;
  }

  @Override
  public StoredManifest manifest(Descriptor descriptor) throws IOException {
    return find(descriptor).orElseThrow(() -> missing("manifest", descriptor));
  }

  @Override
  public InputStream blob(Descriptor descriptor) throws IOException {
    if (repository.blobSize(descriptor.digest()).isEmpty()) {
      throw missing("blob", descriptor);
    }
    return store.read(descriptor.digest());
  }

  @Override
  public BlockDevice device(Descriptor descriptor) throws IOException {
    if (repository.blobSize(descriptor.digest()).isEmpty()) {
      throw missing("blob", descriptor);
    }
    return store.open(descriptor.digest());
  }

  @Override
  public boolean holds(Descriptor descriptor) throws IOException {
    var size = repository.blobSize(descriptor.digest());
    return size.isPresent() && size.getAsLong() == descriptor.size();
  }

  private FormatException missing(String what, Descriptor descriptor) {
    return new FormatException(
        "repository '"
            + repository.name()
            + "' has no "
            + what
            + " "
            + descriptor.digest()
            + (descriptor.isForeign()
                ? ", a foreign layer, which was left where its descriptor points; push its content here, and convert again"
                : ""));
  }
}
