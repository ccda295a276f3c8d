package io.headwater.registry;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import io.headwater.fault.FormatException;
import io.headwater.oci.Field;

/**
 * Whether a repository's pushed images are converted (formats/acr-contract.md, "Management
 * routes"). Active when {@code convertPushedImages} is true, Inactive otherwise.
 */
@JsonPropertyOrder({"convertPushedImages", "conversionFormat", "conversionVersion"})
public record StreamingSettings(
    boolean convertPushedImages, String conversionFormat, String conversionVersion) {
  public static final String FORMAT = "overlaybd";
  public static final String VERSION = "v1";

  /** What a repository begins with. */
  public static final StreamingSettings INACTIVE = of(false);

  /** Settings in the only format that there is. */
  public static StreamingSettings of(boolean convertPushedImages) {
    return new StreamingSettings(convertPushedImages, FORMAT, VERSION);
  }

  static StreamingSettings read(Field field) throws FormatException {
    return new StreamingSettings(
        field.field("convertPushedImages").flag(),
        field.field("conversionFormat").text(),
        field.field("conversionVersion").text());
  }

  @JsonIgnore
  public boolean isActive() {
    return convertPushedImages;
  }
}
