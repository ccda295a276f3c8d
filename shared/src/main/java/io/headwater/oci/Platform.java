package io.headwater.oci;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.headwater.fault.FormatException;
import org.jspecify.annotations.Nullable;

/**
 * What an image runs on (OCI image spec, image-index.md, "platform").
 *
 * @param architecture as GOARCH has it; "" where it is not said
 * @param os as GOOS has it; "" where it is not said
 * @param variant of the CPU
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Platform(
    String architecture,
    String os,
    @Nullable String variant,
    @JsonProperty("os.version") @Nullable String osVersion) {

  /**
   * What an image is taken to run on that does not say it: the system of all nodes, and the
   * architecture of most. {@code crane append} without a base makes such images; docker and
   * containerd take them for their host's platform.
   */
  public static final Platform ASSUMED = new Platform("amd64", "linux", null, null);

  /** A platform without variant. */
  public static Platform of(String os, String architecture) {
    return new Platform(architecture, os, null, null);
  }

  /** Reads the fields that the object of a platform has, and an image's config. */
  static Platform read(Field field) throws FormatException {
    return new Platform(
        field.field("architecture").textOr(""),
        field.field("os").textOr(""),
        said(field.field("variant")),
        said(field.field("os.version")));
  }

  private static @Nullable String said(Field field) throws FormatException {
    var text = field.textOr("");
    return text.isEmpty() ? null : text;
  }

  /** Reads "linux/arm64" or "linux/arm/v7". */
  public static Platform parse(String text) {
    var parts = text.split("/", -1);
    if (parts.length < 2 || parts.length > 3 || parts[0].isEmpty() || parts[1].isEmpty()) {
      throw new IllegalArgumentException(
          "'" + text + "' is no platform: give OS/ARCHITECTURE[/VARIANT]");
    }
    return new Platform(parts[1], parts[0], parts.length == 3 ? parts[2] : null, null);
  }

  /**
   * Whether an image for {@code other} is what was asked for; a variant counts only where one is
   * asked for.
   */
  public boolean accepts(Platform other) {
    return os.equals(other.os)
        && architecture.equals(other.architecture)
        && (variant == null || other.variant == null || variant.equals(other.variant));
  }

  /** The same with what it does not say taken from another one. */
  public Platform orElse(Platform other) {
    return new Platform(
        architecture.isEmpty() ? other.architecture : architecture,
        os.isEmpty() ? other.os : os,
        variant == null && architecture.isEmpty() ? other.variant : variant,
        osVersion);
  }

  @Override
  public String toString() {
    return os + "/" + architecture + (variant == null ? "" : "/" + variant);
  }
}
