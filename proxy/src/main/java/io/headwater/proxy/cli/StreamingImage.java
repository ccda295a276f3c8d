package io.headwater.proxy.cli;

import io.headwater.block.BlockDevice;
import io.headwater.fault.FormatException;
import io.headwater.oci.Descriptor;
import io.headwater.oci.ImageConfig;
import io.headwater.oci.ImageIndex;
import io.headwater.oci.ImageManifest;
import io.headwater.oci.MediaTypes;
import io.headwater.oci.Platform;
import io.headwater.oci.StreamableFormat;
import io.headwater.overlaybd.OverlaybdImage;
import io.headwater.registry.StoredManifest;
import io.headwater.source.ArtifactSource;
import io.headwater.source.CountingDevice;
import io.headwater.source.Traffic;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * An overlaybd image, of whatever maker, together with its original.
 *
 * @param source where both are
 * @param artifact the streaming manifest
 * @param original the image that is its subject; empty if it has none, or that is not there
 */
record StreamingImage(
    ArtifactSource source,
    StoredManifest stored,
    ImageManifest artifact,
    Optional<ImageManifest> original,
    Traffic traffic)
    implements Closeable {
  private static final int MAX_DEPTH = 5;

  /** An image that an index lists. */
  private record Listed(Descriptor descriptor, StoredManifest stored, ImageManifest manifest) {}

  /**
   * Finds the artifact of an image for a platform, or takes the image itself where it is one.
   *
   * @throws FormatException if there is none
   */
  static StreamingImage open(String argument, Platform platform) throws IOException {
    var source = ImageArgument.openArtifact(argument);
    try {
      return find(source, source.root(), platform, argument);
    } catch (IOException | RuntimeException e) {
      source.close();
      throw e;
    }
  }

  private static StreamingImage find(
      ArtifactSource source, StoredManifest root, Platform platform, String argument)
      throws IOException {
    if (root.parse() instanceof ImageManifest manifest) {
      var format = StreamableFormat.of(manifest);
      return format.isPresent()
          ? itself(source, root, manifest, format.get())
          : artifact(source, root, manifest, platform, argument);
    }
    for (var child : images(source, root, 0)) {
      var config = ImageConfig.parse(source.smallBlob(child.manifest().config()));
      var said = child.descriptor().platform();
      var runsOn = config.platform().orElse(said == null ? Platform.ASSUMED : said);
      if (platform.accepts(runsOn.orElse(Platform.ASSUMED))) {
        return find(source, child.stored(), platform, argument);
      }
    }
    throw none(platform, argument);
  }

  private static FormatException none(Platform platform, String argument) {
    return new FormatException(
        argument + " has no streaming artifact for " + platform + "; convert it first");
  }

  private static StreamingImage itself(
      ArtifactSource source, StoredManifest stored, ImageManifest image, StreamableFormat format)
      throws IOException {
    if (format != StreamableFormat.OVERLAYBD) {
      throw new FormatException(
          stored.digest()
              + " is of the format "
              + format.title()
              + ", which is served as it is; only overlaybd images are read here");
    }
    Optional<ImageManifest> original = Optional.empty();
    if (image.subject() != null) {
      var subject = source.find(image.subject());
      if (subject.isPresent()
          && subject.get().parse() instanceof ImageManifest manifest
          && source.missingBlob(subject.get()).isEmpty()) {
        original = Optional.of(manifest);
      }
    }
    return new StreamingImage(source, stored, image, original, new Traffic());
  }

  private static StreamingImage artifact(
      ArtifactSource source,
      StoredManifest root,
      ImageManifest original,
      Platform platform,
      String argument)
      throws IOException {
    for (var type : List.of(MediaTypes.STREAMING_ARTIFACT, StreamableFormat.OVERLAYBD_ARTIFACT)) {
      for (var referrer : source.referrers(root.digest())) {
        if (referrer.parse() instanceof ImageManifest artifact
            && type.equals(artifact.artifactType())) {
          return new StreamingImage(
              source, referrer, artifact, Optional.of(original), new Traffic());
        }
      }
    }
    throw none(platform, argument);
  }

  private static List<Listed> images(ArtifactSource source, StoredManifest root, int depth)
      throws IOException {
    var images = new ArrayList<Listed>();
    if (root.parse() instanceof ImageIndex index && depth < MAX_DEPTH) {
      for (Descriptor child : index.manifests()) {
        var platform = child.platform();
        var stored =
            platform == null || platform.os().isEmpty() || platform.os().equals("linux")
                ? source.find(child)
                : Optional.<StoredManifest>empty();
        if (stored.isEmpty()) {
          continue;
        }
        if (stored.get().parse() instanceof ImageManifest manifest) {
          if (manifest.isOfImage()) {
            images.add(new Listed(child, stored.get(), manifest));
          }
        } else {
          images.addAll(images(source, stored.get(), depth + 1));
        }
      }
    }
    return images;
  }

  /** What the image runs on, by its config. */
  Platform platform() throws IOException {
    return ImageConfig.parse(source.smallBlob(artifact.config()))
        .platform()
        .orElse(Platform.ASSUMED);
  }

  /** Opens the layers as one disk; what is read of them is counted. */
  OverlaybdImage openDisk() throws IOException {
    var blobs = new ArrayList<BlockDevice>();
    for (var layer : OverlaybdImage.layersOf(artifact)) {
      blobs.add(new CountingDevice(source.device(layer), traffic));
    }
    return OverlaybdImage.open(blobs);
  }

  @Override
  public void close() throws IOException {
    source.close();
  }
}
