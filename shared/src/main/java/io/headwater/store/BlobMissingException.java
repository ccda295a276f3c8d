package io.headwater.store;

import io.headwater.oci.Digest;

/** The store has no such blob. */
public final class BlobMissingException extends StoreException {
  public BlobMissingException(Digest digest) {
    super("the store has no blob " + digest);
  }
}
