package io.headwater.layer;

import io.headwater.fault.FormatException;
import io.headwater.fault.LimitException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads a tar entry by entry: ustar, PAX, GNU long names, sparse files of all four dialects.
 * Distrusts every number. Not safe for use by several threads.
 *
 * <p>Where POSIX and the container runtimes differ, it reads what those read (Go's archive/tar), as
 * a layer has to become the same files here and there: records of PAX global headers are for
 * nobody, and a tar may end without its trailer, or without its last entry's padding.
 */
public final class TarReader {
  private static final int BLOCK = 512;

  private final TarInput in;
  private final LayerLimits limits;

  private final boolean isImageArchive;

  private @Nullable TarEntry entry;
  private long entries;
  private long contentLeft;
  private long padding;

  /** Reads a layer: an entry of an unknown type is refused. */
  public TarReader(InputStream in, LayerLimits limits) {
    this(in, limits, false);
  }

  private TarReader(InputStream in, LayerLimits limits, boolean isImageArchive) {
    this.in = new TarInput(in);
    this.limits = limits;
    this.isImageArchive = isImageArchive;
  }

  /**
   * Reads the tar that an image is in. It may hold what belongs to no image: entries of unknown
   * types are passed over.
   */
  public static TarReader ofImageArchive(InputStream in, LayerLimits limits) {
    return new TarReader(in, limits, true);
  }

  /**
   * Bytes of the tar consumed so far. Right after {@link #next} it is where the entry's content
   * begins.
   */
  public long position() {
    return in.position();
  }

  /** Bytes of the current entry's content as they are stored, without padding. */
  public long storedBytesLeft() {
    return contentLeft;
  }

  /**
   * The next entry; null at the end. What was not read of the one before is skipped.
   *
   * @throws FormatException if the tar breaks off or a header is not valid
   * @throws LimitException if a limit is passed
   */
  public @Nullable TarEntry next() throws IOException {
    in.skip(contentLeft);
    in.skipPadding(padding);
    contentLeft = 0;
    padding = 0;
    var headerAt = in.position();
    try {
      entry = readEntry();
    } catch (FormatException e) {
      throw e.in("tar entry at byte " + headerAt);
    }
    if (entry != null && ++entries > limits.maxEntries()) {
      throw new LimitException(
          "more than " + limits.maxEntries() + " entries in one layer (max-entries)");
    }
    return entry;
  }

  private @Nullable TarEntry readEntry() throws IOException {
    var pax = PaxHeader.NONE;
    String longName = null;
    String longLink = null;
    while (true) {
      var header = readHeader();
      if (header == null) {
        return null;
      }
      var size = TarNumbers.parse(header, 124, 12, "size");
      switch (header[156]) {
        case 'x', 'X' -> pax = PaxHeader.parse(readMetadata(size));
        case 'g' -> pass(size);
        case 'L' -> longName = text(readMetadata(size));
        case 'K' -> longLink = text(readMetadata(size));
        case 'V' -> pass(size);
        default -> {
          if (!isImageArchive || TarHeader.isKnownType(header[156])) {
            return new TarHeader(header, pax, longName, longLink, limits).entry(this::beginContent);
          }
          pass(pax.number("size", size));
          pax = PaxHeader.NONE;
          longName = null;
          longLink = null;
        }
      }
    }
  }

  private void pass(long size) throws IOException {
    in.skip(size);
    in.skipPadding(padding(size));
  }

  /**
   * Reads a header block; null at the end of the archive: two zero blocks, whatever follows them,
   * or what there is of them.
   */
  private byte @Nullable [] readHeader() throws IOException {
    if (!in.hasMore()) {
      return null;
    }
    var header = new byte[BLOCK];
    in.readFully(header, BLOCK);
    if (isZero(header)) {
      var second = new byte[BLOCK];
      in.readUpTo(second, BLOCK);
      if (!isZero(second)) {
        // Files may follow that no runtime would unpack, or only garbage: nobody can tell.
        throw new FormatException(
            "one block of zeros, which ends no tar, and then something else; the end is two");
      }
      return null;
    }
    checkSum(header);
    return header;
  }

  private static boolean isZero(byte[] block) {
    for (var b : block) {
      if (b != 0) {
        return false;
      }
    }
    return true;
  }

  private static void checkSum(byte[] header) throws FormatException {
    long stored;
    try {
      stored = TarNumbers.parseSigned(header, 148, 8, "checksum");
    } catch (FormatException e) {
      throw new FormatException("not a tar header: where its checksum should be is no number", e);
    }
    long unsigned = 0;
    long signed = 0;
    for (int i = 0; i < BLOCK; i++) {
      var inField = i >= 148 && i < 156;
      unsigned += inField ? ' ' : header[i] & 0xff;
      signed += inField ? ' ' : header[i];
    }
    if (stored != unsigned && stored != signed) {
      throw new FormatException(
          "not a tar header: its checksum is " + stored + ", the bytes give " + unsigned);
    }
  }

  private byte[] readMetadata(long size) throws IOException {
    if (size > limits.maxHeaderBytes()) {
      throw new LimitException(
          "extended header of "
              + size
              + " bytes: at most "
              + limits.maxHeaderBytes()
              + " are taken (max-header-bytes)");
    }
    var bytes = new byte[(int) size];
    in.readFully(bytes, bytes.length);
    in.skipPadding(padding(size));
    return bytes;
  }

  private static String text(byte[] bytes) {
    var length = 0;
    while (length < bytes.length && bytes[length] != 0) {
      length++;
    }
    return new String(bytes, 0, length, StandardCharsets.ISO_8859_1);
  }

  private static long padding(long size) {
    return -size & BLOCK - 1;
  }

  /**
   * Called with the stored size once the header is understood; reads what of a sparse map stands in
   * front of the content.
   *
   * @param kind how the sparse map goes on
   */
  private List<Segment> beginContent(long storedSize, SparseKind kind, List<Segment> segments)
      throws IOException {
    contentLeft = storedSize;
    padding = padding(storedSize);
    return switch (kind) {
      case COMPLETE -> segments;
      case OLD_GNU_CONTINUES -> readOldGnu(segments);
      case PAX_1_0 -> readPax10();
    };
  }

  /** What of a sparse file's map is still to be read. */
  enum SparseKind {
    COMPLETE,
    OLD_GNU_CONTINUES,
    PAX_1_0
  }

  private List<Segment> readOldGnu(List<Segment> first) throws IOException {
    var segments = new ArrayList<>(first);
    var block = new byte[BLOCK];
    do {
      in.readFully(block, BLOCK);
      SparseMap.addOldGnu(block, 0, 21, segments);
      checkCount(segments);
    } while (block[504] != 0);
    return segments;
  }

  private List<Segment> readPax10() throws IOException {
    var start = in.position();
    var count = readLineNumber(start);
    var numbers = new ArrayList<Long>();
    for (long i = 0; i < count * 2; i++) {
      numbers.add(readLineNumber(start));
    }
    var used = in.position() - start;
    in.skip(padding(used));
    contentLeft -= used + padding(used);
    if (contentLeft < 0) {
      throw new FormatException("sparse map is longer than the stored file");
    }
    return SparseMap.ofNumbers(numbers);
  }

  private long readLineNumber(long start) throws IOException {
    long number = 0;
    while (true) {
      var c = in.next();
      if (c == '\n') {
        return number;
      }
      if (c < '0' || c > '9' || number > Long.MAX_VALUE / 10 - 9) {
        throw new FormatException("sparse map: no decimal number at byte " + (in.position() - 1));
      }
      if (in.position() - start > limits.maxHeaderBytes()) {
        throw new LimitException(
            "sparse map of more than " + limits.maxHeaderBytes() + " bytes (max-header-bytes)");
      }
      number = number * 10 + c - '0';
    }
  }

  private void checkCount(List<Segment> segments) throws LimitException {
    if (segments.size() * 24L > limits.maxHeaderBytes()) {
      throw new LimitException(
          "sparse map of more than " + limits.maxHeaderBytes() + " bytes (max-header-bytes)");
    }
  }

  /**
   * Hands the current entry's content on, holes included.
   *
   * @throws FormatException if the tar breaks off
   */
  public void content(ContentSink sink) throws IOException {
    var current = entry;
    if (current == null) {
      throw new IllegalStateException("no current entry");
    }
    var segments = current.segments();
    if (segments == null) {
      copy(contentLeft, sink);
      return;
    }
    long end = 0;
    for (var segment : segments) {
      if (segment.offset() > end) {
        sink.hole(segment.offset() - end);
      }
      copy(segment.length(), sink);
      end = segment.offset() + segment.length();
    }
    if (current.size() > end) {
      sink.hole(current.size() - end);
    }
  }

  private void copy(long length, ContentSink sink) throws IOException {
    in.copyTo(sink, length);
    contentLeft -= length;
  }

  /** Reads the whole stream to its end, so that whoever checks its digest sees all of it. */
  public void drain() throws IOException {
    contentLeft = 0;
    padding = 0;
    in.drain();
  }

  /** A text field of a header: up to its first zero byte. */
  static String field(byte[] header, int at, int length) {
    return text(Arrays.copyOfRange(header, at, at + length));
  }
}
