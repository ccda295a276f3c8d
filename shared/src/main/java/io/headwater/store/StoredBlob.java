package io.headwater.store;

import io.headwater.oci.Digest;

/**
 * A blob that is in a store.
 *
 * @param size bytes
 */
public record StoredBlob(Digest digest, long size) {}
