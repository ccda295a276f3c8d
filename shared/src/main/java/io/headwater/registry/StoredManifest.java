package io.headwater.registry;

import io.headwater.fault.FormatException;
import io.headwater.oci.Descriptor;
import io.headwater.oci.Digest;
import io.headwater.oci.Manifest;
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

  /** What it is a referrer of; empty when it is none. */
  public Optional<Digest> subject() {
    try {
      return References.of(bytes, mediaType).subject().map(Descriptor::digest);
    } catch (FormatException e) {
      return Optional.empty(); // it was not put here by us
    }
  }

  /** A reference to it. */
  public Descriptor descriptor() {
    return Descriptor.of(mediaType, digest, bytes.length);
  }
}
