/**
 * Bytes that are read at any offset: what a file, a blob behind HTTP ranges, a ZFile, an LSMT layer
 * and a disk have in common.
 *
 * <p>Owns {@link io.headwater.block.BlockDevice}, the one interface that the format readers stack
 * on each other; start there. And how numbers of bytes are written by people ({@link
 * io.headwater.block.ByteCount}). Knows no format and no store.
 */
@NullMarked
package io.headwater.block;

import org.jspecify.annotations.NullMarked;
