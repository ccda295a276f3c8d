package io.headwater.overlaybd;

import io.headwater.block.BlockDevice;
import io.headwater.ext4.DeviceFullException;
import io.headwater.ext4.Ext4Writer;
import io.headwater.fault.FormatException;
import io.headwater.layer.LayerLimits;
import io.headwater.layer.TarReader;
import io.headwater.zfile.BlockCompressors;
import io.headwater.zfile.ZFileOptions;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.UUID;

/**
 * Turns an image's layers, lowest first, into overlaybd layer blobs. One pass over each layer's
 * tar; in memory there is only the file system's metadata. Not safe for use by several threads.
 */
public final class LayerConverter {
  /** Has the reference's text form for "none". */
  public static final UUID NO_PARENT = new UUID(0, 0);

  private final Ext4Writer files;
  private final ZFileOptions options;
  private final BlockCompressors compressors;
  private final LayerLimits limits;

  private LayerConverter(
      Ext4Writer files, ZFileOptions options, BlockCompressors compressors, LayerLimits limits) {
    this.files = files;
    this.options = options;
    this.compressors = compressors;
    this.limits = limits;
  }

  /**
   * Begins with the image's lowest layer.
   *
   * @param deviceBytes a multiple of 128 MiB
   * @param uuid of the file system
   */
  public static LayerConverter begin(
      long deviceBytes,
      UUID uuid,
      ZFileOptions options,
      BlockCompressors compressors,
      LayerLimits limits)
      throws IOException {
    return new LayerConverter(
        Ext4Writer.format(deviceBytes, uuid, limits.maxMetadataBytes()),
        options,
        compressors,
        limits);
  }

  /**
   * Goes on above layers that were converted before.
   *
   * @param below the disk that they make; kept open by the caller until the last layer is converted
   * @throws FormatException if Headwater did not make it
   */
  public static LayerConverter resume(
      BlockDevice below, ZFileOptions options, BlockCompressors compressors, LayerLimits limits)
      throws IOException {
    return new LayerConverter(
        Ext4Writer.open(below, limits.maxMetadataBytes()), options, compressors, limits);
  }

  /**
   * Converts the next layer.
   *
   * @param tar the expanded layer; read to its end
   * @param sink gets the blob behind its first {@link LayerBlobWriter#FRONT_BYTES} bytes
   * @param uuid of the layer
   * @param parentUuid of the layer below, {@link #NO_PARENT} for the lowest
   * @return the blob's first bytes
   * @throws FormatException if the tar is not valid or an entry cannot be applied
   * @throws DeviceFullException if the content does not fit on the device
   */
  public byte[] convert(InputStream tar, OutputStream sink, UUID uuid, UUID parentUuid)
      throws IOException {
    var blob =
        new LayerBlobWriter(sink, options, compressors, files.deviceBytes(), uuid, parentUuid);
    files.beginLayer(blob::write);
    new LayerApplier(files).apply(new TarReader(tar, limits));
    files.finishLayer();
    return blob.finish();
  }
}
