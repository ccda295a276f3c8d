package io.headwater.oci;

import com.fasterxml.jackson.annotation.JsonIgnore;
import io.headwater.fault.FormatException;
import io.headwater.fault.LimitException;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A document that a tag can point to: an image manifest or an index. */
public sealed interface Manifest permits ImageManifest, ImageIndex {
  /**
   * Registries take manifests of at least 4 MiB (OCI distribution spec, "Pushing Manifests"); this
   * takes no more.
   */
  int MAX_BYTES = 4 << 20;

  @Nullable String mediaType();

  @Nullable String artifactType();

  @Nullable Descriptor subject();

  @Nullable Map<String, String> annotations();

  /**
   * The artifact type that the referrers API shows: the manifest's own, or else its config's media
   * type.
   */
  @JsonIgnore
  default Optional<String> effectiveArtifactType() {
    var own = artifactType();
    if (own != null && !own.isEmpty()) {
      return Optional.of(own);
    }
    return this instanceof ImageManifest manifest
        ? Optional.of(manifest.config().mediaType())
        : Optional.empty();
  }

  /**
   * Reads a manifest or index.
   *
   * @param mediaType what it was declared to be; empty when nobody said
   * @throws FormatException if it is neither, or lacks what it must have
   * @throws LimitException if it is larger than {@link #MAX_BYTES}
   */
  static Manifest parse(byte[] bytes, String mediaType) throws FormatException {
    requireSize(bytes);
    var json = Json.object(bytes, "manifest");
    var own = Field.of(json, "manifest").field("mediaType").textOr("");
    var type = own.isEmpty() ? mediaType : own;
    if (!mediaType.isEmpty() && !own.isEmpty() && !own.equals(mediaType)) {
      throw new FormatException(
          "manifest says that it is "
              + Field.quoted(own)
              + " but was declared as "
              + Field.quoted(mediaType));
    }
    if (MediaTypes.isIndex(type) || type.isEmpty() && json.has("manifests")) {
      return ImageIndex.read(Field.of(json, "index"));
    }
    if (MediaTypes.isManifest(type) || type.isEmpty() && json.has("config")) {
      return ImageManifest.read(Field.of(json, "manifest"));
    }
    throw new FormatException(
        type.isEmpty()
            ? "JSON that is neither a manifest nor an index"
            : "media type " + Field.quoted(type) + " is neither a manifest's nor an index's");
  }

  /**
   * Bounds a manifest before it is looked at.
   *
   * @throws LimitException if it is larger than {@link #MAX_BYTES}
   */
  static void requireSize(byte[] bytes) throws LimitException {
    if (bytes.length > MAX_BYTES) {
      throw new LimitException(
          "manifest of " + bytes.length + " bytes: at most " + MAX_BYTES + " are taken");
    }
  }

  /** The media type of a document, stated or concluded. */
  static String mediaTypeOf(Manifest manifest) {
    var stated = manifest.mediaType();
    if (stated != null && !stated.isEmpty()) {
      return stated;
    }
    return manifest instanceof ImageIndex ? MediaTypes.OCI_INDEX : MediaTypes.OCI_MANIFEST;
  }

  /** The document as JSON. */
  default byte[] toJson() {
    return Json.write(this);
  }
}
