package io.headwater.functions;

import io.headwater.fault.FormatException;
import io.headwater.oci.Digest;
import io.headwater.oci.Json;
import io.headwater.oci.RepositoryName;
import java.nio.charset.StandardCharsets;

/**
 * A message in the queue {@code conversions}: {@code {"repository": "team/app", "digest":
 * "sha256:…"}}.
 */
public record ConversionRequest(RepositoryName repository, Digest digest) {
  /**
   * Reads a message.
   *
   * @throws FormatException if it is none
   */
  public static ConversionRequest parse(String message) throws FormatException {
    var json = Json.object(message.getBytes(StandardCharsets.UTF_8), "conversion request");
    return new ConversionRequest(
        RepositoryName.parse(json.path("repository").asString("")),
        Digest.parse(json.path("digest").asString("")));
  }
}
