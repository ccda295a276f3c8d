package io.headwater.proxy.importer;

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

  /** What changes when the file is written. */
  String version() {
    return size + " " + modified;
  }
}
