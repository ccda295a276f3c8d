package io.headwater.zfile;

import io.headwater.fault.FormatException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The 512 bytes at either end of a ZFile (formats/overlaybd.md §2, first table). Little-endian.
 *
 * @param flags the bits named below
 * @param indexOffset bytes from the ZFile's first byte to the index
 * @param blocks entries in the index
 * @param originalSize bytes before compression
 * @param indexCrc checksum of the index bytes
 * @param blockSize bytes of input in each block but the last
 * @param compression the codec of every block
 * @param verify whether a 4-byte checksum follows each block
 */
record ZFileHeader(
    long flags,
    long indexOffset,
    long blocks,
    long originalSize,
    int indexCrc,
    int blockSize,
    Compression compression,
    boolean verify) {
  static final int BYTES = 512;

  static final long HEADER = 1;
  static final long DATA_FILE = 1 << 1;
  static final long SEALED = 1 << 2;
  static final long OVERWRITTEN = 1 << 3;
  static final long DIGEST = 1 << 4;
  static final long INDEX_COMPRESSED = 1 << 5;

  private static final byte[] MAGIC = {
    'Z', 'F', 'i', 'l', 'e', 0, 1, 0, 't', 'u', 'j', 'i', '.', 'y', 'y', 'f', '@', 'A', 'l', 'i',
    'b', 'a', 'b', 'a'
  };
  private static final int SIZE = 96;
  private static final int AT_SIZE = 24;
  private static final int AT_DIGEST = 28;
  private static final int AT_FLAGS = 32;
  private static final int AT_INDEX_OFFSET = 40;
  private static final int AT_INDEX_SIZE = 48;
  private static final int AT_ORIGINAL_FILE_SIZE = 56;
  private static final int AT_INDEX_CRC = 64;
  private static final int AT_BLOCK_SIZE = 72;
  private static final int AT_ALGORITHM = 76;
  private static final int AT_USE_DICT = 78;
  private static final int AT_VERIFY = 88;

  boolean has(long flag) {
    return (flags & flag) != 0;
  }

  /** Whether bytes begin like a ZFile's header. */
  static boolean recognises(ByteBuffer in) {
    return in.remaining() >= MAGIC.length
        && in.slice(in.position(), MAGIC.length).equals(ByteBuffer.wrap(MAGIC));
  }

  /**
   * Reads the 512 bytes at the buffer's position.
   *
   * @param name "header" or "trailer", for messages
   * @throws FormatException if magic, size, digest, block size or codec are not those of a ZFile
   */
  static ZFileHeader read(ByteBuffer source, String name) throws FormatException {
    var bytes = new byte[BYTES];
    source.get(bytes);
    var in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    if (!recognises(in)) {
      throw new FormatException("ZFile " + name + ": the magic is missing");
    }
    need(in.getInt(AT_SIZE) == SIZE, name, "size is " + in.getInt(AT_SIZE) + ", not " + SIZE);
    var flags = in.getLong(AT_FLAGS);
    if ((flags & DIGEST) != 0) {
      var stored = in.getInt(AT_DIGEST);
      in.putInt(AT_DIGEST, 0);
      var actual = RawCrc32c.ofMetadata().of(bytes);
      need(
          stored == actual,
          name,
          "digest is 0x"
              + Integer.toHexString(stored)
              + ", the bytes give 0x"
              + Integer.toHexString(actual));
    }
    need(
        (flags & DATA_FILE) != 0,
        name,
        "flags 0x" + Long.toHexString(flags) + " are not those of a data file");
    need((flags & INDEX_COMPRESSED) == 0, name, "a compressed index is not supported");
    need(in.get(AT_USE_DICT) == 0, name, "dictionaries are not supported");
    var blockSize = in.getInt(AT_BLOCK_SIZE);
    need(
        blockSize >= 4096 && blockSize <= 65536 && Integer.bitCount(blockSize) == 1,
        name,
        "block size " + blockSize + " is none of 4096, 8192, 16384, 32768, 65536");
    return new ZFileHeader(
        flags,
        in.getLong(AT_INDEX_OFFSET),
        in.getLong(AT_INDEX_SIZE),
        in.getLong(AT_ORIGINAL_FILE_SIZE),
        in.getInt(AT_INDEX_CRC),
        blockSize,
        Compression.of(in.get(AT_ALGORITHM)),
        in.get(AT_VERIFY) != 0);
  }

  /** The 512 bytes, digest included. */
  byte[] toBytes() {
    var bytes = new byte[BYTES];
    var out = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    out.put(MAGIC);
    out.putInt(AT_SIZE, SIZE);
    out.putLong(AT_FLAGS, flags);
    out.putLong(AT_INDEX_OFFSET, indexOffset);
    out.putLong(AT_INDEX_SIZE, blocks);
    out.putLong(AT_ORIGINAL_FILE_SIZE, originalSize);
    out.putInt(AT_INDEX_CRC, indexCrc);
    out.putInt(AT_BLOCK_SIZE, blockSize);
    out.put(AT_ALGORITHM, (byte) compression.code);
    out.put(AT_VERIFY, (byte) (verify ? 1 : 0));
    out.putInt(AT_DIGEST, RawCrc32c.ofMetadata().of(bytes));
    return bytes;
  }

  private static void need(boolean holds, String name, String fault) throws FormatException {
    if (!holds) {
      throw new FormatException("ZFile " + name + ": " + fault);
    }
  }
}
