package io.headwater.oci;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import io.headwater.fault.FormatException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A list of manifests, one for each platform, or of further indexes (OCI image spec,
 * image-index.md; Docker manifest list).
 */
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
    manifests = List.copyOf(manifests);
  }

  static ImageIndex read(Field field) throws FormatException {
    return new ImageIndex(
        (int) field.field("schemaVersion").number(2, 2),
        field.field("mediaType").optional(Field::text).orElse(null),
        field.field("artifactType").optional(Field::text).orElse(null),
        field.field("manifests").entries(Descriptor::read),
        field.field("subject").optional(Descriptor::read).orElse(null),
        field.field("annotations").optional(Field::texts).orElse(null));
  }

  /** An index's JSON without what it says of a manifest; all else of it is kept, known or not. */
  public static byte[] without(byte[] index, Digest manifest) throws FormatException {
    var json = Json.object(index, "index");
    json.withArray("manifests")
        .removeIf(listed -> listed.path("digest").asString("").equals(manifest.toString()));
    return Json.write(json);
  }

  /** An OCI index of the given manifests. */
  public static ImageIndex of(List<Descriptor> manifests) {
    return new ImageIndex(2, MediaTypes.OCI_INDEX, null, manifests, null, null);
  }
}
