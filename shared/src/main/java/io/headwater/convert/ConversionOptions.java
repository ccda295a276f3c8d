package io.headwater.convert;

import io.headwater.layer.LayerLimits;
import io.headwater.oci.Platform;
import io.headwater.zfile.Compression;
import io.headwater.zfile.ZFileOptions;
import java.util.Locale;
import java.util.Optional;

/**
 * How images are converted.
 *
 * @param zfile compression of the layers
 * @param deviceBytes the least size of the device; doubled until the content fits
 * @param maxDeviceBytes the largest size that is tried
 * @param limits what a layer may be
 * @param platform convert only images for this one; empty for all of linux
 */
public record ConversionOptions(
    ZFileOptions zfile,
    long deviceBytes,
    long maxDeviceBytes,
    LayerLimits limits,
    Optional<Platform> platform) {
  /** Device sizes are multiples of a block group. */
  private static final long GROUP_BYTES = 128L << 20;

  /**
   * zstd of level 1 in blocks of 32 KiB, on 64 GiB. Of all that keep artifacts near the size of the
   * gzip layers it is the fastest to write (docs/benchmarks.md).
   */
  public static final ConversionOptions DEFAULT =
      new ConversionOptions(
          new ZFileOptions(Compression.ZSTD, 1, 32768),
          64L << 30,
          16L << 40,
          LayerLimits.DEFAULT,
          Optional.empty());

  public ConversionOptions {
    if (deviceBytes < GROUP_BYTES || deviceBytes % GROUP_BYTES != 0) {
      throw new IllegalArgumentException(
          "device of " + deviceBytes + " bytes: give a multiple of 128 MiB");
    }
  }

  /**
   * What of the options shows in a layer's bytes: part of the name under which it is kept for
   * reuse.
   */
  String parameters(long device) {
    return "v1-%s-%d-%d-%d"
        .formatted(
            zfile.compression().name().toLowerCase(Locale.ROOT),
            zfile.level(),
            zfile.blockSize(),
            device);
  }
}
