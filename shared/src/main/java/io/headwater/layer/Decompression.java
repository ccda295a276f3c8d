package io.headwater.layer;

import com.github.luben.zstd.ZstdIOException;
import com.github.luben.zstd.ZstdInputStream;
import io.headwater.fault.FormatException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PushbackInputStream;

/**
 * Expands a layer, whatever its media type says: by its first bytes, as container runtimes do it.
 */
public final class Decompression {
  private static final int MAGIC_BYTES = 4;

  private Decompression() {}

  /** The expanded stream: plain, gzip (RFC 1952) or zstd (RFC 8878). */
  public static InputStream open(InputStream in) throws IOException {
    var peeking = new PushbackInputStream(in, MAGIC_BYTES);
    var magic = peeking.readNBytes(MAGIC_BYTES);
    peeking.unread(magic);
    if (isGzip(magic)) {
      return new GzipStream(peeking);
    }
    if (isZstd(magic)) {
      return new Zstd(new ZstdInputStream(peeking));
    }
    return peeking;
  }

  /**
   * Whether {@link #open} expands what begins so.
   *
   * @param magic four bytes, or all that there are
   */
  public static boolean isCompressed(byte[] magic) {
    return isGzip(magic) || isZstd(magic);
  }

  private static boolean isGzip(byte[] magic) {
    return magic.length >= 2 && (magic[0] & 0xff) == 0x1f && (magic[1] & 0xff) == 0x8b;
  }

  private static boolean isZstd(byte[] magic) {
    return magic.length >= 4 && (isZstdFrame(magic) || isSkippableFrame(magic));
  }

  private static boolean isZstdFrame(byte[] magic) {
    return (magic[0] & 0xff) == 0x28
        && (magic[1] & 0xff) == 0xb5
        && magic[2] == 0x2f
        && (magic[3] & 0xff) == 0xfd;
  }

  private static boolean isSkippableFrame(byte[] magic) {
    return (magic[0] & 0xf0) == 0x50 && magic[1] == 0x2a && magic[2] == 0x4d && magic[3] == 0x18;
  }

  /** Puts the codec's faults into our words. */
  private static final class Zstd extends FilterInputStream {
    Zstd(ZstdInputStream in) {
      super(in);
    }

    @Override
    public int read(byte[] out, int offset, int length) throws IOException {
      try {
        return super.read(out, offset, length);
      } catch (ZstdIOException e) {
        throw new FormatException(
            "zstd: the stream is truncated or not valid: " + e.getMessage(), e);
      }
    }
  }
}
