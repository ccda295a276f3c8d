package io.headwater.source;

import io.headwater.block.BlockDevice;
import io.headwater.block.FileDevice;
import io.headwater.fault.FormatException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Opens images in files, whatever their form. */
public final class Archives {
  private Archives() {}

  /**
   * Opens an OCI layout folder, an oci-archive or a docker-archive, compressed or not.
   *
   * @param tag a name of one of its images; empty when there is but one
   * @throws FormatException if it is none of them, or has no such image
   */
  public static ImageSource open(Path path, String tag, Unpacking unpacking) throws IOException {
    if (Files.isDirectory(path)) {
      return openLayout(path, tag);
    }
    if (!Files.exists(path)) {
      throw new FormatException("there is no file or folder " + path);
    }
    return open(path.toString(), FileDevice.open(path), tag, unpacking);
  }

  /** As {@link #open(Path, String, Unpacking)}, with what the system has for compressed ones. */
  public static ImageSource open(Path path, String tag) throws IOException {
    return open(path, tag, Unpacking.ofSystem());
  }

  /** Opens an OCI layout folder. */
  public static LayoutSource openLayout(Path folder, String tag) throws IOException {
    if (!Files.exists(folder.resolve("index.json"))) {
      throw new FormatException(folder + " is no OCI layout: it has no index.json");
    }
    return LayoutSource.open(new FolderFiles(folder), tag);
  }

  /**
   * Opens an archive wherever it lies.
   *
   * @param name for messages
   * @param archive closed with the source, and when opening fails
   * @param tag a name of one of its images; empty when there is but one
   */
  public static ImageSource open(String name, BlockDevice archive, String tag, Unpacking unpacking)
      throws IOException {
    var tar = archive;
    try {
      tar = unpacking.open(name, archive);
      var files = ArchiveFiles.open(name, tar);
      if (has(files, "index.json") && has(files, "oci-layout")) {
        return LayoutSource.open(files, tag);
      }
      if (has(files, "manifest.json")) {
        return DockerArchiveSource.open(files, tag);
      }
      throw new FormatException(
          "archive "
              + name
              + " is no image: it has neither index.json (OCI) nor manifest.json (docker save)");
    } catch (IOException | RuntimeException e) {
      tar.close();
      throw e;
    }
  }

  private static boolean has(ImageFiles files, String path) throws IOException {
    return files.open(path).isPresent();
  }
}
