package io.headwater.proxy.cli;

import io.headwater.ext4.FileType;
import io.headwater.fault.FormatException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code headwater cat}. */
@Command(
    name = "cat",
    description =
        "Writes a file inside a streaming artifact to the standard output, by ranged reads only.",
    mixinStandardHelpOptions = true)
final class CatCommand implements Callable<Integer> {
  private static final int READ_BYTES = 1 << 20;

  @Parameters(
      index = "0",
      paramLabel = "IMAGE",
      description = "OCI layout folder (DIR or DIR:TAG) or HOST[:PORT]/NAME[:TAG]")
  private String image = "";

  @Parameters(index = "1", paramLabel = "PATH", description = "path from the root")
  private String path = "";

  @Mixin private PlatformOption platform = new PlatformOption();

  @Override
  public Integer call() throws IOException {
    try (var streaming = StreamingImage.open(image, platform.platform());
        var disk = streaming.openDisk()) {
      var files = disk.fileSystem();
      var file =
          files
              .resolve(ListCommand.ofCommandLine(path), true)
              .filter(found -> found.type() == FileType.FILE)
              .orElseThrow(() -> new FormatException("there is no file " + path + " in the image"));
      var content = files.content(file);
      var buffer = ByteBuffer.allocate(READ_BYTES);
      for (long at = 0; at < file.sizeBytes(); at += buffer.limit()) {
        buffer.clear().limit((int) Math.min(READ_BYTES, file.sizeBytes() - at));
        content.read(at, buffer);
        System.out.write(buffer.array(), 0, buffer.limit());
      }
      Fetched.print(streaming);
      return 0;
    }
  }
}
