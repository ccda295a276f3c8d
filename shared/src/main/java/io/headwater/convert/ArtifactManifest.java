package io.headwater.convert;

import io.headwater.convert.PlatformImages.PlatformImage;
import io.headwater.oci.Descriptor;
import io.headwater.oci.Digest;
import io.headwater.oci.ImageManifest;
import io.headwater.oci.MediaTypes;
import io.headwater.store.StoredBlob;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The manifest of a streaming artifact (formats/acr-contract.md, "The streaming artifact";
 * formats/overlaybd.md §5).
 */
public final class ArtifactManifest {
  /** The annotation that says in which format an artifact is. */
  public static final String FORMAT = "streaming.format";

  private static final String OVERLAYBD = "containerd.io/snapshot/overlaybd/";

  private ArtifactManifest() {}

  /** Puts config and manifest for converted layers. The manifest comes last. */
  static Artifact put(PlatformImage image, List<StoredBlob> layers, ArtifactTarget target)
      throws IOException {
    var config = image.config().withDiffIds(layers.stream().map(StoredBlob::digest).toList());
    var configDescriptor = Descriptor.of(MediaTypes.OCI_CONFIG, Digest.of(config), config.length);
    target.put(configDescriptor, config);
    var platform = image.platform();
    var annotations = new TreeMap<String, String>();
    annotations.put(FORMAT, "overlaybd");
    annotations.put("streaming.version", "v1");
    annotations.put("streaming.platform.os", platform.os());
    annotations.put("streaming.platform.arch", platform.architecture());
    if (platform.variant() != null) {
      annotations.put("streaming.platform.variant", platform.variant());
    }
    var subject = image.stored().descriptor();
    var manifest =
        new ImageManifest(
            2,
            MediaTypes.OCI_MANIFEST,
            MediaTypes.STREAMING_ARTIFACT,
            configDescriptor,
            layers.stream().map(ArtifactManifest::layer).toList(),
            subject,
            annotations);
    var bytes = manifest.toJson();
    var descriptor =
        Descriptor.of(MediaTypes.OCI_MANIFEST, Digest.of(bytes), bytes.length)
            .withArtifactType(MediaTypes.STREAMING_ARTIFACT)
            .withAnnotations(annotations);
    target.putManifest(subject.digest(), descriptor, bytes);
    return new Artifact(
        platform, subject, descriptor, layers.stream().mapToLong(StoredBlob::size).sum());
  }

  private static Descriptor layer(StoredBlob blob) {
    var annotations =
        new TreeMap<>(
            Map.of(
                OVERLAYBD + "blob-digest",
                blob.digest().toString(),
                OVERLAYBD + "blob-size",
                Long.toString(blob.size()),
                OVERLAYBD + "blob-fs-type",
                "ext4",
                OVERLAYBD + "version",
                "0.1.0"));
    return Descriptor.of(MediaTypes.OCI_LAYER_TAR, blob.digest(), blob.size())
        .withAnnotations(annotations);
  }
}
