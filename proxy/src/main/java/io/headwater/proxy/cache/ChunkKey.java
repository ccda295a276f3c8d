package io.headwater.proxy.cache;

import io.headwater.oci.Digest;

/**
 * One chunk of a blob.
 *
 * @param index from 0; a chunk begins at {@code index * chunkBytes}
 */
record ChunkKey(Digest digest, int index) {}
