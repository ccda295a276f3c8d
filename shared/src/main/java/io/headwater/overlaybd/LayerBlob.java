package io.headwater.overlaybd;

import io.headwater.block.BlockDevice;
import io.headwater.fault.FormatException;
import io.headwater.lsmt.LsmtReader;
import io.headwater.zfile.ZFileReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A layer blob opened for reading: with or without tar wrapper, compressed or not
 * (formats/overlaybd.md).
 *
 * @param lsmt what it maps
 * @param zfile how it is compressed; null when it is not
 * @param sizeBytes of the blob
 */
public record LayerBlob(LsmtReader lsmt, @Nullable ZFileReader zfile, long sizeBytes) {
  private static final int FIRST_READ_BYTES = 4096;

  /**
   * Opens the layer that fills {@code blob}.
   *
   * @throws FormatException if it breaks a rule of its formats
   */
  public static LayerBlob open(BlockDevice blob) throws IOException {
    var first = blob.read(0, (int) Math.min(FIRST_READ_BYTES, blob.sizeBytes()));
    var payload = TarWrapper.unwrap(blob, first.duplicate());
    var head = ByteBuffer.allocate(24);
    if (payload.sizeBytes() >= head.capacity()) {
      payload.read(0, head);
      if (ZFileReader.recognises(head.flip())) {
        var zfile = ZFileReader.open(payload);
        return new LayerBlob(LsmtReader.open(zfile), zfile, blob.sizeBytes());
      }
    }
    return new LayerBlob(LsmtReader.open(payload), null, blob.sizeBytes());
  }
}
