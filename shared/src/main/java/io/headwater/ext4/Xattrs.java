package io.headwater.ext4;

import io.headwater.fault.FormatException;
import io.headwater.fault.LimitException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/**
 * Extended attributes on disk: behind the inode's fields, or in a block of their own (kernel
 * documentation, ext4 "Extended Attributes").
 */
final class Xattrs {
  private static final int MAGIC = 0xEA020000;
  private static final int BLOCK_HEADER_BYTES = 32;
  private static final int INODE_HEADER_BYTES = 4;
  private static final int ENTRY_BYTES = 16;

  private record Prefix(int index, String text) {}

  /** The longest fitting one wins, so the whole names of the ACLs stand first. */
  private static final List<Prefix> PREFIXES =
      List.of(
          new Prefix(2, "system.posix_acl_access"),
          new Prefix(3, "system.posix_acl_default"),
          new Prefix(1, "user."),
          new Prefix(4, "trusted."),
          new Prefix(6, "security."),
          new Prefix(7, "system."));

  private record Entry(int index, byte[] name, byte[] value) {
    int entryBytes() {
      return ENTRY_BYTES + name.length + 3 & ~3;
    }

    int valueBytes() {
      return value.length + 3 & ~3;
    }
  }

  private Xattrs() {}

  /** Whether ext4 can store an attribute of that name; the kernel refuses any other. */
  static boolean canStore(String name) {
    for (var prefix : PREFIXES) {
      if (name.startsWith(prefix.text())
          && (isAcl(prefix.index()) || name.length() > prefix.text().length())) {
        return true;
      }
    }
    return false;
  }

  private static boolean isAcl(int index) {
    return index == 2 || index == 3;
  }

  private static List<Entry> entries(Map<String, byte[]> attributes) throws FormatException {
    var entries = new ArrayList<Entry>();
    for (var attribute : attributes.entrySet()) {
      var name = attribute.getKey();
      for (var prefix : PREFIXES) {
        if (canStore(name) && name.startsWith(prefix.text())) {
          var rest = name.substring(prefix.text().length()).getBytes(StandardCharsets.ISO_8859_1);
          var value =
              isAcl(prefix.index()) ? PosixAcl.toDisk(attribute.getValue()) : attribute.getValue();
          if (rest.length > 255) {
            throw new LimitException(
                "extended attribute name of " + rest.length + " bytes: ext4 takes 255");
          }
          entries.add(new Entry(prefix.index(), rest, value));
          break;
        }
      }
    }
    // The order that the kernel looks for in a block.
    entries.sort(
        Comparator.comparingInt(Entry::index)
            .thenComparingInt(e -> e.name().length)
            .thenComparing(Entry::name, Arrays::compareUnsigned));
    return entries;
  }

  /** Writes all attributes into the inode if they fit there. */
  static boolean writeToInode(Inode inode, Map<String, byte[]> attributes) throws FormatException {
    var entries = entries(attributes);
    var start = inode.xattrStart();
    Arrays.fill(inode.block(), start, inode.end(), (byte) 0);
    if (entries.isEmpty()) {
      return true;
    }
    if (INODE_HEADER_BYTES + bytes(entries) > inode.end() - start) {
      return false;
    }
    Bytes.put32(inode.block(), start, MAGIC);
    var first = start + INODE_HEADER_BYTES;
    write(inode.block(), first, first, inode.end(), entries);
    return true;
  }

  /**
   * Writes all attributes into a block, which is zero before.
   *
   * @throws LimitException if they do not fit
   */
  static void writeToBlock(byte[] block, Map<String, byte[]> attributes) throws FormatException {
    var entries = entries(attributes);
    if (BLOCK_HEADER_BYTES + bytes(entries) > block.length) {
      throw new LimitException(
          "extended attributes of "
              + bytes(entries)
              + " bytes: ext4 takes "
              + (block.length - BLOCK_HEADER_BYTES)
              + " for one file");
    }
    Bytes.put32(block, 0, MAGIC);
    Bytes.put32(block, 4, 1); // references
    Bytes.put32(block, 8, 1); // blocks
    var hash = write(block, BLOCK_HEADER_BYTES, 0, block.length, entries);
    Bytes.put32(block, 12, hash);
  }

