package io.headwater.ext4;

import io.headwater.fault.FormatException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * POSIX ACLs in their two forms: what programs see (version 2, every entry with an id) and what
 * ext4 stores (version 1, an id only for named users and groups). Little-endian.
 */
final class PosixAcl {
  private static final int PROGRAM_VERSION = 2;
  private static final int DISK_VERSION = 1;
  private static final int TAG_USER = 0x02;
  private static final int TAG_GROUP = 0x08;
  private static final int NO_ID = -1;

  private PosixAcl() {}

  /** From the programs' form to the disk's. */
  static byte[] toDisk(byte[] value) throws FormatException {
    var in = ByteBuffer.wrap(value).order(ByteOrder.LITTLE_ENDIAN);
    if (value.length < 4 || (value.length - 4) % 8 != 0 || in.getInt() != PROGRAM_VERSION) {
      throw new FormatException("POSIX ACL of " + value.length + " bytes is not of version 2");
    }
    var out = ByteBuffer.allocate(value.length).order(ByteOrder.LITTLE_ENDIAN).putInt(DISK_VERSION);
    while (in.hasRemaining()) {
      var tag = in.getShort();
      out.putShort(tag).putShort(in.getShort());
      var id = in.getInt();
      if (hasId(tag)) {
        out.putInt(id);
      }
    }
    return java.util.Arrays.copyOf(out.array(), out.position());
  }

  /** From the disk's form to the programs'. */
  static byte[] fromDisk(byte[] value) throws FormatException {
    var in = ByteBuffer.wrap(value).order(ByteOrder.LITTLE_ENDIAN);
    if (value.length < 4 || in.getInt() != DISK_VERSION) {
      throw new FormatException("ext4: ACL of " + value.length + " bytes is not of version 1");
    }
    var out =
        ByteBuffer.allocate(value.length * 2)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putInt(PROGRAM_VERSION);
    while (in.remaining() >= 4) {
      var tag = in.getShort();
      out.putShort(tag).putShort(in.getShort());
      out.putInt(hasId(tag) && in.remaining() >= 4 ? in.getInt() : NO_ID);
    }
    return java.util.Arrays.copyOf(out.array(), out.position());
  }

  private static boolean hasId(short tag) {
    return tag == TAG_USER || tag == TAG_GROUP;
  }
}
