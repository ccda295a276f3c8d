package io.headwater.upload;

import io.headwater.fault.FormatException;
import io.headwater.fault.LimitException;
import io.headwater.oci.Json;
import io.headwater.oci.Platform;
import io.headwater.source.ImageReference;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An image of another registry that is to be imported: {@code {"source":
 * "registry.example.com/team/app:1.2", "platforms": ["linux/arm64"]}}.
 *
 * @param platforms of an index, only these; empty for all
 */
public record ImportDocument(ImageReference source, List<Platform> platforms) {
  /** Far more than one needs. */
  public static final int MAX_BYTES = 64 * 1024;

  private record Form(@Nullable String source, @Nullable List<String> platforms) {}

  /**
   * Reads a document.
   *
   * @throws FormatException if it is none
   */
  public static ImportDocument parse(byte[] bytes) throws FormatException {
    if (bytes.length > MAX_BYTES) {
      throw new LimitException(
          "import document of " + bytes.length + " bytes: at most " + MAX_BYTES + " are taken");
    }
    var form = Json.read(bytes, Form.class, "import document");
    if (form.source() == null) {
      throw new FormatException(
          "import document: 'source' is missing; give HOST[:PORT]/NAME[:TAG][@DIGEST]");
    }
    try {
      var platforms = form.platforms() == null ? List.<String>of() : form.platforms();
      return new ImportDocument(
          ImageReference.parse(form.source()), platforms.stream().map(Platform::parse).toList());
    } catch (IllegalArgumentException e) {
      throw new FormatException("import document: " + e.getMessage());
    }
  }
}
