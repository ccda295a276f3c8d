/**
 * The chunk cache before a far store: memory, then a folder; one read from the store for each
 * chunk, however many nodes ask for it.
 *
 * <p>Open {@link io.headwater.proxy.cache.ChunkCache} first.
 */
@NullMarked
package io.headwater.proxy.cache;

import org.jspecify.annotations.NullMarked;
