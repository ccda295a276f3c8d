package io.headwater.proxy.cli;

import io.headwater.oci.Platform;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which platform of an image is meant. */
final class PlatformOption {
  @Option(names = "--platform", description = "OS/ARCH[/VARIANT] (default: this machine's)")
  private @Nullable String platform;

  Platform platform() {
    return platform == null ? ofThisMachine() : Platform.parse(platform);
  }

  private static Platform ofThisMachine() {
    var architecture = System.getProperty("os.arch");
    return Platform.of(
        "linux",
        switch (architecture) {
          case "x86_64" -> "amd64";
          case "aarch64" -> "arm64";
          default -> architecture;
        });
  }
}
