package io.headwater.sample;

import com.github.luben.zstd.Zstd;
import io.headwater.oci.Digest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.zip.GZIPOutputStream;

/**
 * A layer of an image.
 *
 * @param blob as the image has it
 * @param mediaType of the blob
 * @param diffId digest of the tar
 */
public record Layer(byte[] blob, String mediaType, Digest diffId) {
  private static final String TAR = "application/vnd.oci.image.layer.v1.tar";

  /** A layer that is not compressed. */
  public static Layer plain(Tar tar) {
    var bytes = tar.build();
    return new Layer(bytes, TAR, Digest.of(bytes));
  }

  /** As most layers are. */
  public static Layer gzip(Tar tar) {
    var bytes = tar.build();
    return new Layer(gzip(bytes), TAR + "+gzip", Digest.of(bytes));
  }

  public static Layer zstd(Tar tar) {
    var bytes = tar.build();
    return new Layer(Zstd.compress(bytes), TAR + "+zstd", Digest.of(bytes));
  }

  /** One gzip member. */
  public static byte[] gzip(byte[] bytes) {
    // Room for noise, which does not shrink: growing by doubling takes three times a large layer.
    var out = new ByteArrayOutputStream(bytes.length + bytes.length / 1000 + 64);
    try (var gzip = new GZIPOutputStream(out)) {
      gzip.write(bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }

  /** The same layer with another blob. */
  public Layer withBlob(byte[] other) {
    return new Layer(other, mediaType, diffId);
  }
}
