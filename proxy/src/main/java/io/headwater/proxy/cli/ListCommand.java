package io.headwater.proxy.cli;

import io.headwater.ext4.Ext4Reader;
import io.headwater.ext4.FileStatus;
import io.headwater.ext4.FileType;
import io.headwater.fault.FormatException;
import io.headwater.fault.Printable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code headwater ls}. */
@Command(
    name = "ls",
    description = "Lists a path inside a streaming artifact, by ranged reads only.",
    mixinStandardHelpOptions = true)
final class ListCommand implements Callable<Integer> {
  @Parameters(
      index = "0",
      paramLabel = "IMAGE",
      description = "OCI layout folder (DIR or DIR:TAG) or HOST[:PORT]/NAME[:TAG]")
  private String image = "";

  @Parameters(
      index = "1",
      paramLabel = "PATH",
      defaultValue = "/",
      description = "path from the root (default: /)")
  private String path = "/";

  @Mixin private PlatformOption platform = new PlatformOption();

  @Override
  public Integer call() throws IOException {
    try (var streaming = StreamingImage.open(image, platform.platform());
        var disk = streaming.openDisk()) {
      var files = disk.fileSystem();
      var found =
          files
              .resolve(ofCommandLine(path), false)
              .orElseThrow(() -> new FormatException("there is no " + path + " in the image"));
      if (found.type() == FileType.DIRECTORY) {
        var entries = files.list(found);
        entries.sort(Comparator.comparing(Ext4Reader.Entry::name));
        for (var entry : entries) {
          print(files, entry.name(), files.status(entry.inode()));
        }
      } else {
        print(files, ofCommandLine(path), found);
      }
      Fetched.print(streaming);
      return 0;
    }
  }

  /** Names are raw bytes, one a character; the command line's are decoded. */
  static String ofCommandLine(String text) {
    return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
  }

  private static void print(Ext4Reader files, String name, FileStatus status) throws IOException {
    var target = status.type() == FileType.SYMLINK ? " -> " + shown(files.readLink(status)) : "";
    var size =
        status.type().isDevice()
            ? status.deviceMajor() + ", " + status.deviceMinor()
            : Long.toString(status.sizeBytes());
    var line =
        "%s %3d %5d %5d %12s %s %s%s\n"
            .formatted(
                mode(status),
                status.links(),
                status.uid(),
                status.gid(),
                size,
                status.modified(),
                shown(name),
                target);
    System.out.write(line.getBytes(StandardCharsets.UTF_8));
  }

  /** A name as a terminal may be given it; bytes that are no UTF-8 as escapes. */
  private static String shown(String name) {
    var bytes = name.getBytes(StandardCharsets.ISO_8859_1);
    try {
      return Printable.of(
          StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString());
    } catch (CharacterCodingException e) {
      var escaped = new StringBuilder();
      for (var one : bytes) {
        escaped.append(one < 0 ? "\\x%02x".formatted(one) : Printable.of("" + (char) one));
      }
      return escaped.toString();
    }
  }

  private static String mode(FileStatus status) {
    var type =
        switch (status.type()) {
          case FILE -> '-';
          case DIRECTORY -> 'd';
          case CHARACTER_DEVICE -> 'c';
          case BLOCK_DEVICE -> 'b';
          case FIFO -> 'p';
          case SOCKET -> 's';
          case SYMLINK -> 'l';
        };
    var text = new StringBuilder().append(type);
    for (int bit = 8; bit >= 0; bit--) {
      text.append((status.permissions() >> bit & 1) != 0 ? "rwx".charAt((8 - bit) % 3) : '-');
    }
    special(text, 3, status.permissions(), 04000, 's', 'S');
    special(text, 6, status.permissions(), 02000, 's', 'S');
    special(text, 9, status.permissions(), 01000, 't', 'T');
    return text.toString();
  }

  private static void special(
      StringBuilder text, int at, int permissions, int bit, char with, char without) {
    if ((permissions & bit) != 0) {
      text.setCharAt(at, text.charAt(at) == 'x' ? with : without);
    }
  }
}
