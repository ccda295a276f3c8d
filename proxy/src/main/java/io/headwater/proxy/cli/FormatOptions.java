package io.headwater.proxy.cli;

import io.headwater.convert.ConversionOptions;
import io.headwater.layer.LayerLimits;
import io.headwater.oci.Platform;
import io.headwater.source.Unpacking;
import io.headwater.zfile.Compression;
import io.headwater.zfile.ZFileOptions;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How images are converted, and what they may be. */
final class FormatOptions {
  @Option(
      names = "--compression",
      defaultValue = "zstd",
      description = "lz4 or zstd (default: ${DEFAULT-VALUE})")
  private Compression compression = Compression.ZSTD;

  @Option(names = "--level", description = "the codec's level (default: 1)", defaultValue = "1")
  private int level;

  @Option(
      names = "--block-size",
      defaultValue = "32k",
      converter = ByteSize.class,
      description = "bytes compressed together: 4k, 8k, 16k or 32k (default: ${DEFAULT-VALUE})")
  private long blockSize;

  @Option(
      names = "--device-size",
      defaultValue = "64g",
      converter = ByteSize.class,
      description =
          "least size of the device, doubled until the content fits (default: ${DEFAULT-VALUE})")
  private long deviceSize;

  @Option(
      names = "--max-device-size",
      defaultValue = "16t",
      converter = ByteSize.class,
      description = "largest size of the device (default: ${DEFAULT-VALUE})")
  private long maxDeviceSize;

  @Option(
      names = "--only-platform",
      description = "convert this platform only, as OS/ARCH[/VARIANT]")
  private @Nullable String onlyPlatform;

  @Option(
      names = "--max-expanded-bytes",
      defaultValue = "1t",
      converter = ByteSize.class,
      description = "most bytes that a layer may expand to (default: ${DEFAULT-VALUE})")
  private long maxExpandedBytes;

  @Option(
      names = "--max-entries",
      defaultValue = "4000000",
      description = "most entries of a layer (default: ${DEFAULT-VALUE})")
  private long maxEntries;

  @Option(
      names = "--max-path-bytes",
      defaultValue = "4096",
      description = "longest path (default: ${DEFAULT-VALUE})")
  private int maxPathBytes;

  @Option(
      names = "--max-xattr-bytes",
      defaultValue = "65536",
      description = "most bytes of one file's extended attributes (default: ${DEFAULT-VALUE})")
  private int maxXattrBytes;

  @Option(
      names = "--max-header-bytes",
      defaultValue = "1048576",
      description = "most bytes of one extended tar header (default: ${DEFAULT-VALUE})")
  private int maxHeaderBytes;

  @Option(
      names = "--max-metadata-bytes",
      defaultValue = "400m",
      converter = ByteSize.class,
      description =
          "most memory that the metadata of a converted file system takes (default: ${DEFAULT-VALUE})")
  private long maxMetadataBytes;

  @Option(
      names = "--max-archive-size",
      defaultValue = "64g",
      converter = ByteSize.class,
      description =
          "most bytes that an archive that is compressed as a whole may expand to, on disk (default: ${DEFAULT-VALUE})")
  private long maxArchiveSize;

  /**
   * How archives that are compressed as a whole are read.
   *
   * @param folder where they are expanded
   */
  Unpacking unpacking(Path folder) {
    return new Unpacking(folder, maxArchiveSize);
  }

  LayerLimits limits() {
    return new LayerLimits(
        maxExpandedBytes,
        maxEntries,
        maxPathBytes,
        maxXattrBytes,
        maxHeaderBytes,
        maxMetadataBytes);
  }

  ConversionOptions conversion() {
    return new ConversionOptions(
        new ZFileOptions(compression, level, (int) Math.min(Integer.MAX_VALUE, blockSize)),
        deviceSize,
        maxDeviceSize,
        limits(),
        onlyPlatform == null ? Optional.empty() : Optional.of(Platform.parse(onlyPlatform)));
  }
}
