package io.headwater.proxy.cli;

import io.headwater.convert.Artifact;
import io.headwater.convert.ImageConverter;
import io.headwater.convert.LayoutTarget;
import io.headwater.source.ImageSource;
import io.headwater.source.LayoutSource;
import io.headwater.source.LayoutWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code headwater convert}. */
@Command(
    name = "convert",
    description = "Converts an image into a streaming artifact, offline, from and to files.",
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class ConvertCommand implements Callable<Integer> {
  @Parameters(
      paramLabel = "IMAGE",
      description =
          "docker-archive, oci-archive or OCI layout folder, compressed or not; PATH or PATH:NAME, by any name that the image has in it")
  private String image = "";

  @Option(
      names = {"-o", "--output"},
      required = true,
      paramLabel = "LAYOUT",
      description = "OCI layout folder to write to")
  private Path output = Path.of("");

  @Option(
      names = "--tag",
      defaultValue = "latest",
      description = "name of the image in the layout (default: its own, or ${DEFAULT-VALUE})")
  private String tag = "latest";

  @Option(names = "--artifact-only", description = "leave the original out of the layout")
  private boolean artifactOnly;

  @Mixin private FormatOptions format = new FormatOptions();

  @Override
  public Integer call() throws IOException {
    try (var source = ImageArgument.parse(image).open(format.unpacking(besideOutput()))) {
      var layout = LayoutWriter.open(output);
      var bar = new ProgressBar(System.err);
      var artifacts = convert(source, layout, bar);
      layout.finish();
      bar.end();
      for (var artifact : artifacts) {
        System.out.printf(
            "%s %s is the streaming artifact of %s, %s%n",
            artifact.platform(),
            artifact.descriptor().digest(),
            artifact.subject().digest(),
            ByteSize.print(artifact.bytes()));
      }
      return 0;
    }
  }

  /** The disk that has room for the output. */
  private Path besideOutput() {
    var parent = output.toAbsolutePath().getParent();
    return parent == null ? output : parent;
  }

  private List<Artifact> convert(ImageSource source, LayoutWriter layout, ProgressBar bar)
      throws IOException {
    var converter = new ImageConverter(format.conversion());
    if (artifactOnly) {
      return converter.convert(source, new LayoutTarget(layout), bar);
    }
    try (var original = OriginalCopy.begin(source, layout)) {
      var artifacts = converter.convert(source, new LayoutTarget(layout, original), bar);
      original.checkOthers(bar.layersRead());
      var root = source.root();
      layout.addToIndex(
          root.descriptor().withAnnotations(Map.of(LayoutSource.REF_NAME, name(source))));
      return artifacts;
    }
  }

  private String name(ImageSource source) {
    return tag.equals("latest") && source instanceof LayoutSource layout && !layout.tag().isEmpty()
        ? layout.tag()
        : tag;
  }
}
