package io.headwater.convert;

import io.headwater.fault.FormatException;
import io.headwater.fault.LimitException;
import io.headwater.oci.Descriptor;
import io.headwater.oci.Digest;
import io.headwater.oci.ImageConfig;
import io.headwater.oci.ImageIndex;
import io.headwater.oci.ImageManifest;
import io.headwater.oci.MediaTypes;
import io.headwater.oci.Platform;
import io.headwater.registry.StoredManifest;
import io.headwater.source.ImageSource;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The images for single platforms that a target consists of, and which of them are converted. An
 * image of an index that cannot be is passed over, with a line about why; alone, it is refused.
 */
final class PlatformImages {
  private static final int MAX_DEPTH = 5;
  private static final int MAX_IMAGES = 500;
  private static final int MAX_LINES = 500;

  /** What BuildKit's attestations have for a system and an architecture. */
  private static final String NO_SYSTEM = "unknown";

  /**
   * An image for one platform.
   *
   * @param platform what its config says, completed by the index
   */
  record PlatformImage(
      StoredManifest stored, ImageManifest manifest, ImageConfig config, Platform platform) {}

  /**
   * What is converted.
   *
   * @param passedOver a line for each image that is not
   */
  record Selection(List<PlatformImage> images, List<String> passedOver) {}

  private final ImageSource source;
  private final Optional<Platform> wanted;
  private final Map<String, PlatformImage> found = new LinkedHashMap<>();
  private final List<String> passedOver = new ArrayList<>();
  private boolean isStreamable;

  private PlatformImages(ImageSource source, Optional<Platform> wanted) {
    this.source = source;
    this.wanted = wanted;
  }

  /**
   * The images to convert.
   *
   * @throws ConversionException with the contract's code when there are none
   */
  static Selection select(ImageSource source, Optional<Platform> wanted) throws IOException {
    var root = source.root();
    if (!MediaTypes.isManifest(root.mediaType()) && !MediaTypes.isIndex(root.mediaType())) {
      throw new ConversionException(
          FailureCode.UNSUPPORTED_MEDIATYPE,
          root.digest()
              + " is of media type '"
              + root.mediaType()
              + "'; only image manifests and indexes are converted");
    }
    var images = new PlatformImages(source, wanted);
    return switch (root.parse()) {
      case ImageManifest manifest ->
          new Selection(List.of(images.image(root, manifest, Platform.ASSUMED)), List.of());
      case ImageIndex index -> images.of(root, index);
    };
  }

  private Selection of(StoredManifest root, ImageIndex index) throws IOException {
    collect(root, index, 0);
    if (found.isEmpty()) {
      throw new ConversionException(
          isStreamable
              ? FailureCode.UNSUPPORTED_ARTIFACT_TYPE
              : FailureCode.NO_SUPPORTED_PLATFORM_FOUND,
          "no image in index "
              + root.digest()
              + " is for "
              + wanted.map(Platform::toString).orElse("linux")
              + (passedOver.isEmpty() ? "" : " and can be converted: ")
              + String.join("; ", passedOver));
    }
    return new Selection(List.copyOf(found.values()), List.copyOf(passedOver));
  }

  /**
   * An image with its config.
   *
   * @param otherwise the platform where its config says none
   * @throws ConversionException if it is none that can be converted
   * @throws FormatException if it breaks a rule of its formats
   */
  private PlatformImage image(StoredManifest stored, ImageManifest manifest, Platform otherwise)
      throws IOException {
    var streamable = manifest.streamableFormat();
    if (streamable.isPresent()) {
      isStreamable = true;
      throw new ConversionException(
          FailureCode.UNSUPPORTED_ARTIFACT_TYPE,
          stored.digest()
              + " is streamable already ("
              + streamable.get()
              + ") and is served as it is; "
              + (manifest.subject() == null
                  ? "convert the image that it was made from"
                  : "convert its subject"));
    }
    if (!manifest.isRunnable() || manifest.layers().isEmpty()) {
      throw new ConversionException(
          FailureCode.IMAGE_NOT_RUNNABLE,
          stored.digest() + " is no runnable image: it " + manifest.whyNotRunnable());
    }
    var config = config(stored, manifest);
    var platform = config.platform().orElse(otherwise).orElse(Platform.ASSUMED);
    if (!platform.os().equals(Platform.ASSUMED.os())) {
      throw new ConversionException(
          FailureCode.UNSUPPORTED_PLATFORM,
          stored.digest() + " is for " + platform + "; only linux images are converted");
    }
    return new PlatformImage(stored, manifest, config, platform);
  }

  private ImageConfig config(StoredManifest stored, ImageManifest manifest) throws IOException {
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
      return config;
    } catch (FormatException e) {
      throw e.in("image " + stored.digest());
    }
  }

  private void collect(StoredManifest stored, ImageIndex index, int depth) throws IOException {
    if (depth == MAX_DEPTH) {
      throw new LimitException(
          "index " + stored.digest() + ": indexes in indexes deeper than " + MAX_DEPTH);
    }
    for (var child : index.manifests()) {
      if (!concernsUs(child)) {
        continue;
      }
      try {
        collect(child, depth);
      } catch (LimitException e) {
        throw e;
      } catch (ConversionException | FormatException e) {
        passOver(child, String.valueOf(e.getMessage()));
      }
    }
  }

  /**
   * Whether it may be, by the index alone, an image that was asked for. Neither artifacts nor
   * attestations are images, and there is nothing to say of them.
   */
  private boolean concernsUs(Descriptor child) {
    var platform = child.platform();
    return child.isPlain()
        && (MediaTypes.isIndex(child.mediaType()) || MediaTypes.isManifest(child.mediaType()))
        && (platform == null
            || !platform.os().equals(NO_SYSTEM)
                && (wanted.isEmpty() || wanted.get().accepts(platform.orElse(wanted.get()))));
  }

  private void collect(Descriptor child, int depth) throws IOException {
    var stored = source.find(child);
    if (stored.isEmpty()) {
      passOver(child, "its manifest is not here");
      return;
    }
    switch (stored.get().parse()) {
      case ImageIndex inner -> collect(stored.get(), inner, depth + 1);
      case ImageManifest manifest -> add(child, stored.get(), manifest);
    }
  }

  private void add(Descriptor child, StoredManifest stored, ImageManifest manifest)
      throws IOException {
    var missing = source.missingBlob(stored);
    if (missing.isPresent()) {
      passOver(child, "blob " + missing.get().digest() + " of it is not here");
      return;
    }
    if (!manifest.isOfImage()) {
      return;
    }
    var image =
        image(stored, manifest, child.platform() == null ? Platform.ASSUMED : child.platform());
    if (wanted.isEmpty() || wanted.get().accepts(image.platform())) {
      found.putIfAbsent(stored.digest().toString(), image);
      if (found.size() > MAX_IMAGES) {
        throw new LimitException("more than " + MAX_IMAGES + " images in one index");
      }
    }
  }

  private void passOver(Descriptor child, String reason) {
    if (passedOver.size() < MAX_LINES) {
      passedOver.add(line(child.digest(), child.platform(), reason));
    }
  }

  /** What is said of an image that is not converted while others of its index are. */
  static String line(Digest digest, @Nullable Platform platform, String reason) {
    var name =
        platform == null || platform.os().isEmpty() ? digest.toString() : platform + " " + digest;
    return name + " is left out: " + reason;
  }
}
