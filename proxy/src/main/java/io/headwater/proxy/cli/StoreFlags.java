package io.headwater.proxy.cli;

import io.headwater.fault.FormatException;
import io.headwater.operation.OldOperations;
import io.headwater.registry.Registry;
import io.headwater.store.ContentStore;
import io.headwater.store.azure.AzureStore;
import io.headwater.store.file.FileStore;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where the registry is kept. */
final class StoreFlags {
  @Option(
      names = "--data",
      defaultValue = "data",
      description = "folder for store and uploads (default: ./${DEFAULT-VALUE})")
  private Path data = Path.of("data");

  @Option(
      names = "--azure-storage",
      description =
          "keep the store in this storage account instead: its blob endpoint, or a connection string")
  private @Nullable String azureStorage;

  @Option(
      names = "--container",
      defaultValue = "registry",
      description = "container in the account (default: ${DEFAULT-VALUE})")
  private String container = "registry";

  @Option(
      names = "--retention",
      defaultValue = "7d",
      converter = TimeSpan.class,
      description =
          "deleted images can be restored for so long; 0: not at all (default: ${DEFAULT-VALUE})")
  private Duration retention = Registry.DEFAULT_RETENTION;

  @Option(
      names = "--gc-grace",
      defaultValue = "24h",
      converter = TimeSpan.class,
      description =
          "what a push or conversion wanted within it is not garbage (default: ${DEFAULT-VALUE})")
  private Duration grace = io.headwater.registry.GarbageCollection.DEFAULT_GRACE;

  @Option(
      names = "--max-operations",
      defaultValue = "1000",
      description =
          "conversions of a repository that are over and can be looked up; the last one of an image always can (default: ${DEFAULT-VALUE})")
  private int maxOperations = OldOperations.DEFAULT_MOST;

  /** The storage account, when the registry is kept in one. */
  Optional<String> azureStorage() {
    return Optional.ofNullable(azureStorage);
  }

  Path uploads() {
    return data.resolve("uploads");
  }

  /** Where compressed archives are expanded. */
  Path expanded() {
    return data.resolve("tmp");
  }

  OldOperations operations(Registry registry) throws FormatException {
    if (maxOperations < 0) {
      throw new FormatException("max-operations is " + maxOperations + ": give 0 or more");
    }
    return new OldOperations(registry, grace, maxOperations);
  }

  Duration grace() {
    return grace;
  }

  ContentStore open() throws IOException {
    return azureStorage == null
        ? FileStore.open(data.resolve(container))
        : AzureStore.open(azureStorage, container);
  }

  Registry registry(ContentStore store) {
    return new Registry(store, retention);
  }
}
