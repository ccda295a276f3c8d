package io.headwater.source;

import io.headwater.fault.LimitException;
import io.headwater.oci.Descriptor;
import io.headwater.oci.ImageIndex;
import io.headwater.oci.ImageManifest;
import io.headwater.oci.MediaTypes;
import io.headwater.oci.Platform;
import io.headwater.registry.StoredManifest;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * What has to be where a manifest is copied to, before it.
 *
 * @param blobs of an image: config and layers, but none that is fetched from elsewhere
 * @param manifests of an index
 */
record ImageParts(List<Descriptor> blobs, List<Descriptor> manifests) {
  /** How deep indexes may lie in indexes, and referrers refer to referrers. */
  static final int MAX_DEPTH = 6;

  /**
   * Lists them.
   *
   * @param platforms of an index, only what is or may list an image for one of these; empty for all
   * @param depth how many indexes lie around it
   * @throws LimitException if those are too many
   */
  static ImageParts of(StoredManifest stored, List<Platform> platforms, int depth)
      throws IOException {
    if (depth == MAX_DEPTH) {
      throw new LimitException(
          "manifest " + stored.digest() + ": indexes in indexes deeper than " + MAX_DEPTH);
    }
    return switch (stored.parse()) {
      case ImageManifest image -> new ImageParts(blobs(image), List.of());
      case ImageIndex index ->
          new ImageParts(
              List.of(),
              index.manifests().stream().filter(child -> isWanted(child, platforms)).toList());
    };
  }

  static List<Descriptor> blobs(ImageManifest image) {
    var blobs = new ArrayList<Descriptor>();
    blobs.add(image.config());
    for (var layer : image.layers()) {
      if (layer.urls() == null || layer.urls().isEmpty()) {
        blobs.add(layer);
      }
    }
    return blobs;
  }

  private static boolean isWanted(Descriptor child, List<Platform> platforms) {
    var platform = child.platform();
    return platforms.isEmpty()
        || MediaTypes.isIndex(child.mediaType())
        || platform == null
        // What is not said may be what is wanted: the image's config knows.
        || platforms.stream().anyMatch(wanted -> wanted.accepts(platform.orElse(wanted)));
  }
}
