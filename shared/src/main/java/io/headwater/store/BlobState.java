package io.headwater.store;

import io.headwater.oci.Digest;
import java.time.Instant;

/**
 * A blob as it was found in a list.
 *
 * @param size bytes
 * @param modified when it was written or touched last
 * @param etag changes with each writing and touching
 */
public record BlobState(Digest digest, long size, Instant modified, String etag) {}
