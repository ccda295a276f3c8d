package io.headwater.oci;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The media types that Headwater reads and writes. */
public final class MediaTypes {
  public static final String OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json";
  public static final String OCI_INDEX = "application/vnd.oci.image.index.v1+json";
  public static final String OCI_CONFIG = "application/vnd.oci.image.config.v1+json";
  public static final String OCI_LAYER_TAR = "application/vnd.oci.image.layer.v1.tar";
  public static final String OCI_EMPTY = "application/vnd.oci.empty.v1+json";
  public static final String DOCKER_MANIFEST =
      "application/vnd.docker.distribution.manifest.v2+json";
  public static final String DOCKER_INDEX =
      "application/vnd.docker.distribution.manifest.list.v2+json";
  public static final String DOCKER_CONFIG = "application/vnd.docker.container.image.v1+json";
  public static final String DOCKER_LAYER_TAR = "application/vnd.docker.image.rootfs.diff.tar";

  /**
   * The artifactType of a streaming artifact (formats/acr-contract.md, "The streaming artifact").
   */
  public static final String STREAMING_ARTIFACT = "application/vnd.azure.artifact.streaming.v1";

  private static final Set<String> MANIFESTS = Set.of(OCI_MANIFEST, DOCKER_MANIFEST);
  private static final Set<String> INDEXES = Set.of(OCI_INDEX, DOCKER_INDEX);
  private static final Set<String> CONFIGS = Set.of(OCI_CONFIG, DOCKER_CONFIG);

  private MediaTypes() {}

  /** Whether it is the type of a manifest with config and layers. */
  public static boolean isManifest(String mediaType) {
    return MANIFESTS.contains(mediaType);
  }

  /** Whether it is the type of an index or manifest list. */
  public static boolean isIndex(String mediaType) {
    return INDEXES.contains(mediaType);
  }

  /** Whether it is the type of a runnable image's config. */
  public static boolean isImageConfig(String mediaType) {
    return CONFIGS.contains(mediaType);
  }

  /** Whether an artifact type is one that an image can have: none, or that of its config. */
  public static boolean isPlain(@Nullable String artifactType) {
    return artifactType == null || artifactType.isEmpty() || isImageConfig(artifactType);
  }

  /** Whether it is the type of a file system layer, compressed or not. */
  public static boolean isLayer(String mediaType) {
    return mediaType.startsWith(OCI_LAYER_TAR)
        || mediaType.startsWith(DOCKER_LAYER_TAR)
        || isForeignLayer(mediaType);
  }

  /** Whether it is the type of a layer that may not be distributed, and so need not be pushed. */
  public static boolean isForeignLayer(String mediaType) {
    return mediaType.startsWith("application/vnd.oci.image.layer.nondistributable.v1.tar")
        || mediaType.startsWith("application/vnd.docker.image.rootfs.foreign.diff.tar");
  }
}
