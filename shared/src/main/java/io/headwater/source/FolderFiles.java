package io.headwater.source;

import io.headwater.block.BlockDevice;
import io.headwater.block.FileDevice;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;

/** Files in a folder. */
record FolderFiles(Path folder) implements ImageFiles {
  @Override
  public String name() {
    return folder.toString();
  }

  @Override
  public Optional<BlockDevice> open(String path) throws IOException {
    try {
      return Optional.of(FileDevice.open(folder.resolve(path)));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  @Override
  public Optional<Path> file(String path) {
    return Optional.of(folder.resolve(path));
  }

  @Override
  public void close() {}
}
