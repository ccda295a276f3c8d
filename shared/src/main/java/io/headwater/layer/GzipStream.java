package io.headwater.layer;

import io.headwater.fault.FormatException;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.CRC32;

/**
 * Reads gzip of one member or several (RFC 1952), with their checksums; zero bytes may follow the
 * last. The JDK's own stream stops at a member's end when the source has nothing ready.
 */
final class GzipStream extends InputStream {
  private static final int FLAG_HEADER_CRC = 2;
  private static final int FLAG_EXTRA = 4;
  private static final int FLAG_NAME = 8;
  private static final int FLAG_COMMENT = 16;

  private final InputStream in;
  private final Inflate inflate;
  private final CRC32 crc = new CRC32();
  private long expanded;
  private boolean inMember;
  private boolean ended;

  GzipStream(InputStream in) {
    this.in = in;
    this.inflate = new Inflate(in);
  }

  @Override
  public int read() throws IOException {
    var one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] out, int offset, int length) throws IOException {
    while (!ended && length > 0) {
      if (!inMember && !beginMember()) {
        ended = true;
        break;
      }
      var count = inflate.read(out, offset, length);
      if (count < 0) {
        endMember();
      } else if (count > 0) {
        crc.update(out, offset, count);
        expanded += count;
        return count;
      }
    }
    return length == 0 ? 0 : -1;
  }

  private boolean beginMember() throws IOException {
    int first;
    do {
      first = inflate.nextByte();
      if (first < 0) {
        return false;
      }
    } while (first == 0); // padding
    var second = next();
    var method = next();
    if (first != 0x1f || second != 0x8b || method != 8) {
      throw new FormatException("gzip: what follows is no gzip member");
    }
    var flags = next();
    skip(6);
    if ((flags & FLAG_EXTRA) != 0) {
      skip(next() | next() << 8);
    }
    if ((flags & FLAG_NAME) != 0) {
      skipText();
    }
    if ((flags & FLAG_COMMENT) != 0) {
      skipText();
    }
    if ((flags & FLAG_HEADER_CRC) != 0) {
      skip(2);
    }
    inflate.begin();
    crc.reset();
    expanded = 0;
    inMember = true;
    return true;
  }

  private void endMember() throws IOException {
    var expectedCrc = word();
    var expectedSize = word();
    if (expectedCrc != crc.getValue()) {
      throw new FormatException("gzip: the checksum of the expanded data is wrong");
    }
    if (expectedSize != (expanded & 0xffffffffL)) {
      throw new FormatException("gzip: the length of the expanded data is wrong");
    }
    inMember = false;
  }

  private long word() throws IOException {
    return next() | next() << 8 | next() << 16 | (long) next() << 24;
  }

  private void skip(int count) throws IOException {
    for (int i = 0; i < count; i++) {
      next();
    }
  }

  private void skipText() throws IOException {
    while (next() != 0) {
      // a zero byte ends it
    }
  }

  private int next() throws IOException {
    var next = inflate.nextByte();
    if (next < 0) {
      throw new FormatException("gzip: the stream is truncated");
    }
    return next;
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
