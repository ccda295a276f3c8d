package io.headwater.registry;

import io.headwater.fault.FormatException;
import io.headwater.oci.Digest;
import io.headwater.oci.Field;
import io.headwater.oci.Tag;
import java.time.Instant;
import java.util.List;

/**
 * An image that was deleted and can be restored.
 *
 * @param deletedAt ISO 8601
 * @param tags that it had
 * @param manifests all that went with it, in the order in which they are restored: what an index
 *     lists, the image, its streaming artifacts
 */
public record DeletedImage(
    Digest digest,
    String mediaType,
    String deletedAt,
    List<String> tags,
    List<DeletedManifest> manifests) {

  /**
   * Reads its document.
   *
   * @throws FormatException if it is none
   */
  static DeletedImage read(Field field) throws FormatException {
    return new DeletedImage(
        field.field("digest").parsed(Digest::parse),
        field.field("mediaType").text(),
        field.field("deletedAt").time().toString(),
        field.field("tags").list(tag -> tag.parsed(Tag::parse).value()),
        field.field("manifests").list(DeletedManifest::read));
  }

  /** A manifest's exact bytes. */
  public record DeletedManifest(Digest digest, String mediaType, byte[] content) {
    private static DeletedManifest read(Field field) throws FormatException {
      return new DeletedManifest(
          field.field("digest").parsed(Digest::parse),
          field.field("mediaType").text(),
          field.field("content").base64());
    }

    static DeletedManifest of(StoredManifest stored) {
      return new DeletedManifest(stored.digest(), stored.mediaType(), stored.bytes());
    }

    StoredManifest stored() {
      return new StoredManifest(digest, mediaType, content);
    }
  }

  /**
   * What lists say of it.
   *
   * @param deletedAt ISO 8601
   */
  public record Summary(Digest digest, String mediaType, String deletedAt, List<String> tags) {
    Instant time() {
      return Instant.parse(deletedAt);
    }
  }

  Summary summary() {
    return new Summary(digest, mediaType, deletedAt, tags);
  }

  Instant time() {
    return Instant.parse(deletedAt);
  }
}
