package io.headwater.source;

import io.headwater.block.BlockDevice;
import io.headwater.oci.Descriptor;
import io.headwater.oci.Digest;
import io.headwater.registry.StoredManifest;
import java.io.IOException;
import java.util.List;

/** An image whose artifacts can be found, and whose blobs can be read at any offset. */
public interface ArtifactSource extends ImageSource {
  /** The manifests that refer to a subject. */
  List<StoredManifest> referrers(Digest subject) throws IOException;

  /** A blob for reading at any offset. */
  BlockDevice device(Descriptor descriptor) throws IOException;
}
