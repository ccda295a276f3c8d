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
  /** Something that has to be there before an artifact may be seen. */
  public interface Precondition {
    /** Nothing. */
    Precondition NONE = () -> {};

    /** Waits until it is there. */
    void await() throws IOException;
  }

  private final LayoutWriter layout;
  private final Precondition beforeManifest;
  private final Map<String, StoredBlob> kept = new HashMap<>();

  /** A layout that is to have artifacts alone. */
  public LayoutTarget(LayoutWriter layout) {
    this(layout, Precondition.NONE);
  }

  /**
   * A layout.
   *
   * @param beforeManifest is waited for before an artifact's manifest is put: the original, say,
   *     while it is copied
   */
  public LayoutTarget(LayoutWriter layout, Precondition beforeManifest) {
    this.layout = layout;
    this.beforeManifest = beforeManifest;
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
  public void putManifest(Digest image, Descriptor descriptor, byte[] bytes) throws IOException {
    beforeManifest.await();
    layout.put(bytes, descriptor);
    layout.addToIndex(descriptor);
  }
}
