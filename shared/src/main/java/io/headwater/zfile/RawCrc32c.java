package io.headwater.zfile;

import java.util.zip.CRC32C;

/**
 * CRC-32C as the ZFile format uses it: the register starts at a seed and is taken as it ends,
 * without the usual inversions.
 *
 * <p>The JDK's class starts at all ones and complements the result, so four bytes that bring its
 * register to the seed are fed first and the result is complemented back (formats/overlaybd.md §2).
 * Not safe for use by several threads.
 */
public final class RawCrc32c {
  private static final byte[] TO_SEED_0 = {(byte) 0xff, (byte) 0xff, (byte) 0xff, (byte) 0xff};
  private static final byte[] TO_SEED_100007 = {0x25, 0x1d, (byte) 0xc9, 0x6f};

  private final CRC32C crc = new CRC32C();
  private final byte[] lead;

  private RawCrc32c(byte[] lead) {
    this.lead = lead;
  }

  /** For headers, trailers, indexes and traces: seed 0. */
  public static RawCrc32c ofMetadata() {
    return new RawCrc32c(TO_SEED_0);
  }

  /** For compressed blocks: seed 100007. */
  public static RawCrc32c ofBlocks() {
    return new RawCrc32c(TO_SEED_100007);
  }

  /** The checksum of {@code length} bytes from {@code offset} on. */
  public int of(byte[] bytes, int offset, int length) {
    crc.reset();
    crc.update(lead, 0, lead.length);
    crc.update(bytes, offset, length);
    return ~(int) crc.getValue();
  }

  /** The checksum of all of {@code bytes}. */
  public int of(byte[] bytes) {
    return of(bytes, 0, bytes.length);
  }
}
