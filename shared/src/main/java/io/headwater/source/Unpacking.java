package io.headwater.source;

import io.headwater.block.BlockDevice;
import io.headwater.block.FileDevice;
import io.headwater.fault.FormatException;
import io.headwater.fault.LimitException;
import io.headwater.layer.Decompression;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Locale;
import java.util.UUID;

/**
 * How archives that are compressed as a whole are read: expanded into a file that has no name, so
 * that nothing is left of it however this process ends. In a compressed stream nothing can be read
 * at a place of choice, which images need.
 *
 * @param folder where that file is; made when it is missing
 * @param maxBytes an archive may expand to so many
 */
public record Unpacking(Path folder, long maxBytes) {
  /** 64 GiB: more than images have; few kilobytes can expand to petabytes. */
  public static final long DEFAULT_MAX_BYTES = 64L << 30;

  private static final int BUFFER_BYTES = 1 << 20;
  private static final int MAGIC_BYTES = 6;

  /** What archives are compressed with, too, and what is not expanded here. */
  private enum Unknown {
    XZ("\u00fd7zXZ\0"),
    BZIP2("BZh"),
    ZIP("PK\u0003\u0004"),
    LZ4("\u0004\"M\u0018");

    /** The first bytes, one a character. */
    private final String magic;

    Unknown(String magic) {
      this.magic = magic;
    }
  }

  /** The default limit, and the folder that the system has for such files. */
  public static Unpacking ofSystem() {
    return new Unpacking(Path.of(System.getProperty("java.io.tmpdir")), DEFAULT_MAX_BYTES);
  }

  /**
   * The tar in an archive: the archive itself when it is not compressed, which its first bytes say
   * and not its name.
   *
   * @param name for messages
   * @param archive closed once it is expanded; not when this fails
   * @throws FormatException if it is compressed by something else than gzip or zstd, or not well
   * @throws LimitException if it expands to more than {@link #maxBytes}
   */
  BlockDevice open(String name, BlockDevice archive) throws IOException {
    var magic = new byte[(int) Math.min(MAGIC_BYTES, archive.sizeBytes())];
    archive.read(0, ByteBuffer.wrap(magic));
    var first = new String(magic, StandardCharsets.ISO_8859_1);
    for (var format : Unknown.values()) {
      if (first.startsWith(format.magic)) {
        throw new FormatException(
            "archive "
                + name
                + " is compressed with "
                + format.name().toLowerCase(Locale.ROOT)
                + ", which is not read here; give the tar, or compress it with gzip or zstd");
      }
    }
    if (!Decompression.isCompressed(magic)) {
      return archive;
    }
    var tar = expand(name, archive);
    archive.close();
    return tar;
  }

  private BlockDevice expand(String name, BlockDevice archive) throws IOException {
    Files.createDirectories(folder);
    // Where files are files of Unix, this one loses its name as it is opened.
    var file = folder.resolve("expanded-" + UUID.randomUUID() + ".tar");
    var out =
        FileChannel.open(
            file,
            StandardOpenOption.CREATE_NEW,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE,
            StandardOpenOption.DELETE_ON_CLOSE);
    try {
      copy(archive, out);
      return FileDevice.of(out, file);
    } catch (FormatException e) {
      out.close();
      throw e.in("archive " + name);
    } catch (IOException | RuntimeException e) {
      out.close();
      throw e;
    }
  }

  private void copy(BlockDevice archive, FileChannel out) throws IOException {
    var buffer = new byte[BUFFER_BYTES];
    var size = 0L;
    try (var tar = Decompression.open(archive.stream())) {
      for (int count = tar.read(buffer); count > 0; count = tar.read(buffer)) {
        size += count;
        if (size > maxBytes) {
          throw new LimitException(
              "expands to more than " + maxBytes + " bytes (max-archive-size)");
        }
        for (var bytes = ByteBuffer.wrap(buffer, 0, count); bytes.hasRemaining(); ) {
          out.write(bytes);
        }
      }
    }
  }
}
