package io.headwater.oci;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
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
@JsonIgnoreProperties(ignoreUnknown = true)
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

  /** The value of an annotation; empty when there is none. */
  public String annotation(String name) {
    return annotations == null ? "" : annotations.getOrDefault(name, "");
  }
}
