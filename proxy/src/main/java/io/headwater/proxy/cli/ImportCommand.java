package io.headwater.proxy.cli;

import io.headwater.oci.Platform;
import io.headwater.source.ImageReference;
import io.headwater.source.ImageSource;
import io.headwater.source.ImageTransfer;
import io.headwater.source.RemotePush;
import io.headwater.source.RemoteRegistry.Credentials;
import io.headwater.source.RemoteSource;
import io.headwater.source.Unpacking;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicLong;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code headwater import}. */
@Command(
    name = "import",
    description = {
      "Copies an image from another registry, a layout or an archive into a registry.",
      "Credentials come from HEADWATER_SOURCE_USERNAME and HEADWATER_SOURCE_PASSWORD, and from HEADWATER_USERNAME and HEADWATER_PASSWORD for the target. Begun anew, it goes on with what is missing."
    },
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class ImportCommand implements Callable<Integer> {
  @Parameters(
      index = "0",
      paramLabel = "SOURCE",
      description = "HOST[:PORT]/NAME[:TAG][@DIGEST], or a layout or archive")
  private String source = "";

  @Parameters(index = "1", paramLabel = "TARGET", description = "HOST[:PORT]/NAME[:TAG]")
  private String target = "";

  @Option(
      names = "--platforms",
      split = ",",
      description = "of an index, only these images, as OS/ARCH[/VARIANT] (default: all)")
  private List<String> platforms = List.of();

  @Option(
      names = "--with-referrers",
      description = "what refers to the image too: signatures, SBOMs, streaming artifacts")
  private boolean withReferrers;

  @Override
  public Integer call() throws IOException {
    var to = ImageReference.parse(target);
    var sent = new AtomicLong();
    try (var image = open();
        var push = RemotePush.open(to, Credentials.ofEnvironment())) {
      var wanted = platforms.stream().map(Platform::parse).toList();
      var transfer = new ImageTransfer(image, push, wanted, bytes -> report(sent, bytes));
      var root = transfer.run(to.reference(), withReferrers);
      for (var missing : transfer.missing()) {
        System.err.printf(
            "%s%s is not copied: %s does not hold all of it%n",
            missing.platform() == null ? "" : missing.platform() + " ", missing.digest(), source);
      }
      System.out.printf(
          "%s is %s, %s of layers and configs%n",
          target, root.digest(), ByteSize.print(sent.get()));
      return 0;
    }
  }

  private static void report(AtomicLong sent, long bytes) {
    var now = sent.addAndGet(bytes);
    if (Boolean.getBoolean("headwater.terminal") && now >> 24 != now - bytes >> 24) {
      System.err.print("\r" + ByteSize.print(now) + "        \r");
    }
  }

  private ImageSource open() throws IOException {
    var argument = ImageArgument.parse(source);
    return Files.exists(argument.path()) || !ImageReference.looksLikeOne(source)
        ? argument.open(Unpacking.ofSystem())
        : RemoteSource.open(
            ImageReference.parse(source), Credentials.ofEnvironment("HEADWATER_SOURCE_"));
  }
}
