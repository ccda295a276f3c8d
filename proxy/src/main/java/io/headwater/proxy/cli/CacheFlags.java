package io.headwater.proxy.cli;

import io.headwater.proxy.cache.CacheOptions;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The cache before a storage account. */
final class CacheFlags {
  @Option(
      names = "--cache-memory",
      defaultValue = "128m",
      converter = ByteSize.class,
      description =
          "chunks of blobs kept in memory, before a storage account; 0: none (default: ${DEFAULT-VALUE})")
  private long memoryBytes;

  @Option(
      names = "--cache-folder",
      description = "folder where chunks are kept too, over restarts (default: none)")
  private @Nullable Path folder;

  @Option(
      names = "--cache-folder-size",
      defaultValue = "10g",
      converter = ByteSize.class,
      description = "chunks kept there (default: ${DEFAULT-VALUE})")
  private long folderBytes;

  @Option(
      names = "--cache-chunk",
      defaultValue = "512k",
      converter = ByteSize.class,
      description = "bytes read from the store at once, 64k to 16m (default: ${DEFAULT-VALUE})")
  private long chunkBytes;

  @Option(
      names = "--cache-reads",
      defaultValue = "32",
      description = "chunks read from the store at the same time (default: ${DEFAULT-VALUE})")
  private int reads;

  CacheOptions options() {
    var chunk = (int) Math.min(chunkBytes, Integer.MAX_VALUE);
    return new CacheOptions(chunk, memoryBytes, Optional.ofNullable(folder), folderBytes, reads);
  }
}
