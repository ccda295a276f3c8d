package io.headwater.upload;

import io.headwater.fault.FormatException;
import io.headwater.fault.LimitException;
import io.headwater.oci.Field;
import io.headwater.oci.Platform;
import io.headwater.source.ImageReference;
import java.util.List;

/**
 * An image of another registry that is to be imported: {@code {"source":
 * "registry.example.com/team/app:1.2", "platforms": ["linux/arm64"]}}.
 *
 * @param platforms of an index, only these; empty for all
 */
public record ImportDocument(ImageReference source, List<Platform> platforms) {
  /** Far more than one needs. */
  public static final int MAX_BYTES = 64 * 1024;

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
    var document = Field.document(bytes, "import document");
    return new ImportDocument(
        document.field("source").parsed(ImageReference::parse),
        document.field("platforms").listOrNone(name -> name.parsed(Platform::parse)));
  }
}