  private static int bytes(List<Entry> entries) {
    var sum = 4; // four zero bytes end the list
    for (var entry : entries) {
      sum += entry.entryBytes() + entry.valueBytes();
    }
    return sum;
  }

  /**
   * Writes entries upwards from {@code first} and values downwards from {@code end}; value offsets
   * count from {@code base}.
   */
  private static int write(byte[] out, int first, int base, int end, List<Entry> entries) {
    var at = first;
    var valueEnd = end;
    var blockHash = 0;
    for (var entry : entries) {
      var value = entry.value();
      valueEnd -= entry.valueBytes();
      System.arraycopy(value, 0, out, valueEnd, value.length);
      Bytes.put8(out, at, entry.name().length);
      Bytes.put8(out, at + 1, entry.index());
      Bytes.put16(out, at + 2, value.length == 0 ? 0 : valueEnd - base);
      Bytes.put32(out, at + 8, value.length);
      var hash = hash(entry.name(), out, valueEnd, entry.valueBytes());
      Bytes.put32(out, at + 12, hash);
      System.arraycopy(entry.name(), 0, out, at + ENTRY_BYTES, entry.name().length);
      at += entry.entryBytes();
      blockHash = Integer.rotateLeft(blockHash, 16) ^ hash;
    }
    return blockHash;
  }

  /** fs/ext4/xattr.c, ext4_xattr_hash_entry. */
  private static int hash(byte[] name, byte[] values, int at, int paddedLength) {
    var hash = 0;
    for (var b : name) {
      hash = Integer.rotateLeft(hash, 5) ^ (b & 0xff);
    }
    for (int i = 0; i < paddedLength; i += 4) {
      hash = Integer.rotateLeft(hash, 16) ^ Bytes.i32(values, at + i);
    }
    return hash;
  }

  /** Adds the attributes that lie in the inode. */
  static void readFromInode(Inode inode, Map<String, byte[]> out) throws FormatException {
    var start = inode.xattrStart();
    if (start + INODE_HEADER_BYTES <= inode.end() && Bytes.i32(inode.block(), start) == MAGIC) {
      read(inode.block(), start + INODE_HEADER_BYTES, start + INODE_HEADER_BYTES, inode.end(), out);
    }
  }

  /** Adds the attributes of an attribute block. */
  static void readFromBlock(byte[] block, Map<String, byte[]> out) throws FormatException {
    if (Bytes.i32(block, 0) != MAGIC) {
      throw new FormatException("ext4: attribute block without its magic");
    }
    read(block, BLOCK_HEADER_BYTES, 0, block.length, out);
  }

  private static void read(byte[] in, int first, int base, int end, Map<String, byte[]> out)
      throws FormatException {
    for (int at = first; at + 4 <= end && Bytes.i32(in, at) != 0; ) {
      var nameLength = Bytes.u8(in, at);
      if (at + ENTRY_BYTES + nameLength > end) {
        throw new FormatException("ext4: attribute name leaves its block");
      }
      var name = new String(in, at + ENTRY_BYTES, nameLength, StandardCharsets.ISO_8859_1);
      var offset = base + Bytes.u16(in, at + 2);
      var length = Bytes.u32(in, at + 8);
      if (Bytes.i32(in, at + 4) != 0 || offset + length > end) {
        throw new FormatException(
            "ext4: attribute value of " + length + " bytes at " + offset + " leaves its block");
      }
      var index = Bytes.u8(in, at + 1);
      var value = Arrays.copyOfRange(in, offset, offset + (int) length);
      out.put(prefix(index) + name, isAcl(index) ? PosixAcl.fromDisk(value) : value);
      at += ENTRY_BYTES + nameLength + 3 & ~3;
    }
  }

  private static String prefix(int index) {
    for (var prefix : PREFIXES) {
      if (prefix.index() == index) {
        return prefix.text();
      }
    }
    return "";
  }
}
