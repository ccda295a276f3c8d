package io.headwater.proxy.importer;

import io.headwater.fault.FormatException;
import io.headwater.oci.RepositoryName;
import io.headwater.oci.Tag;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * An archive in the folder.
 *
 * @param name its path below the folder, with slashes
 * @param size bytes
 * @param modified milliseconds since 1970
 */
record Upload(Path path, String name, long size, long modified) {
  static final String ENDING = ".tar";

  static Upload of(Path folder, Path path) throws IOException {
    var name = folder.relativize(path).toString().replace(path.getFileSystem().getSeparator(), "/");
    return new Upload(path, name, Files.size(path), Files.getLastModifiedTime(path).toMillis());
  }

  /** {@code <repository>} of {@code <repository>/<tag>.tar}. */
  RepositoryName repository() throws FormatException {
    var slash = name.lastIndexOf('/');
    if (slash < 0) {
      throw new FormatException(
          "put the archive into a folder named like its repository: <repository>/<tag>.tar");
    }
    return RepositoryName.parse(name.substring(0, slash));
  }

  /** {@code <tag>} of {@code <repository>/<tag>.tar}. */
  Tag tag() throws FormatException {
    return Tag.parse(name.substring(name.lastIndexOf('/') + 1, name.length() - ENDING.length()));
  }

  /** What changes when the file is written. */
  String version() {
    return size + " " + modified;
  }
}
