package io.headwater.convert;

import io.headwater.block.BlockDevice;
import io.headwater.oci.Descriptor;
import io.headwater.oci.Digest;
import io.headwater.store.Stage;
import io.headwater.store.StoredBlob;
import java.io.IOException;
import java.util.Optional;

/** Where a conversion puts the artifact, and finds layers that were converted before. */
public interface ArtifactTarget {
  /** Begins to write a layer. */
  Stage stage(int frontBytes) throws IOException;

  /** Takes a layer that was sealed, so that the artifact may refer to it. */
  void adopt(StoredBlob layer) throws IOException;

  /**
   * The layer that was kept under a name, if it is still there. Only to be asked for the name of
   * original blobs that the image's source holds: the answer gives access to their content.
   */
  Optional<StoredBlob> reusable(String name) throws IOException;

  /**
   * Keeps a layer under a name for later conversions. The name is of the original blobs that were
   * read and verified to give it ({@link ChainId#verified}).
   */
  void keep(String name, StoredBlob layer) throws IOException;

  /** Opens a layer. */
  BlockDevice open(Digest layer) throws IOException;

  /** Puts a small blob. */
  void put(Descriptor descriptor, byte[] bytes) throws IOException;

  /**
   * Puts the artifact's manifest: from here on it can be seen, and is served for its image.
   *
   * @param image the image of whose own layers it was made
   */
  void putManifest(Digest image, Descriptor descriptor, byte[] bytes) throws IOException;
}
