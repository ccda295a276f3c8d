package io.headwater.proxy.cache;

import io.headwater.fault.FormatException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What a cache may take.
 *
 * @param chunkBytes what is read from the store at once, and kept or forgotten as a whole
 * @param memoryBytes of chunks in memory; 0: none is kept
 * @param folder where chunks are kept on a disk too
 * @param folderBytes of chunks in the folder
 * @param reads from the store at the same time, each with a chunk of memory beside {@code
 *     memoryBytes}
 */
public record CacheOptions(
    int chunkBytes, long memoryBytes, Optional<Path> folder, long folderBytes, int reads) {
  public static final int DEFAULT_CHUNK_BYTES = 512 * 1024;
  public static final long DEFAULT_MEMORY_BYTES = 128L << 20;
  public static final long DEFAULT_FOLDER_BYTES = 10L << 30;
  public static final int DEFAULT_READS = 32;

  private static final int MIN_CHUNK_BYTES = 64 * 1024;
  private static final int MAX_CHUNK_BYTES = 16 << 20;

  public static final CacheOptions DEFAULT =
      new CacheOptions(
          DEFAULT_CHUNK_BYTES,
          DEFAULT_MEMORY_BYTES,
          Optional.empty(),
          DEFAULT_FOLDER_BYTES,
          DEFAULT_READS);

  /** The same, refused when it cannot be. */
  public CacheOptions checked() throws FormatException {
    if (chunkBytes < MIN_CHUNK_BYTES
        || chunkBytes > MAX_CHUNK_BYTES
        || chunkBytes % ChunkCache.SLICE_BYTES != 0) {
      throw new FormatException(
          "cache-chunk is " + chunkBytes + ": give 64k to 16m, in whole steps of 64k");
    }
    if (memoryBytes < 0 || folderBytes < 0 || reads < 1) {
      throw new FormatException(
          "cache-memory and cache-folder-size cannot be negative, cache-reads must be 1 or more");
    }
    if (memoryBytes == 0 && folder.isPresent()) {
      throw new FormatException("cache-folder needs some cache-memory in front of it: give both");
    }
    return this;
  }
}
