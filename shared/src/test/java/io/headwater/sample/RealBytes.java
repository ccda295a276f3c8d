package io.headwater.sample;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Bytes as images have them: what the JDK itself is made of, classes and native code. */
public final class RealBytes {
  /** How many. */
  public static final int LENGTH = 32 << 20;

  private RealBytes() {}

  /** Half from the modules, half from the virtual machine. */
  public static byte[] read() throws IOException {
    var bytes = new byte[LENGTH];
    var home = Path.of(System.getProperty("java.home"));
    var half = LENGTH / 2;
    try (var modules = Files.newInputStream(home.resolve("lib/modules"));
        var machine = Files.newInputStream(home.resolve("lib/server/libjvm.so"))) {
      if (modules.readNBytes(bytes, 0, half) != half
          || machine.readNBytes(bytes, half, half) != half) {
        throw new IOException("the JDK in " + home + " is smaller than expected");
      }
    }
    return bytes;
  }
}
