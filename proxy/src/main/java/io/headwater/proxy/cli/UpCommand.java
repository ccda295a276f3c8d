package io.headwater.proxy.cli;

import io.headwater.convert.ConversionListener;
import io.headwater.convert.Conversions;
import io.headwater.proxy.ProxyServer;
import io.headwater.proxy.importer.UploadFolder;
import io.headwater.registry.Registry;
import io.headwater.store.ContentStore;
import io.headwater.store.azure.AzureStore;
import io.headwater.store.file.FileStore;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code headwater up}. */
@Command(
    name = "up",
    description = "Runs registry, importer, converter and proxy in one process.",
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class UpCommand implements Callable<Integer> {
  private static final Logger LOG = LoggerFactory.getLogger(UpCommand.class);

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
      names = "--address",
      defaultValue = "127.0.0.1",
      description = "address to listen on (default: ${DEFAULT-VALUE})")
  private String address = "127.0.0.1";

  @Option(
      names = "--port",
      defaultValue = "5000",
      description = "port of the registry (default: ${DEFAULT-VALUE})")
  private int port;

  @Option(
      names = "--streaming-port",
      defaultValue = "8578",
      description = "port of the nodes' view (default: ${DEFAULT-VALUE})")
  private int streamingPort;

  @Option(
      names = "--parallel",
      defaultValue = "1",
      description = "conversions at the same time (default: ${DEFAULT-VALUE})")
  private int parallel;

  @Mixin private PlatformOption platform = new PlatformOption();
  @Mixin private FormatOptions format = new FormatOptions();

  @Override
  public Integer call() throws IOException, InterruptedException {
    try (var store = store()) {
      var registry = new Registry(store);
      var server = ProxyServer.start(registry, address, port, streamingPort, platform.platform());
      var conversions = new Conversions(registry, format.conversion(), parallel);
      var uploads =
          new UploadFolder(
              data.resolve("uploads"), registry, conversions, address + ":" + server.port());
      var stopped = new CountDownLatch(1);
      Runtime.getRuntime()
          .addShutdownHook(
              new Thread(
                  () -> {
                    uploads.close();
                    conversions.close();
                    server.close();
                    stopped.countDown();
                  }));
      LOG.info(
          "Registry on {}:{}, nodes' view on {}:{}",
          address,
          server.port(),
          address,
          server.streamingPort());
      conversions.keepRecovering(ConversionListener.NONE);
      uploads.start();
      stopped.await();
      return 0;
    }
  }

  private ContentStore store() throws IOException {
    return azureStorage == null
        ? FileStore.open(data.resolve(container))
        : AzureStore.open(azureStorage, container);
  }
}
