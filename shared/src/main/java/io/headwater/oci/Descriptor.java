package io.headwater.oci;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import io.headwater.fault.FormatException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A reference to content (OCI image spec, descriptor.md).
 *
 * @param mediaType of the content
 * @param digest of the content
 * @param size bytes
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
@JsonPropertyOrder({
  "mediaType",
  "digest",
  "size",
  "urls",
  "annotations",
  "data",
  "artifactType",
  "platform"
})
public record Descriptor(
    String mediaType,
    Digest digest,
    long size,
    @Nullable List<String> urls,
    @Nullable Map<String, String> annotations,
    @Nullable String data,
    @Nullable String artifactType,
    @Nullable Platform platform) {

  /**
   * Reads one.
   *
   * @throws FormatException if it lacks what it must have, or embeds other content than it
   *     describes (OCI image spec, descriptor.md, "Embedded Content")
   */
  public static Descriptor read(Field field) throws FormatException {
    var descriptor =
        new Descriptor(
            field.field("mediaType").text(),
            field.field("digest").parsed(Digest::parse),
            field.field("size").bytes(),
            field.field("urls").optional(urls -> urls.list(Field::text)).orElse(null),
            field.field("annotations").optional(Field::texts).orElse(null),
            field.field("data").optional(Field::text).orElse(null),
            field.field("artifactType").optional(Field::text).orElse(null),
            field.field("platform").optional(Platform::read).orElse(null));
    if (descriptor.data != null) {
      descriptor.checkContent(field.field("data"));
    }
    return descriptor;
  }

  private void checkContent(Field embedded) throws FormatException {
    var content = embedded.base64();
    if (content.length != size || !Digest.of(digest.algorithm(), content).equals(digest)) {
      throw embedded.wrong("content of " + size + " bytes with the digest " + digest);
    }
  }

  public Descriptor {
    if (size < 0) {
      throw new IllegalArgumentException("descriptor of " + digest + " has the size " + size);
    }
  }

  /** A descriptor with nothing but what it must have. */
  public static Descriptor of(String mediaType, Digest digest, long size) {
    return new Descriptor(mediaType, digest, size, null, null, null, null, null);
  }

  /** The same with annotations. */
  public Descriptor withAnnotations(@Nullable Map<String, String> annotations) {
    return new Descriptor(mediaType, digest, size, urls, annotations, data, artifactType, platform);
  }

  /** The same with an artifact type. */
  public Descriptor withArtifactType(@Nullable String artifactType) {
    return new Descriptor(mediaType, digest, size, urls, annotations, data, artifactType, platform);
  }

  /**
   * Whether it may be of an image: its artifact type is none, empty, or that of an image's config
   * (OCI image spec, descriptor.md: "artifactType" of a manifest without one is its config's type).
   */
  @JsonIgnore
  public boolean isPlain() {
    return MediaTypes.isPlain(artifactType);
  }

  /**
   * Whether its content is to be fetched from elsewhere, so that a registry need not have it (OCI
   * image spec, layer.md, "Non-Distributable Layers"). It opens nothing that the repository does
   * not have.
   */
  @JsonIgnore
  public boolean isForeign() {
    return MediaTypes.isForeignLayer(mediaType) || urls != null && !urls.isEmpty();
  }

  /** The value of an annotation; empty when there is none. */
  public String annotation(String name) {
    return annotations == null ? "" : annotations.getOrDefault(name, "");
  }
}
