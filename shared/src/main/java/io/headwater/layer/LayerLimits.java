package io.headwater.layer;

/**
 * What a layer may at most be. It is untrusted: a few kilobytes can expand to petabytes.
 *
 * @param maxExpandedBytes bytes of tar
 * @param maxEntries entries of the tar
 * @param maxPathBytes bytes of a path or link target
 * @param maxXattrBytes bytes of all extended attributes of one entry
 * @param maxHeaderBytes bytes of one PAX or GNU long name header
 * @param maxMetadataBytes bytes of memory that the metadata of the file system takes (inodes,
 *     directories, attributes) that this and the layers below make
 */
public record LayerLimits(
    long maxExpandedBytes,
    long maxEntries,
    int maxPathBytes,
    int maxXattrBytes,
    int maxHeaderBytes,
    long maxMetadataBytes) {
  /** 1 TiB, 4,000,000 entries, Linux's PATH_MAX, 64 KiB, 1 MiB, 400 MiB. */
  public static final LayerLimits DEFAULT =
      new LayerLimits(1L << 40, 4_000_000, 4096, 65536, 1 << 20, 400L << 20);
}
