package io.headwater.zfile;

import io.headwater.block.BlockDevice;
import io.headwater.fault.FormatException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * A ZFile's content as a device of its original bytes (formats/overlaybd.md §2). Opening reads
 * header, trailer where needed, and index; a read fetches the stored blocks that it touches in one
 * piece. Safe for use by several threads.
 */
public final class ZFileReader implements BlockDevice {
  /** The most bytes of stored blocks that one read asks of the source. */
  private static final int FETCH_BYTES = 1 << 20;

  private static final int INDEX_PIECE_BYTES = 1 << 20;
  private static final int CHECKSUM_BYTES = Integer.BYTES;
  private static final int READER_BUFFER_BYTES = 65536;

  private record Codec(Compression.Decompressor decompressor, RawCrc32c crc, byte[] block) {}

  private final BlockDevice source;
  private final ZFileHeader values;
  private final int[] storedLengths;

  /**
   * Offset of every 64th block: the others are summed up, so that an index takes 4.1 bytes a block.
   */
  private final long[] anchors;

  private final ConcurrentLinkedQueue<Codec> codecs = new ConcurrentLinkedQueue<>();

  private ZFileReader(BlockDevice source, ZFileHeader values, int[] storedLengths, long[] anchors) {
    this.source = source;
    this.values = values;
    this.storedLengths = storedLengths;
    this.anchors = anchors;
  }

  /** Whether the first bytes of a file are a ZFile's. */
  public static boolean recognises(ByteBuffer firstBytes) {
    return ZFileHeader.recognises(firstBytes);
  }

  /**
   * Opens the ZFile that fills {@code source}.
   *
   * @throws FormatException if header, trailer or index break a rule of the format
   */
  public static ZFileReader open(BlockDevice source) throws IOException {
    if (source.sizeBytes() < 2 * ZFileHeader.BYTES) {
      throw new FormatException(
          "ZFile: " + source.sizeBytes() + " bytes are too few for header and trailer");
    }
    var values = ZFileHeader.read(source.read(0, ZFileHeader.BYTES), "header");
    need(values.has(ZFileHeader.HEADER), "the first 512 bytes are flagged as a trailer");
    if (!values.has(ZFileHeader.OVERWRITTEN)) {
      values = trailer(source, values);
    }
    checkBounds(values, source.sizeBytes());
    var storedLengths = readIndex(source, values);
    return new ZFileReader(source, values, storedLengths, anchors(storedLengths, values));
  }

  private static ZFileHeader trailer(BlockDevice source, ZFileHeader header) throws IOException {
    var trailer =
        ZFileHeader.read(
            source.read(source.sizeBytes() - ZFileHeader.BYTES, ZFileHeader.BYTES), "trailer");
    need(!trailer.has(ZFileHeader.HEADER), "the last 512 bytes are flagged as a header");
    need(trailer.has(ZFileHeader.SEALED), "the trailer is not sealed: writing was not finished");
    need(
        trailer.blockSize() == header.blockSize()
            && trailer.compression() == header.compression()
            && trailer.verify() == header.verify(),
        "header and trailer differ in their options");
    return trailer;
  }

  private static void checkBounds(ZFileHeader values, long fileSize) throws FormatException {
    var original = values.originalSize();
    var blocks = values.blocks();
    need(original >= 0 && original <= Long.MAX_VALUE - 65536, "original size " + original);
    need(
        blocks == (original + values.blockSize() - 1) / values.blockSize(),
        blocks + " blocks of " + values.blockSize() + " bytes cannot be " + original + " bytes");
    need(blocks <= Integer.MAX_VALUE / 4, blocks + " blocks are more than this reader takes");
    var index = values.indexOffset();
    need(
        index >= ZFileHeader.BYTES && index <= fileSize - ZFileHeader.BYTES - 4 * blocks,
        "the index ("
            + 4 * blocks
            + " bytes at "
            + index
            + ") leaves the file of "
            + fileSize
            + " bytes");
  }

  private static int[] readIndex(BlockDevice source, ZFileHeader values) throws IOException {
    var bytes = new byte[(int) values.blocks() * Integer.BYTES];
    for (int done = 0; done < bytes.length; ) {
      var piece = Math.min(INDEX_PIECE_BYTES, bytes.length - done);
      source.read(values.indexOffset() + done, ByteBuffer.wrap(bytes, done, piece));
      done += piece;
    }
    var actual = RawCrc32c.ofMetadata().of(bytes);
    need(
        actual == values.indexCrc(),
        "index checksum is 0x" + hex(values.indexCrc()) + ", the bytes give 0x" + hex(actual));
    var lengths = new int[(int) values.blocks()];
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asIntBuffer().get(lengths);
    return lengths;
  }

