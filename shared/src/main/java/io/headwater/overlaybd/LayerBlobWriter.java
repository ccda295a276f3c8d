package io.headwater.overlaybd;

import io.headwater.lsmt.LsmtWriter;
import io.headwater.zfile.BlockCompressors;
import io.headwater.zfile.ZFileOptions;
import io.headwater.zfile.ZFileWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.UUID;

/**
 * Writes one layer blob in one pass. The sink gets everything behind the first {@link #FRONT_BYTES}
 * bytes; those are known at the end. Not safe for use by several threads.
 */
public final class LayerBlobWriter {
  /** Bytes that belong in front of what the sink gets: tar headers and the ZFile's header. */
  public static final int FRONT_BYTES = TarWrapper.FRONT_BYTES + ZFileWriter.HEADER_BYTES;

  private final OutputStream sink;
  private final ZFileWriter zfile;
  private final LsmtWriter lsmt;

  /**
   * Begins the blob.
   *
   * @param deviceBytes size of the device
   * @param uuid the layer's
   * @param parentUuid that of the layer below; zeros for the lowest
   */
  public LayerBlobWriter(
      OutputStream sink,
      ZFileOptions options,
      BlockCompressors compressors,
      long deviceBytes,
      UUID uuid,
      UUID parentUuid)
      throws IOException {
    this.sink = sink;
    this.zfile = new ZFileWriter(sink, options, compressors);
    this.lsmt = new LsmtWriter(zfile::write, deviceBytes, uuid, parentUuid);
  }

  /** Maps the device's bytes from {@code offsetBytes} on; all multiples of 512. */
  public void write(long offsetBytes, byte[] bytes, int offset, int length) throws IOException {
    lsmt.write(offsetBytes, bytes, offset, length);
  }

  /** Writes what is left; returns the first {@link #FRONT_BYTES} bytes of the blob. */
  public byte[] finish() throws IOException {
    lsmt.finish();
    var finished = zfile.finish();
    sink.write(TarWrapper.end(finished.sizeBytes()));
    var front = Arrays.copyOf(TarWrapper.front(finished.sizeBytes()), FRONT_BYTES);
    System.arraycopy(finished.header(), 0, front, TarWrapper.FRONT_BYTES, finished.header().length);
    return front;
  }
}
