package io.headwater.proxy.cli;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code headwater export}. */
@Command(
    name = "export",
    description =
        "Writes the disk of a streaming artifact as a sparse raw file, to mount or to boot from.",
    mixinStandardHelpOptions = true)
final class ExportCommand implements Callable<Integer> {
  private static final int COPY_BYTES = 1 << 20;
  private static final int HOLE_BYTES = 4096;

  @Parameters(
      index = "0",
      paramLabel = "IMAGE",
      description = "OCI layout folder (DIR or DIR:TAG) or HOST[:PORT]/NAME[:TAG]")
  private String image = "";

  @Parameters(index = "1", paramLabel = "FILE", description = "file to write")
  private Path file = Path.of("");

  @Mixin private PlatformOption platform = new PlatformOption();

  @Override
  public Integer call() throws IOException {
    var unfinished = file.resolveSibling(file.getFileName() + ".unfinished");
    try (var streaming = StreamingImage.open(image, platform.platform());
        var disk = streaming.openDisk();
        var out =
            FileChannel.open(
                unfinished,
                StandardOpenOption.CREATE,
                StandardOpenOption.TRUNCATE_EXISTING,
                StandardOpenOption.WRITE)) {
      var buffer = ByteBuffer.allocate(COPY_BYTES);
      disk.disk()
          .forEachMapped(
              (offset, length) -> {
                for (long done = 0; done < length; done += buffer.limit()) {
                  buffer.clear().limit((int) Math.min(COPY_BYTES, length - done));
                  disk.disk().read(offset + done, buffer);
                  writeSparsely(out, buffer.flip(), offset + done);
                }
              });
      if (out.size() < disk.disk().sizeBytes()) {
        out.write(ByteBuffer.allocate(1), disk.disk().sizeBytes() - 1);
      }
      Files.move(unfinished, file, StandardCopyOption.REPLACE_EXISTING);
      System.out.printf("%s has %s%n", file, ByteSize.print(disk.disk().sizeBytes()));
      return 0;
    } finally {
      Files.deleteIfExists(unfinished);
    }
  }

  private static void writeSparsely(FileChannel out, ByteBuffer bytes, long offset)
      throws IOException {
    var zeros = ByteBuffer.allocate(HOLE_BYTES);
    for (int at = 0; at < bytes.limit(); at += HOLE_BYTES) {
      var part = bytes.slice(at, Math.min(HOLE_BYTES, bytes.limit() - at));
      if (part.mismatch(zeros.duplicate().limit(part.limit())) >= 0) {
        while (part.hasRemaining()) {
          out.write(part, offset + at + part.position());
        }
      }
    }
  }
}
