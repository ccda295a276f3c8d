package io.headwater.oci;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A list of manifests, one for each platform, or of further indexes (OCI image spec,
 * image-index.md; Docker manifest list).
 */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_NULL)
@JsonPropertyOrder({
  "schemaVersion",
  "mediaType",
  "artifactType",
  "manifests",
  "subject",
  "annotations"
})
public record ImageIndex(
    int schemaVersion,
    @Nullable String mediaType,
    @Nullable String artifactType,
    List<Descriptor> manifests,
    @Nullable Descriptor subject,
    @Nullable Map<String, String> annotations)
    implements Manifest {

  public ImageIndex {
    Json.require(schemaVersion == 2, "schemaVersion is " + schemaVersion + ", not 2");
    Json.require(manifests != null, "manifests is missing");
    manifests = List.copyOf(manifests);
  }

  /** An OCI index of the given manifests. */
  public static ImageIndex of(List<Descriptor> manifests) {
    return new ImageIndex(2, MediaTypes.OCI_INDEX, null, manifests, null, null);
  }
}
