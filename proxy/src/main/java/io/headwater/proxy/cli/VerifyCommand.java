package io.headwater.proxy.cli;

import io.headwater.fault.Printable;
import io.headwater.verify.ArtifactVerifier;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code headwater verify}. */
@Command(
    name = "verify",
    description =
        "Checks an overlaybd image: every checksum, and every file against the original's layers, where there is an original.",
    mixinStandardHelpOptions = true)
final class VerifyCommand implements Callable<Integer> {
  @Parameters(
      paramLabel = "IMAGE",
      description = "OCI layout folder (DIR or DIR:TAG) or HOST[:PORT]/NAME[:TAG]")
  private String image = "";

  @Mixin private PlatformOption platform = new PlatformOption();
  @Mixin private FormatOptions format = new FormatOptions();

  @Override
  public Integer call() throws IOException {
    try (var streaming = StreamingImage.open(image, platform.platform())) {
      var verifier = new ArtifactVerifier(streaming.source(), format.limits());
      var original = streaming.original();
      var report =
          original.isPresent()
              ? verifier.verify(streaming.artifact(), original.get())
              : verifier.verify(streaming.artifact());
      report.differences().stream().map(Printable::of).forEach(System.out::println);
      if (report.differences().isEmpty()) {
        System.out.printf(
            original.isPresent()
                ? "%s is good: %d files are as the original has them, every checksum is right%n"
                : "%s is good by itself: %d files can be read, every checksum is right; there is no original to compare them with%n",
            streaming.stored().digest(),
            report.files());
        return 0;
      }
      System.out.printf(
          "%s is NOT good: %d differences%n",
          streaming.stored().digest(), report.differences().size());
      return 1;
    }
  }
}
