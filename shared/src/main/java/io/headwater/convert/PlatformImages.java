package io.headwater.convert;

import io.headwater.fault.FormatException;
import io.headwater.fault.LimitException;
import io.headwater.oci.ImageConfig;
import io.headwater.oci.ImageIndex;
import io.headwater.oci.ImageManifest;
import io.headwater.oci.MediaTypes;
import io.headwater.oci.Platform;
import io.headwater.registry.StoredManifest;
import io.headwater.source.ImageSource;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The images for single platforms that a target consists of, and which of them are converted. */
final class PlatformImages {
  private static final int MAX_DEPTH = 5;
  private static final int MAX_IMAGES = 500;

  /** An image for one platform. */
  record PlatformImage(StoredManifest stored, ImageManifest manifest, ImageConfig config) {}

  private PlatformImages() {}

  /**
   * The images to convert.
   *
   * @throws ConversionException with the contract's code when there are none
   */
  static List<PlatformImage> select(ImageSource source, Optional<Platform> wanted)
      throws IOException {
    var root = source.root();
    if (!MediaTypes.isManifest(root.mediaType()) && !MediaTypes.isIndex(root.mediaType())) {
      throw new ConversionException(
          FailureCode.UNSUPPORTED_MEDIATYPE,
          root.digest()
              + " is of media type '"
              + root.mediaType()
              + "'; only image manifests and indexes are converted");
    }
    if (root.parse() instanceof ImageManifest manifest) {
      return List.of(single(source, root, manifest));
    }
    var found = new LinkedHashMap<String, PlatformImage>();
    collect(source, root, wanted, found, 0);
    if (found.isEmpty()) {
      throw new ConversionException(
          FailureCode.NO_SUPPORTED_PLATFORM_FOUND,
          "no image in index "
              + root.digest()
              + " is for "
              + wanted.map(Platform::toString).orElse("linux"));
    }
    return List.copyOf(found.values());
  }

  private static PlatformImage single(
      ImageSource source, StoredManifest stored, ImageManifest manifest) throws IOException {
    if (isStreamingArtifact(manifest)) {
      throw new ConversionException(
          FailureCode.UNSUPPORTED_ARTIFACT_TYPE,
          stored.digest() + " is itself a streaming artifact; convert its subject");
    }
    if (!manifest.isRunnable()) {
      throw new ConversionException(
          FailureCode.IMAGE_NOT_RUNNABLE,
          stored.digest()
              + " is no runnable image: its config is of media type '"
              + manifest.config().mediaType()
              + "'");
    }
    var image = image(source, stored, manifest);
    var platform = image.config().platform();
    if (!platform.os().equals("linux")) {
      throw new ConversionException(
          FailureCode.UNSUPPORTED_PLATFORM,
          stored.digest() + " is for " + platform + "; only linux images are converted");
    }
    return image;
  }

  private static boolean isStreamingArtifact(ImageManifest manifest) {
    return MediaTypes.STREAMING_ARTIFACT.equals(manifest.artifactType());
  }

  private static PlatformImage image(
      ImageSource source, StoredManifest stored, ImageManifest manifest) throws IOException {
    try {
      var config = ImageConfig.parse(source.smallBlob(manifest.config()));
      if (config.diffIds().size() != manifest.layers().size()) {
        throw new FormatException(
            "the config has "
                + config.diffIds().size()
                + " diffIDs, the manifest "
                + manifest.layers().size()
                + " layers");
      }
      if (manifest.layers().isEmpty()) {
        throw new ConversionException(
            FailureCode.IMAGE_NOT_RUNNABLE, "image " + stored.digest() + " has no layers");
      }
      return new PlatformImage(stored, manifest, config);
    } catch (FormatException e) {
      throw e.in("image " + stored.digest());
    }
  }

  private static void collect(
      ImageSource source,
      StoredManifest stored,
      Optional<Platform> wanted,
      Map<String, PlatformImage> found,
      int depth)
      throws IOException {
    if (!(stored.parse() instanceof ImageIndex index)) {
      return;
    }
    if (depth == MAX_DEPTH) {
      throw new LimitException(
          "index " + stored.digest() + ": indexes in indexes deeper than " + MAX_DEPTH);
    }
    for (var child : index.manifests()) {
      var platform = child.platform();
      // Attestations of BuildKit are manifests for "unknown"; other systems cannot be converted.
      if (platform != null && !platform.os().equals("linux") || child.artifactType() != null) {
        continue;
      }
      if (MediaTypes.isIndex(child.mediaType())) {
        collect(source, source.manifest(child), wanted, found, depth + 1);
      } else if (MediaTypes.isManifest(child.mediaType())) {
        add(source, source.manifest(child), wanted, found);
      }
    }
  }

  private static void add(
      ImageSource source,
      StoredManifest stored,
      Optional<Platform> wanted,
      Map<String, PlatformImage> found)
      throws IOException {
    if (!(stored.parse() instanceof ImageManifest manifest) || !manifest.isRunnable()) {
      return;
    }
    var image = image(source, stored, manifest);
    var platform = image.config().platform();
    if (platform.os().equals("linux") && (wanted.isEmpty() || wanted.get().accepts(platform))) {
      found.putIfAbsent(stored.digest().toString(), image);
      if (found.size() > MAX_IMAGES) {
        throw new LimitException("more than " + MAX_IMAGES + " images in one index");
      }
    }
  }
}
