package io.headwater.sample;

import io.headwater.block.MemoryDevice;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPInputStream;

/** Files that the reference implementation wrote (formats/overlaybd.md §7). */
public final class Vectors {
  /** The same from each module's folder. */
  private static final Path FOLDER = Path.of("../shared/src/test/resources/vectors");

  private Vectors() {}

  /** A vector's bytes; one whose name ends in ".gz" is expanded. */
  public static byte[] bytes(String name) throws IOException {
    var bytes = Files.readAllBytes(FOLDER.resolve(name));
    if (!name.endsWith(".gz")) {
      return bytes;
    }
    try (var in = new GZIPInputStream(new ByteArrayInputStream(bytes))) {
      return in.readAllBytes();
    }
  }

  /** A vector as a device. */
  public static MemoryDevice device(String name) throws IOException {
    return new MemoryDevice(bytes(name));
  }
}
