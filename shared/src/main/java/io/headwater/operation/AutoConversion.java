package io.headwater.operation;

import io.headwater.convert.ConversionListener;
import io.headwater.oci.ImageIndex;
import io.headwater.oci.ImageManifest;
import io.headwater.oci.Manifest;
import io.headwater.oci.MediaTypes;
import io.headwater.oci.RepositoryName;
import io.headwater.registry.Registry;
import io.headwater.registry.StoredManifest;
import java.io.IOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Converts what is pushed into repositories whose streaming is Active. Artifacts, referrers and
 * what is no runnable image are left alone. The operation is filed before the push is answered, so
 * that it is found even if this process ends right after.
 */
public final class AutoConversion {
  private final Registry registry;
  private final Conversions conversions;

  public AutoConversion(Registry registry, Conversions conversions) {
    this.registry = registry;
    this.conversions = conversions;
  }

  /** To be called for each manifest that was pushed; the operation that it led to. */
  public Optional<Operation> pushed(RepositoryName repository, StoredManifest stored)
      throws IOException {
    return pushed(repository, stored, null);
  }

  /**
   * To be called for each news of a manifest that was pushed; the operation that it led to.
   *
   * @param cause tells this news from any other; null when it does not come again
   */
  Optional<Operation> pushed(
      RepositoryName repository, StoredManifest stored, @Nullable String cause) throws IOException {
    // Not even one that has its artifact is passed over: somebody may just be deleting that.
    return registry.repository(repository).streaming().isActive() && isImage(stored)
        ? Optional.of(
            conversions.start(repository, stored.digest(), cause, ConversionListener.NONE))
        : Optional.empty();
  }

  /** Whether a manifest is one that can be run, or lists such. */
  public static boolean isImage(StoredManifest stored) throws IOException {
    if (!MediaTypes.isManifest(stored.mediaType()) && !MediaTypes.isIndex(stored.mediaType())) {
      return false;
    }
    Manifest manifest = stored.parse();
    return manifest.subject() == null
        && switch (manifest) {
          case ImageManifest image -> image.isRunnable() && !image.layers().isEmpty();
          case ImageIndex index ->
              index.artifactType() == null
                  && index.manifests().stream().anyMatch(child -> child.artifactType() == null);
        };
  }
}
