package io.headwater.operation;

import io.headwater.convert.ConversionListener;
import io.headwater.oci.Descriptor;
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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Converts what is pushed into repositories whose streaming is Active. Artifacts, referrers and
 * what is no runnable image are left alone, and what is streamable already is, with a line in the
 * log. The operation is filed before the push is answered, so that it is found even if this process
 * ends right after.
 */
public final class AutoConversion {
  private static final Logger LOG = LoggerFactory.getLogger(AutoConversion.class);

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
    if (!registry.repository(repository).streaming().isActive() || !isImage(stored)) {
      return Optional.empty();
    }
    var format = streamableFormat(repository, stored);
    if (format.isPresent()) {
      LOG.info(
          "{}@{} is not converted: it is streamable already ({})",
          repository,
          stored.digest(),
          format.get());
      return Optional.empty();
    }
    // Not even one that has its artifact is passed over: somebody may just be deleting that.
    return Optional.of(
        conversions.start(repository, stored.digest(), cause, ConversionListener.NONE));
  }

  /** The format of an image that is streamable already, or of all those of an index. */
  private Optional<String> streamableFormat(RepositoryName repository, StoredManifest stored)
      throws IOException {
    return switch (stored.parse()) {
      case ImageManifest image -> image.streamableFormat();
      case ImageIndex index -> {
        Optional<String> format = Optional.empty();
        for (var child : index.manifests()) {
          var manifest = registry.repository(repository).manifest(child.digest());
          // What cannot be told here, the conversion tells.
          if (manifest.isEmpty() || !(manifest.get().parse() instanceof ImageManifest image)) {
            yield Optional.empty();
          }
          if (image.isOfImage() && image.streamableFormat().isEmpty()) {
            yield Optional.empty();
          }
          format = format.or(image::streamableFormat);
        }
        yield format;
      }
    };
  }

  /** Whether a manifest is one that can be run, or lists such. */
  public static boolean isImage(StoredManifest stored) throws IOException {
    if (!MediaTypes.isManifest(stored.mediaType()) && !MediaTypes.isIndex(stored.mediaType())) {
      return false;
    }
    Manifest manifest = stored.parse();
    return manifest.subject() == null
        && switch (manifest) {
          case ImageManifest image ->
              (image.isRunnable() || image.streamableFormat().isPresent())
                  && !image.layers().isEmpty();
          case ImageIndex index ->
              MediaTypes.isPlain(index.artifactType())
                  && index.manifests().stream().anyMatch(Descriptor::isPlain);
        };
  }
}
