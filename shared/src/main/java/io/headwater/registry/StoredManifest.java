package io.headwater.registry;

import io.headwater.fault.FormatException;
import io.headwater.oci.Descriptor;
import io.headwater.oci.Digest;
import io.headwater.oci.Manifest;

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

  /** A reference to it. */
  public Descriptor descriptor() {
    return Descriptor.of(mediaType, digest, bytes.length);
  }
}
