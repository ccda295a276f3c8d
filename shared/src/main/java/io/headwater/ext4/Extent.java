package io.headwater.ext4;

/**
 * A run of a file's blocks that lie side by side.
 *
 * @param logical the first one's number in the file
 * @param physical the first one's number on the device
 * @param length blocks, 1 to 32768
 */
record Extent(long logical, long physical, int length) {
  static final int MAX_LENGTH = 32768;

  long end() {
    return logical + length;
  }
}
