package io.headwater.convert;

import io.headwater.block.BlockDevice;
import io.headwater.block.FileDevice;
import io.headwater.oci.Descriptor;
import io.headwater.oci.Digest;
import io.headwater.source.LayoutWriter;
import io.headwater.store.Stage;
import io.headwater.store.StoredBlob;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * An OCI layout folder. Layers are reused within one run, by the platforms and images that share
 * them.
 */
public final class LayoutTarget implements ArtifactTarget {
  private final LayoutWriter layout;
  private final Map<String, StoredBlob> kept = new HashMap<>();

  public LayoutTarget(LayoutWriter layout) {
    this.layout = layout;
  }

  @Override
  public Stage stage(int frontBytes) throws IOException {
    return layout.blobs().stage(frontBytes);
  }

  @Override
  public void adopt(StoredBlob layer) {}

  @Override
  public Optional<StoredBlob> reusable(String name) {
    return Optional.ofNullable(kept.get(name));
  }

  @Override
  public void keep(String name, StoredBlob layer) {
    kept.put(name, layer);
  }

  @Override
  public BlockDevice open(Digest layer) throws IOException {
    return FileDevice.open(layout.blobs().path(layer));
  }

  @Override
  public void put(Descriptor descriptor, byte[] bytes) throws IOException {
    layout.put(bytes, descriptor);
  }

  @Override
  public void putManifest(Descriptor descriptor, byte[] bytes) throws IOException {
    layout.put(bytes, descriptor);
    layout.addToIndex(descriptor);
  }
}
