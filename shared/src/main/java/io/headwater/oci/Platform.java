package io.headwater.oci;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import org.jspecify.annotations.Nullable;

/**
 * What an image runs on (OCI image spec, image-index.md, "platform").
 *
 * @param architecture as GOARCH has it
 * @param os as GOOS has it
 * @param variant of the CPU
 */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Platform(
    String architecture,
    String os,
    @Nullable String variant,
    @JsonProperty("os.version") @Nullable String osVersion) {

  /** A platform without variant. */
  public static Platform of(String os, String architecture) {
    return new Platform(architecture, os, null, null);
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

  @Override
  public String toString() {
    return os + "/" + architecture + (variant == null ? "" : "/" + variant);
  }
}
