package io.headwater.lsmt;

import io.headwater.fault.FormatException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * The 4096 bytes at either end of a sealed LSMT layer (formats/overlaybd.md §1, first table).
 * Little-endian.
 *
 * @param flags the bits named below
 * @param indexOffset bytes from the layer's first byte to the index; 0 in a header
 * @param indexEntries entries, padding included; 0 in a header
 * @param virtualSize bytes of the device
 * @param uuid 36 characters
 * @param parentUuid 36 characters
 */
record LsmtHeader(
    int flags,
    long indexOffset,
    long indexEntries,
    long virtualSize,
    String uuid,
    String parentUuid) {
  static final int BYTES = 4096;

  static final int HEADER = 1;
  static final int DATA_FILE = 1 << 1;
  static final int SEALED = 1 << 2;

  private static final byte[] MAGIC = {
    'L',
    'S',
    'M',
    'T',
    0,
    1,
    2,
    0,
    0x65,
    0x7e,
    0x63,
    (byte) 0xd2,
    (byte) 0x94,
    0x44,
    0x08,
    0x4c,
    (byte) 0xa2,
    (byte) 0xd2,
    (byte) 0xc8,
    (byte) 0xec,
    0x4f,
    (byte) 0xcf,
    (byte) 0xae,
    (byte) 0x8a
  };
  private static final int SIZE = 390;
  private static final int AT_SIZE = 24;
  private static final int AT_FLAGS = 28;
  private static final int AT_INDEX_OFFSET = 32;
  private static final int AT_INDEX_SIZE = 40;
  private static final int AT_VIRTUAL_SIZE = 48;
  private static final int AT_UUID = 56;
  private static final int AT_PARENT_UUID = 93;
  private static final int AT_VERSION = 132;
  private static final int UUID_BYTES = 37;

  /**
   * Reads the 4096 bytes at the buffer's position.
   *
   * @param name "header" or "trailer", for messages
   * @throws FormatException if magic or flags are not those of that end of a sealed layer
   */
  static LsmtHeader read(ByteBuffer source, String name) throws FormatException {
    var in = source.slice(source.position(), BYTES).order(ByteOrder.LITTLE_ENDIAN);
    if (!in.slice(0, MAGIC.length).equals(ByteBuffer.wrap(MAGIC))) {
      throw new FormatException("LSMT " + name + ": the magic is missing");
    }
    var flags = in.getInt(AT_FLAGS);
    var isHeader = name.equals("header");
    if (((flags & HEADER) != 0) != isHeader
        || (flags & DATA_FILE) == 0
        || !isHeader && (flags & SEALED) == 0) {
      throw new FormatException(
          "LSMT "
              + name
              + ": flags 0x"
              + Integer.toHexString(flags)
              + " are not those of a sealed data file");
    }
    return new LsmtHeader(
        flags,
        in.getLong(AT_INDEX_OFFSET),
        in.getLong(AT_INDEX_SIZE),
        in.getLong(AT_VIRTUAL_SIZE),
        text(in, AT_UUID),
        text(in, AT_PARENT_UUID));
  }

  private static String text(ByteBuffer in, int at) {
    var bytes = new byte[UUID_BYTES];
    in.get(at, bytes);
    return new String(bytes, StandardCharsets.ISO_8859_1).split("\0", 2)[0];
  }

  byte[] toBytes() {
    var bytes = new byte[BYTES];
    var out = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    out.put(MAGIC);
    out.putInt(AT_SIZE, SIZE);
    out.putInt(AT_FLAGS, flags);
    out.putLong(AT_INDEX_OFFSET, indexOffset);
    out.putLong(AT_INDEX_SIZE, indexEntries);
    out.putLong(AT_VIRTUAL_SIZE, virtualSize);
    out.put(AT_UUID, uuid.getBytes(StandardCharsets.US_ASCII));
    out.put(AT_PARENT_UUID, parentUuid.getBytes(StandardCharsets.US_ASCII));
    out.put(AT_VERSION, (byte) 1);
    out.put(AT_VERSION + 1, (byte) 1);
    return bytes;
  }
}
