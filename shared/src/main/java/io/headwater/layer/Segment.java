package io.headwater.layer;

/**
 * A part of a sparse file that has data.
 *
 * @param offset bytes from the file's first byte
 * @param length bytes
 */
record Segment(long offset, long length) {}
