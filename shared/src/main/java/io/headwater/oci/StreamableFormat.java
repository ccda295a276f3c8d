package io.headwater.oci;

import java.util.Map;
import java.util.Optional;

/**
 * Formats of images that nodes stream as they are. The marks are those by which their snapshotters
 * know them: annotations and media types of layers.
 */
public enum StreamableFormat {
  /** Formats/overlaybd.md §5; made by its converters, by BuildKit, and here. */
  OVERLAYBD("overlaybd"),
  /** File systems of containerd's EROFS differ and snapshotter. */
  EROFS("EROFS"),
  /** RAFS blobs and their bootstrap, of nydusify and BuildKit. */
  NYDUS("Nydus");

  /** The artifactType that overlaybd's own converter gives to a referrer. */
  public static final String OVERLAYBD_ARTIFACT =
      "application/vnd.containerd.overlaybd.native.v1+json";

  private static final String OVERLAYBD_ANNOTATION = "containerd.io/snapshot/overlaybd/";
  private static final String OVERLAYBD_BLOB = OVERLAYBD_ANNOTATION + "blob-digest";
  private static final String NYDUS_ANNOTATION = "containerd.io/snapshot/nydus-";
  private static final String NYDUS_LAYER = "application/vnd.oci.image.layer.nydus.";
  private static final String EROFS_LAYER = "application/vnd.erofs";

  private final String title;

  StreamableFormat(String title) {
    this.title = title;
  }

  /** As people write it. */
  public String title() {
    return title;
  }

  /** The format of an image; empty if it is an ordinary one, or none. */
  public static Optional<StreamableFormat> of(ImageManifest manifest) {
    if (isOverlaybdArtifact(manifest.artifactType())) {
      return Optional.of(OVERLAYBD);
    }
    return manifest.layers().stream().flatMap(layer -> of(layer).stream()).findFirst();
  }

  private static boolean isOverlaybdArtifact(@org.jspecify.annotations.Nullable String type) {
    return MediaTypes.STREAMING_ARTIFACT.equals(type) || OVERLAYBD_ARTIFACT.equals(type);
  }

  private static Optional<StreamableFormat> of(Descriptor layer) {
    var annotations = layer.annotations() == null ? Map.<String, String>of() : layer.annotations();
    if (annotations.containsKey(OVERLAYBD_BLOB)) {
      return Optional.of(OVERLAYBD);
    }
    if (layer.mediaType().startsWith(NYDUS_LAYER)
        || annotations.keySet().stream().anyMatch(key -> key.startsWith(NYDUS_ANNOTATION))) {
      return Optional.of(NYDUS);
    }
    return isErofs(layer.mediaType()) ? Optional.of(EROFS) : Optional.empty();
  }

  /**
   * As containerd's EROFS differ tells it: its own types and any that end so, compressed or not.
   */
  private static boolean isErofs(String mediaType) {
    var type = mediaType.split("\\+", 2)[0];
    return type.equals(EROFS_LAYER)
        || type.startsWith(EROFS_LAYER + ".")
        || type.endsWith(".erofs");
  }
}
