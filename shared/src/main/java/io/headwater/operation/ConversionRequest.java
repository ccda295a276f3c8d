package io.headwater.operation;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.headwater.fault.FormatException;
import io.headwater.fault.LimitException;
import io.headwater.oci.Digest;
import io.headwater.oci.Field;
import io.headwater.oci.Json;
import io.headwater.oci.RepositoryName;
import java.nio.charset.StandardCharsets;

/**
 * A message in the queue {@code conversions}: {@code {"repository": "team/app", "digest":
 * "sha256:…", "operation": "…"}}, one for each image for one platform.
 *
 * @param operation the id of the operation that was filed for it; empty for one that is yet to be
 *     filed
 */
public record ConversionRequest(RepositoryName repository, Digest digest, String operation) {
  /** Far more than a request needs. */
  public static final int MAX_BYTES = 4096;

  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  private record Form(String repository, String digest, String operation) {}

  /**
   * Reads a message.
   *
   * @throws FormatException if it is none
   */
  public static ConversionRequest parse(String message) throws FormatException {
    var bytes = message.getBytes(StandardCharsets.UTF_8);
    if (bytes.length > MAX_BYTES) {
      throw new LimitException(
          "conversion request of " + bytes.length + " bytes: at most " + MAX_BYTES + " are taken");
    }
    var request = Field.document(bytes, "conversion request");
    return new ConversionRequest(
        request.field("repository").parsed(RepositoryName::parse),
        request.field("digest").parsed(Digest::parse),
        request.field("operation").textOr(""));
  }

  /** The message. */
  public String toMessage() {
    var form = new Form(repository.value(), digest.toString(), operation);
    return new String(Json.write(form), StandardCharsets.UTF_8);
  }
}
