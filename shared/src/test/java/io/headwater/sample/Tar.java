package io.headwater.sample;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A tar, entry by entry. What is set by {@link #mode}, {@link #owner}, {@link #time}, {@link #pax}
 * and {@link #xattr} is for the next entry alone. Names are raw bytes, one a character.
 */
public final class Tar {
  private static final Instant TIME = Instant.ofEpochSecond(1_700_000_000);

  /** In pieces: a buffer that grows would take several times the size of a large file. */
  private final List<byte[]> pieces = new ArrayList<>();

  private final Map<String, byte[]> pax = new LinkedHashMap<>();
  private int mode = -1;
  private int uid;
  private int gid;
  private Instant time = TIME;

  public Tar mode(int value) {
    mode = value;
    return this;
  }

  public Tar owner(int user, int group) {
    uid = user;
    gid = group;
    return this;
  }

  public Tar time(Instant value) {
    time = value;
    return this;
  }

  /** A record of the entry's PAX header. */
  public Tar pax(String key, byte[] value) {
    pax.put(key, value);
    return this;
  }

  public Tar pax(String key, String value) {
    return pax(key, raw(value));
  }

  public Tar xattr(String name, byte[] value) {
    return pax("SCHILY.xattr." + name, value);
  }

  public Tar xattr(String name, String value) {
    return xattr(name, raw(value));
  }

  public Tar file(String name, byte[] content) {
    return entry(name, '0', "", content, 0644, 0, 0);
  }

  public Tar file(String name, String content) {
    return file(name, raw(content));
  }

  public Tar directory(String name) {
    return entry(name, '5', "", new byte[0], 0755, 0, 0);
  }

  public Tar symlink(String name, String target) {
    return entry(name, '2', target, new byte[0], 0777, 0, 0);
  }

  public Tar hardLink(String name, String target) {
    return entry(name, '1', target, new byte[0], 0644, 0, 0);
  }

  public Tar fifo(String name) {
    return entry(name, '6', "", new byte[0], 0644, 0, 0);
  }

  public Tar characterDevice(String name, int major, int minor) {
    return entry(name, '3', "", new byte[0], 0666, major, minor);
  }

  public Tar blockDevice(String name, int major, int minor) {
    return entry(name, '4', "", new byte[0], 0660, major, minor);
  }

  public Tar whiteout(String path) {
    var slash = path.lastIndexOf('/') + 1;
    return file(path.substring(0, slash) + ".wh." + path.substring(slash), "");
  }

  public Tar opaque(String directory) {
    return file(directory + "/.wh..wh..opq", "");
  }

  /** Bytes as they are. */
  public Tar bytes(byte[] bytes) {
    pieces.add(bytes);
    return this;
  }

  /** A PAX global header with these records. */
  public Tar global(String records) {
    var bytes = raw(records);
    pieces.add(header("pax_global_header", 'g', "", bytes.length, 0644, 0, 0, 0));
    content(bytes);
    return this;
  }

  private Tar entry(
      String name, char type, String target, byte[] content, int usualMode, int major, int minor) {
    if (name.length() > 100) {
      pax("path", name);
    }
    if (target.length() > 100) {
      pax("linkpath", target);
    }
    if (time.getNano() != 0 || time.getEpochSecond() < 0 || time.getEpochSecond() >= 1L << 33) {
      pax("mtime", "%d.%09d".formatted(time.getEpochSecond(), time.getNano()));
    }
    if (!pax.isEmpty()) {
      var records = records();
      pieces.add(header("pax", 'x', "", records.length, 0644, 0, 0, 0));
      content(records);
    }
    var seconds = Math.clamp(time.getEpochSecond(), 0, (1L << 33) - 1);
    pieces.add(
        header(
            name,
            type,
            target,
            content.length,
            mode < 0 ? usualMode : mode,
            seconds,
            major,
            minor));
    content(content);
    pax.clear();
    mode = -1;
    uid = 0;
    gid = 0;
    time = TIME;
    return this;
  }

  private byte[] records() {
    var records = new ByteArrayOutputStream();
    pax.forEach(
        (key, value) -> {
          var rest = key.length() + value.length + 3;
          var length = rest + 1;
          while (Integer.toString(length).length() + rest != length) {
            length++;
          }
          records.writeBytes(raw(length + " " + key + "="));
          records.writeBytes(value);
          records.write('\n');
        });
    return records.toByteArray();
  }

  private void content(byte[] content) {
    pieces.add(content);
    pieces.add(new byte[-content.length & 511]);
  }

  private byte[] header(
      String name,
      char type,
      String target,
      long size,
      int bits,
      long seconds,
      int major,
      int minor) {
    var block = new byte[512];
    put(block, 0, name.length() > 100 ? name.substring(0, 100) : name);
    put(block, 100, "%07o".formatted(bits));
    put(block, 108, "%07o".formatted(uid));
    put(block, 116, "%07o".formatted(gid));
    put(block, 124, "%011o".formatted(size));
    put(block, 136, "%011o".formatted(seconds));
    block[156] = (byte) type;
    put(block, 157, target.length() > 100 ? target.substring(0, 100) : target);
    put(block, 257, "ustar");
    put(block, 263, "00");
    put(block, 329, "%07o".formatted(major));
    put(block, 337, "%07o".formatted(minor));
    return sealed(block);
  }

  /** A header block with its checksum put right. */
  public static byte[] sealed(byte[] block) {
    Arrays.fill(block, 148, 156, (byte) ' ');
    var sum = 0;
    for (var b : block) {
      sum += b & 0xff;
    }
    put(block, 148, "%06o\0".formatted(sum));
    return block;
  }

  /** Puts right the checksum of the header block that begins at {@code at}. */
  public static void sealed(byte[] tar, int at) {
    System.arraycopy(sealed(Arrays.copyOfRange(tar, at, at + 512)), 0, tar, at, 512);
  }

  private static void put(byte[] block, int at, String text) {
    var bytes = raw(text);
    System.arraycopy(bytes, 0, block, at, bytes.length);
  }

  private static byte[] raw(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  /** A name in UTF-8 as raw bytes, one a character. */
  public static String utf8(String text) {
    return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
  }

  /** The whole tar. */
  public byte[] build() {
    var length = pieces.stream().mapToInt(piece -> piece.length).sum();
    var all = new byte[length + 1024];
    var at = 0;
    for (var piece : pieces) {
      System.arraycopy(piece, 0, all, at, piece.length);
      at += piece.length;
    }
    return all;
  }
}
