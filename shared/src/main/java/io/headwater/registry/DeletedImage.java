package io.headwater.registry;

import io.headwater.oci.Digest;
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

  /** A manifest's exact bytes. */
  public record DeletedManifest(Digest digest, String mediaType, byte[] content) {
    static DeletedManifest of(StoredManifest stored) {
      return new DeletedManifest(stored.digest(), stored.mediaType(), stored.bytes());
    }

    StoredManifest stored() {
      return new StoredManifest(digest, mediaType, content);
    }
  }

  Instant time() {
    return Instant.parse(deletedAt);
  }
}
