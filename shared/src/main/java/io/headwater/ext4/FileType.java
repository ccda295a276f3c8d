package io.headwater.ext4;

import io.headwater.fault.FormatException;

/** What an inode is, with its code in {@code i_mode} and in directory entries. */
public enum FileType {
  FILE(0x8000, 1),
  DIRECTORY(0x4000, 2),
  CHARACTER_DEVICE(0x2000, 3),
  BLOCK_DEVICE(0x6000, 4),
  FIFO(0x1000, 5),
  SOCKET(0xC000, 6),
  SYMLINK(0xA000, 7);

  static final int MASK = 0xF000;

  private static final FileType[] ALL = values();

  final int modeBits;
  final byte entryCode;

  FileType(int modeBits, int entryCode) {
    this.modeBits = modeBits;
    this.entryCode = (byte) entryCode;
  }

  static FileType ofMode(int mode) throws FormatException {
    for (var type : ALL) {
      if (type.modeBits == (mode & MASK)) {
        return type;
      }
    }
    throw new FormatException(
        "ext4: mode 0" + Integer.toOctalString(mode) + " is of no known file type");
  }

  public boolean isDevice() {
    return this == CHARACTER_DEVICE || this == BLOCK_DEVICE;
  }
}
