package io.headwater.registry;

import io.headwater.fault.FormatException;
import io.headwater.oci.Descriptor;
import io.headwater.oci.Digest;
import io.headwater.oci.Manifest;
import io.headwater.oci.RepositoryName;
import java.util.Optional;

/**
 * A manifest as a repository has it.
 *
 * @param digest of the bytes
 * @param mediaType as it was declared
 * @param bytes exactly as they came
 */
public record StoredManifest(Digest digest, String mediaType, byte[] bytes) {
  /** What the bytes say. */
  public Manifest parse() throws FormatException {
    return Manifest.parse(bytes, mediaType);
  }

  /**
   * Looks at the bytes.
   *
   * @throws FormatException if they are not of the digest
   */
  public void check(RepositoryName repository) throws FormatException {
    var actual = Digest.of(digest.algorithm(), bytes);
    if (!actual.equals(digest)) {
      throw new FormatException(
          "manifest "
              + digest
              + " of repository '"
              + repository
              + "' is damaged in the store: its bytes have the digest "
              + actual
              + "; push it again");
    }
  }

  /** What it is a referrer of; empty when it is none. */
  public Optional<Digest> subject() {
    return References.of(bytes, mediaType).subject().map(Descriptor::digest);
  }

  /** A reference to it. */
  public Descriptor descriptor() {
    return Descriptor.of(mediaType, digest, bytes.length);
  }
}
