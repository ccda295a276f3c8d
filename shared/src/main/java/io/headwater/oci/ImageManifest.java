package io.headwater.oci;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import io.headwater.fault.FormatException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Config and layers of one image, or an artifact (OCI image spec, manifest.md; Docker image
 * manifest version 2, schema 2).
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
@JsonPropertyOrder({
  "schemaVersion",
  "mediaType",
  "artifactType",
  "config",
  "layers",
  "subject",
  "annotations"
})
public record ImageManifest(
    int schemaVersion,
    @Nullable String mediaType,
    @Nullable String artifactType,
    Descriptor config,
    List<Descriptor> layers,
    @Nullable Descriptor subject,
    @Nullable Map<String, String> annotations)
    implements Manifest {

  public ImageManifest {
    layers = List.copyOf(layers);
  }

  static ImageManifest read(Field field) throws FormatException {
    return new ImageManifest(
        (int) field.field("schemaVersion").number(2, 2),
        field.field("mediaType").optional(Field::text).orElse(null),
        field.field("artifactType").optional(Field::text).orElse(null),
        Descriptor.read(field.field("config")),
        field.field("layers").entries(Descriptor::read),
        field.field("subject").optional(Descriptor::read).orElse(null),
        field.field("annotations").optional(Field::texts).orElse(null));
  }

  /**
   * Whether a container can be started from it: image config, and nothing but file system layers.
   */
  public boolean isRunnable() {
    return MediaTypes.isPlain(artifactType)
        && MediaTypes.isImageConfig(config.mediaType())
        && layers.stream().allMatch(layer -> MediaTypes.isLayer(layer.mediaType()));
  }

  /**
   * Whether it says to be of an image, whatever its layers are: artifacts, signatures and
   * attestations do not.
   */
  public boolean isOfImage() {
    return MediaTypes.isPlain(artifactType) && MediaTypes.isImageConfig(config.mediaType())
        || streamableFormat().isPresent();
  }

  /**
   * The format in which nodes stream it as it is: what its layers hold is no files but file systems
   * or parts of such. Empty for any other image.
   */
  public Optional<String> streamableFormat() {
    return StreamableFormat.of(this).map(StreamableFormat::title);
  }

  /** Why it is not {@link #isRunnable}, in words that follow "it". */
  public String whyNotRunnable() {
    if (!MediaTypes.isPlain(artifactType)) {
      return "is an artifact of type '" + artifactType + "'";
    }
    if (!MediaTypes.isImageConfig(config.mediaType())) {
      return "has a config of media type '" + config.mediaType() + "'";
    }
    return layers.stream()
        .map(Descriptor::mediaType)
        .filter(type -> !MediaTypes.isLayer(type))
        .findFirst()
        .map(type -> "has a layer of media type '" + type + "'")
        .orElse("has no layers");
  }
}
