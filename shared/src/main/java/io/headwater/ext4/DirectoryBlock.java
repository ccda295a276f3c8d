package io.headwater.ext4;

import io.headwater.fault.FormatException;
import java.io.IOException;
import java.util.Arrays;

/**
 * The entries in one block of a directory (kernel documentation, ext4 "Linear Directories"): inode
 * u32, length of the record u16, length of the name u8, file type u8, name.
 */
final class DirectoryBlock {
  static final int HEADER_BYTES = 8;
  static final int MAX_NAME = 255;

  private DirectoryBlock() {}

  /** Takes entries one by one. */
  interface Visitor {
    /**
     * Takes one used entry.
     *
     * @param at where the entry lies in its block
     */
    void entry(int at, long inode, int typeCode, byte[] name) throws IOException;
  }

  static int recordBytes(int nameLength) {
    return HEADER_BYTES + nameLength + 3 & ~3;
  }

  static int recordLength(byte[] block, int at) throws FormatException {
    var length = Bytes.u16(block, at + 4);
    // In blocks of 64 KiB the length of the whole block does not fit 16 bits.
    if (block.length == 65536 && (length == 65535 || length == 0)) {
      length = 65536;
    }
    if (length < HEADER_BYTES || length % 4 != 0 || at + length > block.length) {
      throw new FormatException(
          "ext4: directory entry at byte " + at + " of its block has length " + length);
    }
    return length;
  }

  /** Makes an empty block: one unused entry over all of it. */
  static void clear(byte[] block) {
    Arrays.fill(block, (byte) 0);
    Bytes.put16(block, 4, block.length);
  }

  static void forEach(byte[] block, Visitor visitor) throws IOException {
    for (int at = 0; at < block.length; at += recordLength(block, at)) {
      var inode = Bytes.u32(block, at);
      var length = Bytes.u8(block, at + 6);
      if (inode != 0) {
        if (HEADER_BYTES + length > recordLength(block, at)) {
          throw new FormatException(
              "ext4: name of "
                  + length
                  + " bytes is longer than its directory entry at byte "
                  + at);
        }
        visitor.entry(
            at,
            inode,
            block[at + 7],
            Arrays.copyOfRange(block, at + HEADER_BYTES, at + HEADER_BYTES + length));
      }
    }
  }

  /** Where the entry of that name lies; −1 when there is none. */
  static int find(byte[] block, byte[] name) throws FormatException {
    for (int at = 0; at < block.length; at += recordLength(block, at)) {
      if (Bytes.u8(block, at + 6) == name.length
          && Bytes.i32(block, at) != 0
          && at + HEADER_BYTES + name.length <= block.length
          && Arrays.equals(
              block, at + HEADER_BYTES, at + HEADER_BYTES + name.length, name, 0, name.length)) {
        return at;
      }
    }
    return -1;
  }

  /** Adds an entry where there is room for it; false when there is none. */
  static boolean insert(byte[] block, byte[] name, long inode, FileType type)
      throws FormatException {
    var need = recordBytes(name.length);
    for (int at = 0; at < block.length; ) {
      var length = recordLength(block, at);
      var used = Bytes.i32(block, at) == 0 ? 0 : recordBytes(Bytes.u8(block, at + 6));
      if (length - used >= need) {
        if (used > 0) {
          Bytes.put16(block, at + 4, used);
        }
        write(block, at + used, length - used, name, inode, type.entryCode);
        return true;
      }
      at += length;
    }
    return false;
  }

  static void write(byte[] block, int at, int length, byte[] name, long inode, byte typeCode) {
    Bytes.put32(block, at, inode);
    Bytes.put16(block, at + 4, length);
    Bytes.put8(block, at + 6, name.length);
    block[at + 7] = typeCode;
    System.arraycopy(name, 0, block, at + HEADER_BYTES, name.length);
  }

  /** Removes the entry of that name; false when there is none. Its bytes become zero. */
  static boolean remove(byte[] block, byte[] name) throws FormatException {
    var found = find(block, name);
    if (found < 0) {
      return false;
    }
    var length = recordLength(block, found);
    Arrays.fill(block, found, found + length, (byte) 0);
    Bytes.put16(block, found + 4, length);
    for (int at = 0; at < found; ) {
      var next = at + recordLength(block, at);
      if (next == found) {
        Bytes.put16(block, at + 4, next - at + length);
        Bytes.put16(block, found + 4, 0);
      }
      at = next;
    }
    return true;
  }
}
