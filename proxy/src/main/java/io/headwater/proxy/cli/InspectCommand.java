package io.headwater.proxy.cli;

import io.headwater.lsmt.LsmtReader;
import io.headwater.overlaybd.LayerBlob;
import java.io.IOException;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code headwater inspect}. */
@Command(
    name = "inspect",
    description =
        "Shows a streaming artifact, or any overlaybd image: layers, sizes, ratios, file system.",
    mixinStandardHelpOptions = true)
final class InspectCommand implements Callable<Integer> {
  @Parameters(
      paramLabel = "IMAGE",
      description = "OCI layout folder (DIR or DIR:TAG) or HOST[:PORT]/NAME[:TAG]")
  private String image = "";

  @Mixin private PlatformOption platform = new PlatformOption();

  @Override
  public Integer call() throws IOException {
    try (var streaming = StreamingImage.open(image, platform.platform());
        var disk = streaming.openDisk()) {
      System.out.println("artifact  " + streaming.stored().digest());
      var subject = streaming.artifact().subject();
      System.out.println("subject   " + (subject == null ? "none" : subject.digest()));
      Line.print("platform  " + streaming.platform());
      System.out.printf(
          "%n%5s %12s %12s %6s %8s %6s %12s %7s%n",
          "layer", "original", "converted", "ratio", "codec", "block", "data", "ranges");
      for (int i = 0; i < disk.layers().size(); i++) {
        print(i, original(streaming, i), disk.layers().get(i));
      }
      var summary = disk.fileSystem().summary();
      System.out.printf(
          "%next4      %s device, %d-byte blocks, %s used, %d files%n",
          ByteSize.print(summary.sizeBytes()),
          summary.blockSize(),
          ByteSize.print(summary.sizeBytes() - summary.freeBlocks() * summary.blockSize()),
          summary.inodes() - summary.freeInodes());
      System.out.printf(
          "opening   took %d ranged reads, %s%n",
          streaming.traffic().requests(), ByteSize.print(streaming.traffic().bytes()));
      return 0;
    }
  }

  /** Bytes of the original's layer; empty when there is none to compare with. */
  private static OptionalLong original(StreamingImage streaming, int i) {
    return streaming.original().stream()
        .filter(image -> i < image.layers().size())
        .mapToLong(image -> image.layers().get(i).size())
        .findFirst();
  }

  private static void print(int i, OptionalLong original, LayerBlob layer) {
    var zfile = layer.zfile();
    var isKnown = original.isPresent() && original.getAsLong() > 0;
    System.out.printf(
        "%5d %12s %12s %6s %8s %6s %12s %7d%n",
        i + 1,
        isKnown ? ByteSize.print(original.getAsLong()) : "-",
        ByteSize.print(layer.sizeBytes()),
        isKnown ? "%.2f".formatted((double) layer.sizeBytes() / original.getAsLong()) : "-",
        zfile == null ? "none" : zfile.compression(),
        zfile == null ? "" : zfile.blockSize() / 1024 + "k",
        ByteSize.print(data(layer.lsmt())),
        layer.lsmt().ranges());
  }

  private static long data(LsmtReader lsmt) {
    long sectors = 0;
    for (int i = 0; i < lsmt.ranges(); i++) {
      sectors += lsmt.range(i).zeroed() ? 0 : lsmt.range(i).length();
    }
    return sectors * 512;
  }
}
