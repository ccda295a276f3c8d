package io.headwater.zfile;

import com.github.luben.zstd.ZstdCompressCtx;
import com.github.luben.zstd.ZstdDecompressCtx;
import com.github.luben.zstd.ZstdException;
import io.headwater.fault.FormatException;
import net.jpountz.lz4.LZ4Compressor;
import net.jpountz.lz4.LZ4Exception;
import net.jpountz.lz4.LZ4Factory;

/** How a block is compressed. The code is the one in the header's {@code algorithm} field. */
public enum Compression {
  LZ4(1),
  ZSTD(2);

  final int code;

  Compression(int code) {
    this.code = code;
  }

  static Compression of(int code) throws FormatException {
    for (var compression : values()) {
      if (compression.code == code) {
        return compression;
      }
    }
    throw new FormatException("ZFile: algorithm " + code + " is neither 1 (lz4) nor 2 (zstd)");
  }

  /** The most bytes that {@code length} bytes of input can become. */
  int maxCompressedLength(int length) {
    return switch (this) {
      case LZ4 -> LZ4Factory.fastestInstance().fastCompressor().maxCompressedLength(length);
      // ZSTD_COMPRESSBOUND for inputs below 128 KiB.
      case ZSTD -> length + (length >> 8) + ((1 << 17) - Math.min(length, 1 << 17) >> 11);
    };
  }

  /** A compressor for one thread. */
  Compressor compressor(int level) {
    return switch (this) {
      case LZ4 -> new Lz4Compressor(lz4(level));
      case ZSTD -> new ZstdCompressor(new ZstdCompressCtx().setLevel(level));
    };
  }

  private static LZ4Compressor lz4(int level) {
    var factory = LZ4Factory.fastestInstance();
    return level <= 1 ? factory.fastCompressor() : factory.highCompressor(level);
  }

  /** A decompressor for one thread. */
  Decompressor decompressor() {
    return switch (this) {
      case LZ4 -> new Lz4Decompressor();
      case ZSTD -> new ZstdDecompressor(new ZstdDecompressCtx());
    };
  }

  /** Compresses blocks, on one thread. */
  sealed interface Compressor extends AutoCloseable {
    /**
     * Compresses into {@code out} from {@code outOffset} on; returns the number of bytes written.
     */
    int compress(byte[] in, int offset, int length, byte[] out, int outOffset);

    @Override
    default void close() {}
  }

  /** Decompresses blocks, on one thread. */
  sealed interface Decompressor extends AutoCloseable {
    /** Decompresses into {@code out} from 0 on; returns the number of bytes written. */
    int decompress(byte[] in, int offset, int length, byte[] out, int maxLength)
        throws FormatException;

    @Override
    default void close() {}
  }

  private record Lz4Compressor(LZ4Compressor lz4) implements Compressor {
    @Override
    public int compress(byte[] in, int offset, int length, byte[] out, int outOffset) {
      return lz4.compress(in, offset, length, out, outOffset, out.length - outOffset);
    }
  }

  private record ZstdCompressor(ZstdCompressCtx context) implements Compressor {
    @Override
    public int compress(byte[] in, int offset, int length, byte[] out, int outOffset) {
      return context.compressByteArray(out, outOffset, out.length - outOffset, in, offset, length);
    }

    @Override
    public void close() {
      context.close();
    }
  }

  private record Lz4Decompressor() implements Decompressor {
    @Override
    public int decompress(byte[] in, int offset, int length, byte[] out, int maxLength)
        throws FormatException {
      try {
        return LZ4Factory.fastestInstance()
            .safeDecompressor()
            .decompress(in, offset, length, out, 0, maxLength);
      } catch (LZ4Exception e) {
        throw new FormatException("not lz4 data of at most " + maxLength + " bytes", e);
      }
    }
  }

  private record ZstdDecompressor(ZstdDecompressCtx context) implements Decompressor {
    @Override
    public int decompress(byte[] in, int offset, int length, byte[] out, int maxLength)
        throws FormatException {
      try {
        return context.decompressByteArray(out, 0, maxLength, in, offset, length);
      } catch (ZstdException e) {
        throw new FormatException("not a zstd frame of at most " + maxLength + " bytes", e);
      }
    }

    @Override
    public void close() {
      context.close();
    }
  }
}
