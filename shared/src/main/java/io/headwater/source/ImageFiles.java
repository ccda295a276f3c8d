package io.headwater.source;

import io.headwater.block.BlockDevice;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/** The files that an image consists of: a folder, or a tar. */
interface ImageFiles extends Closeable {
  /** What the files are in, for messages. */
  String name();

  /** A file by its path from the top; empty when there is none. Closing it is the caller's. */
  Optional<BlockDevice> open(String path) throws IOException;

  /** A file's own path, where the files are files. */
  default Optional<Path> file(String path) {
    return Optional.empty();
  }
}
