package io.headwater.proxy.cli;

import io.headwater.block.BlockDevice;
import io.headwater.fault.FormatException;
import io.headwater.oci.Descriptor;
import io.headwater.oci.ImageConfig;
import io.headwater.oci.ImageIndex;
import io.headwater.oci.ImageManifest;
import io.headwater.oci.MediaTypes;
import io.headwater.oci.Platform;
import io.headwater.overlaybd.OverlaybdImage;
import io.headwater.registry.StoredManifest;
import io.headwater.source.ArtifactSource;
import io.headwater.source.CountingDevice;
import io.headwater.source.Traffic;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * A streaming artifact together with its original.
 *
 * @param source where both are
 * @param artifact the streaming manifest
 * @param original the manifest that is its subject
 */
record StreamingImage(
    ArtifactSource source,
    StoredManifest stored,
    ImageManifest artifact,
    ImageManifest original,
    Traffic traffic)
    implements Closeable {

  /**
   * Finds the artifact of an image for a platform.
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
      if (MediaTypes.STREAMING_ARTIFACT.equals(manifest.artifactType())
          && manifest.subject() != null) {
        return new StreamingImage(
            source, root, manifest, image(source.manifest(manifest.subject())), new Traffic());
      }
      for (var referrer : source.referrers(root.digest())) {
        if (referrer.parse() instanceof ImageManifest artifact
            && MediaTypes.STREAMING_ARTIFACT.equals(artifact.artifactType())) {
          return new StreamingImage(source, referrer, artifact, manifest, new Traffic());
        }
      }
    } else {
      for (var child : images(source, root)) {
        var config = ImageConfig.parse(source.smallBlob(image(child).config()));
        if (platform.accepts(config.platform())) {
          return find(source, child, platform, argument);
        }
      }
    }
    throw new FormatException(
        argument + " has no streaming artifact for " + platform + "; convert it first");
  }

  private static List<StoredManifest> images(ArtifactSource source, StoredManifest root)
      throws IOException {
    var images = new ArrayList<StoredManifest>();
    if (root.parse() instanceof ImageIndex index) {
      for (Descriptor child : index.manifests()) {
        if (MediaTypes.isIndex(child.mediaType())) {
          images.addAll(images(source, source.manifest(child)));
        } else if (child.platform() == null || child.platform().os().equals("linux")) {
          images.add(source.manifest(child));
        }
      }
    }
    return images;
  }

  private static ImageManifest image(StoredManifest stored) throws FormatException {
    if (stored.parse() instanceof ImageManifest manifest) {
      return manifest;
    }
    throw new FormatException(stored.digest() + " is no image manifest");
  }

  /** Opens the layers as one disk; what is read of them is counted. */
  OverlaybdImage openDisk() throws IOException {
    var blobs = new ArrayList<BlockDevice>();
    for (var layer : artifact.layers()) {
      blobs.add(new CountingDevice(source.device(layer), traffic));
    }
    return OverlaybdImage.open(blobs);
  }

  @Override
  public void close() throws IOException {
    source.close();
  }
}
