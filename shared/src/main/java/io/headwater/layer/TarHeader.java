package io.headwater.layer;

import io.headwater.fault.FormatException;
import io.headwater.fault.LimitException;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One entry's header block together with what extended headers said before it.
 *
 * @param block 512 bytes (POSIX.1-1988 ustar; GNU's where the magic says so)
 * @param pax what wins over the block
 * @param longName from a GNU 'L' header
 * @param longLink from a GNU 'K' header
 */
record TarHeader(
    byte[] block,
    PaxHeader pax,
    @Nullable String longName,
    @Nullable String longLink,
    LayerLimits limits) {

  /** Takes the stored size and reads the rest of a sparse map. */
  interface ContentStart {
    List<Segment> begin(long storedSize, TarReader.SparseKind kind, List<Segment> segments)
        throws IOException;
  }

  private boolean isPosix() {
    return TarReader.field(block, 257, 6).equals("ustar") && block[263] == '0' && block[264] == '0';
  }

  private boolean isGnu() {
    return TarReader.field(block, 257, 8).equals("ustar  ");
  }

  TarEntry entry(ContentStart contentStart) throws IOException {
    var name = name();
    var type = type(name);
    var storedSize =
        type == EntryType.FILE ? pax.number("size", TarNumbers.parse(block, 124, 12, "size")) : 0;
    if (storedSize > limits.maxExpandedBytes()) {
      throw new LimitException(
          "file of "
              + storedSize
              + " bytes: a layer may have "
              + limits.maxExpandedBytes()
              + " (max-expanded-bytes)");
    }
    List<Segment> segments = null;
    var size = storedSize;
    if (type == EntryType.FILE && isSparse()) {
      size = sparseSize();
      segments = sparse(contentStart, storedSize, size);
    } else {
      contentStart.begin(storedSize, TarReader.SparseKind.COMPLETE, List.of());
    }
    var modified =
        pax.time("mtime", Instant.ofEpochSecond(TarNumbers.parseSigned(block, 136, 12, "mtime")));
    var isDevice = type == EntryType.CHARACTER_DEVICE || type == EntryType.BLOCK_DEVICE;
    return new TarEntry(
        name,
        type,
        size,
        (int) TarNumbers.parseSigned(block, 100, 8, "mode") & 07777,
        id("uid", 108),
        id("gid", 116),
        modified,
        pax.time("atime", modified),
        linkName(type),
        isDevice ? device(329, "devmajor") : 0,
        isDevice ? device(337, "devminor") : 0,
        pax.xattrs(limits),
        segments);
  }

  private String name() throws FormatException {
    var name = pax.text("GNU.sparse.name");
    if (name == null) {
      name = pax.text("path");
    }
    if (name == null) {
      name = longName;
    }
    if (name == null) {
      name = TarReader.field(block, 0, 100);
      var prefix = isPosix() ? TarReader.field(block, 345, 155) : "";
      name = prefix.isEmpty() ? name : prefix + "/" + name;
    }
    return bounded(name, "path");
  }

  private String linkName(EntryType type) throws FormatException {
    if (type != EntryType.SYMLINK && type != EntryType.HARD_LINK) {
      return "";
    }
    var name = pax.text("linkpath");
    if (name == null) {
      name = longLink != null ? longLink : TarReader.field(block, 157, 100);
    }
    return bounded(name, "link target");
  }

  private String bounded(String name, String what) throws FormatException {
    if (name.length() > limits.maxPathBytes()) {
      throw new LimitException(
          what
              + " of "
              + name.length()
              + " bytes: at most "
              + limits.maxPathBytes()
              + " are taken (max-path-bytes)");
    }
    if (name.indexOf('\0') >= 0) {
      throw new FormatException(what + " with a zero byte in it");
    }
    return name;
  }

  /** Whether it is the type of an entry, and of one that {@link #entry} understands. */
  static boolean isKnownType(byte type) {
    return type == 0 || type >= '0' && type <= '7' || type == 'S' || type == 'D';
  }

  private EntryType type(String name) throws FormatException {
    return switch (block[156]) {
      case '0', 0, '7' -> name.endsWith("/") ? EntryType.DIRECTORY : EntryType.FILE;
      case 'S' -> EntryType.FILE;
      case '1' -> EntryType.HARD_LINK;
      case '2' -> EntryType.SYMLINK;
      case '3' -> EntryType.CHARACTER_DEVICE;
      case '4' -> EntryType.BLOCK_DEVICE;
      case '5', 'D' -> EntryType.DIRECTORY;
      case '6' -> EntryType.FIFO;
      default ->
          throw new FormatException("'" + name + "' has the unknown type " + (block[156] & 0xff));
    };
  }

  private int id(String field, int at) throws FormatException {
    var id = pax.number(field, TarNumbers.parse(block, at, 8, field));
    if (id > 0xffffffffL) {
      throw new FormatException(field + " " + id + " does not fit 32 bits");
    }
    return (int) id;
  }

  private int device(int at, String field) throws FormatException {
    return (int) Math.min(Integer.MAX_VALUE, TarNumbers.parse(block, at, 8, field));
  }

  private boolean isSparse() {
    return block[156] == 'S' && isGnu()
        || pax.has("GNU.sparse.major")
        || pax.has("GNU.sparse.map")
        || pax.has("GNU.sparse.size");
  }

  private long sparseSize() throws FormatException {
    if (block[156] == 'S') {
      return TarNumbers.parse(block, 483, 12, "real size");
    }
    return pax.number("GNU.sparse.realsize", pax.number("GNU.sparse.size", 0));
  }

  private List<Segment> sparse(ContentStart contentStart, long storedSize, long size)
      throws IOException {
    List<Segment> segments = new ArrayList<>();
    var kind = TarReader.SparseKind.COMPLETE;
    if (block[156] == 'S') {
      SparseMap.addOldGnu(block, 386, 4, segments);
      kind = block[482] != 0 ? TarReader.SparseKind.OLD_GNU_CONTINUES : kind;
    } else if (pax.number("GNU.sparse.major", 0) == 1) {
      kind = TarReader.SparseKind.PAX_1_0;
    } else {
      var map = pax.text("GNU.sparse.map");
      segments = SparseMap.ofNumbers(map != null ? SparseMap.numbers(map) : pax.sparseNumbers());
    }
    return SparseMap.checked(contentStart.begin(storedSize, kind, segments), size, storedSize);
  }
}
