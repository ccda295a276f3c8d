/**
 * Where content and state are kept: immutable blobs by digest, and small documents with conditional
 * writes.
 *
 * <p>Owns the contract of a store, {@link io.headwater.store.ContentStore}; start there. The stores
 * themselves are {@code store.file} and {@code store.azure}. Does not know what blobs and documents
 * mean.
 */
@NullMarked
package io.headwater.store;

import org.jspecify.annotations.NullMarked;
