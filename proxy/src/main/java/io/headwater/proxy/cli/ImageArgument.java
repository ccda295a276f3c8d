package io.headwater.proxy.cli;

import io.headwater.fault.FormatException;
import io.headwater.source.Archives;
import io.headwater.source.ArtifactSource;
import io.headwater.source.ImageReference;
import io.headwater.source.ImageSource;
import io.headwater.source.RemoteSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * An image on the command line.
 *
 * @param path of a layout folder or an archive
 * @param tag which of its images; empty when not said
 */
record ImageArgument(Path path, String tag) {
  /** {@code PATH} or {@code PATH:TAG}. */
  static ImageArgument parse(String text) {
    var colon = text.lastIndexOf(':');
    if (Files.exists(Path.of(text)) || colon <= 0 || text.indexOf('/', colon) >= 0) {
      return new ImageArgument(Path.of(text), "");
    }
    return new ImageArgument(Path.of(text.substring(0, colon)), text.substring(colon + 1));
  }

  ImageSource open() throws IOException {
    return Archives.open(path, tag);
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
