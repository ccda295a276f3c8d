package io.headwater.proxy.cli;

import io.headwater.fault.FormatException;
import io.headwater.source.Archives;
import io.headwater.source.ArtifactSource;
import io.headwater.source.ImageReference;
import io.headwater.source.ImageSource;
import io.headwater.source.RemoteSource;
import io.headwater.source.Unpacking;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * An image on the command line.
 *
 * @param path of a layout folder or an archive
 * @param tag a name of one of its images; empty when not said
 */
record ImageArgument(Path path, String tag) {
  /**
   * {@code PATH} or {@code PATH:NAME}. Both may have colons in them: the path is the longest that
   * leads to something.
   */
  static ImageArgument parse(String text) {
    for (var end = text.length(); end > 0; end = text.lastIndexOf(':', end - 1)) {
      var path = Path.of(text.substring(0, end));
      if (end == text.length() && Files.exists(path) || isImage(path)) {
        return new ImageArgument(path, text.substring(Math.min(end + 1, text.length())));
      }
    }
    var colon = text.lastIndexOf(':');
    return colon <= 0 || text.indexOf('/', colon) >= 0
        ? new ImageArgument(Path.of(text), "")
        : new ImageArgument(Path.of(text.substring(0, colon)), text.substring(colon + 1));
  }

  /** Whether there is something that an image may be in: a folder may also be named like a host. */
  private static boolean isImage(Path path) {
    return Files.isRegularFile(path) || Files.exists(path.resolve("index.json"));
  }

  ImageSource open(Unpacking unpacking) throws IOException {
    return Archives.open(path, tag, unpacking);
  }

  /** A layout, or an image in a registry. */
  static ArtifactSource openArtifact(String text) throws IOException {
    var argument = parse(text);
    if (Files.isDirectory(argument.path())) {
      return Archives.openLayout(argument.path(), argument.tag());
    }
    if (Files.exists(argument.path())) {
      throw new FormatException(text + " is a file; give an OCI layout folder or HOST/NAME[:TAG]");
    }
    if (ImageReference.looksLikeOne(text)) {
      return RemoteSource.open(ImageReference.parse(text));
    }
    throw new FormatException(
        "'"
            + text
            + "' is neither an OCI layout folder nor an image reference HOST[:PORT]/NAME[:TAG]");
  }
}
