package io.headwater.proxy.importer;

import io.headwater.upload.UploadName;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A file in the folder.
 *
 * @param name its path below the folder, with slashes
 * @param size bytes
 * @param modified milliseconds since 1970
 */
record Upload(Path path, String name, long size, long modified) {
  static Upload of(Path folder, Path path) throws IOException {
    return new Upload(
        path, name(folder, path), Files.size(path), Files.getLastModifiedTime(path).toMillis());
  }

  static String name(Path folder, Path path) {
    return folder.relativize(path).toString().replace(path.getFileSystem().getSeparator(), "/");
  }

  /** Where it is said why it is refused. */
  Path error() {
    return path.resolveSibling(UploadName.ofError(String.valueOf(path.getFileName())));
  }

  /** What changes when the file is written. */
  String version() {
    return size + " " + modified;
  }
}
