package io.headwater.zfile;

/**
 * How a ZFile is written.
 *
 * @param compression the codec of every block
 * @param level the codec's own level: for lz4, 1 is the fast one and 2 to 17 are lz4hc's; for zstd,
 *     −7 to 22
 * @param blockSize bytes of input in one block: 4096, 8192, 16384 or 32768 (not 65536:
 *     formats/overlaybd.md §2, pitfalls)
 */
public record ZFileOptions(Compression compression, int level, int blockSize) {
  public ZFileOptions {
    if (blockSize != 4096 && blockSize != 8192 && blockSize != 16384 && blockSize != 32768) {
      throw new IllegalArgumentException(
          "block size " + blockSize + ": give 4096, 8192, 16384 or 32768 bytes");
    }
    var lowest = compression == Compression.LZ4 ? 1 : -7;
    var highest = compression == Compression.LZ4 ? 17 : 22;
    if (level < lowest || level > highest) {
      throw new IllegalArgumentException(
          "level "
              + level
              + " of "
              + compression
              + ": give a number from "
              + lowest
              + " to "
              + highest);
    }
  }
}
