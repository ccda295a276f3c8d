package io.headwater.source;

import io.headwater.oci.Digest;
import io.headwater.registry.StoredManifest;
import java.io.IOException;
import java.util.List;

/** An image whose artifacts can be found. */
public interface ArtifactSource extends ImageSource {
  /** The manifests that refer to a subject. */
  List<StoredManifest> referrers(Digest subject) throws IOException;
}
