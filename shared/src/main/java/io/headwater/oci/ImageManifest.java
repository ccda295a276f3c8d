package io.headwater.oci;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Config and layers of one image, or an artifact (OCI image spec, manifest.md; Docker image
 * manifest version 2, schema 2).
 */
@JsonIgnoreProperties(ignoreUnknown = true)
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
    Json.require(schemaVersion == 2, "schemaVersion is " + schemaVersion + ", not 2");
    Json.require(config != null, "config is missing");
    Json.require(layers != null, "layers is missing");
    layers = List.copyOf(layers);
  }

  /**
   * Whether a container can be started from it: image config, and nothing but file system layers.
   */
  public boolean isRunnable() {
    return artifactTypeIsPlain()
        && MediaTypes.isImageConfig(config.mediaType())
        && layers.stream().allMatch(layer -> MediaTypes.isLayer(layer.mediaType()));
  }

  private boolean artifactTypeIsPlain() {
    return artifactType == null || artifactType.isEmpty() || MediaTypes.isImageConfig(artifactType);
  }
}