  private static long[] anchors(int[] storedLengths, ZFileHeader values) throws FormatException {
    var anchors = new long[storedLengths.length / 64 + 1];
    var least = values.verify() ? CHECKSUM_BYTES : 0;
    // The node's reader keeps 16-bit deltas within groups of this many blocks.
    var group = READER_BUFFER_BYTES / values.blockSize();
    long offset = ZFileHeader.BYTES;
    int delta = 0;
    for (int i = 0; i < storedLengths.length; i++) {
      if (i % 64 == 0) {
        anchors[i / 64] = offset;
      }
      var stored = storedLengths[i];
      need(stored > least, "block " + i + " is empty (stored length " + stored + ")");
      need(
          stored <= READER_BUFFER_BYTES,
          "block " + i + " is longer than 64 KiB (" + stored + " bytes)");
      delta = (i + 1) % group == 0 ? 0 : delta + stored;
      need(delta < 65535, "the lengths before block " + (i + 1) + " do not fit 16 bits");
      offset += stored;
    }
    if (storedLengths.length % 64 == 0) {
      anchors[storedLengths.length / 64] = offset;
    }
    need(
        offset == values.indexOffset(),
        "blocks end at " + offset + ", the index begins at " + values.indexOffset());
    return anchors;
  }

  /** Bytes of input in each block. */
  public int blockSize() {
    return values.blockSize();
  }

  public Compression compression() {
    return values.compression();
  }

  /** Number of blocks. */
  public int blocks() {
    return storedLengths.length;
  }

  @Override
  public long sizeBytes() {
    return values.originalSize();
  }

  private long storedOffset(int block) {
    var offset = anchors[block / 64];
    for (int i = block / 64 * 64; i < block; i++) {
      offset += storedLengths[i];
    }
    return offset;
  }

  @Override
  public void read(long offsetBytes, ByteBuffer destination) throws IOException {
    BlockDevice.checkRange(offsetBytes, destination.remaining(), sizeBytes());
    var blockSize = values.blockSize();
    var position = offsetBytes;
    while (destination.hasRemaining()) {
      var first = (int) (position / blockSize);
      var last = (int) ((position + destination.remaining() - 1) / blockSize);
      var length = 0;
      var end = first;
      while (end <= last && (end == first || length + storedLengths[end] <= FETCH_BYTES)) {
        length += storedLengths[end++];
      }
      var stored = new byte[length];
      source.read(storedOffset(first), ByteBuffer.wrap(stored));
      position = decompress(first, end, stored, position, destination);
    }
  }

  private long decompress(int first, int end, byte[] stored, long from, ByteBuffer destination)
      throws IOException {
    var codec = codecs.poll();
    if (codec == null) {
      codec =
          new Codec(
              compression().decompressor(), RawCrc32c.ofBlocks(), new byte[values.blockSize()]);
    }
    var position = from;
    try {
      for (int block = first, at = 0; block < end; at += storedLengths[block++]) {
        var length = decompressBlock(codec, block, stored, at);
        var skip = (int) (position - (long) block * values.blockSize());
        var count = Math.min(length - skip, destination.remaining());
        destination.put(codec.block(), skip, count);
        position += count;
      }
    } finally {
      codecs.add(codec);
    }
    return position;
  }

  private int decompressBlock(Codec codec, int block, byte[] stored, int at)
      throws FormatException {
    var length = storedLengths[block];
    if (values.verify()) {
      length -= CHECKSUM_BYTES;
      var expected = ByteBuffer.wrap(stored).order(ByteOrder.LITTLE_ENDIAN).getInt(at + length);
      var actual = codec.crc().of(stored, at, length);
      need(
          actual == expected,
          "checksum of block "
              + block
              + " is 0x"
              + hex(expected)
              + ", the bytes give 0x"
              + hex(actual));
    }
    var want = (int) Math.min(values.blockSize(), sizeBytes() - (long) block * values.blockSize());
    int got;
    try {
      got = codec.decompressor().decompress(stored, at, length, codec.block(), values.blockSize());
    } catch (FormatException e) {
      throw e.in("ZFile: block " + block);
    }
    need(got == want, "block " + block + " decompresses to " + got + " bytes, not " + want);
    return want;
  }

  /** Releases the codecs and closes the source. No read may be under way. */
  @Override
  public void close() throws IOException {
    for (var codec = codecs.poll(); codec != null; codec = codecs.poll()) {
      codec.decompressor().close();
    }
    Arrays.fill(anchors, 0);
    source.close();
  }

  private static String hex(int value) {
    return Integer.toHexString(value);
  }

  private static void need(boolean holds, String fault) throws FormatException {
    if (!holds) {
      throw new FormatException("ZFile: " + fault);
    }
  }
}
