package io.headwater.proxy.cache;

/**
 * What a cache has done since its start.
 *
 * @param chunks that were asked for
 * @param folderReads chunks that came from the folder
 * @param storeReads chunks that came from the store
 * @param storeBytes in them
 * @param memoryBytes in memory now
 * @param folderBytes in the folder now
 */
public record CacheCounts(
    long chunks,
    long folderReads,
    long storeReads,
    long storeBytes,
    long memoryBytes,
    long folderBytes) {
  public static final CacheCounts NONE = new CacheCounts(0, 0, 0, 0, 0, 0);
}
