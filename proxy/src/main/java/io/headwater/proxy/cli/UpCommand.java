package io.headwater.proxy.cli;

import io.headwater.convert.ConversionListener;
import io.headwater.fault.FormatException;
import io.headwater.proxy.Maintenance;
import io.headwater.proxy.ProxyOptions;
import io.headwater.proxy.ProxyServer;
import io.headwater.proxy.TlsFiles;
import io.headwater.proxy.importer.UploadFolder;
import io.headwater.proxy.observe.LogRate;
import io.headwater.proxy.observe.ProxyMetrics;
import io.headwater.proxy.observe.Tracing;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
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

  @Mixin private StoreFlags stores = new StoreFlags();

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
      names = "--tls-certificate",
      description = "PEM certificate with its chain; read anew when it changes")
  private @Nullable Path certificate;

  @Option(names = "--tls-key", description = "its key, PEM of PKCS#8")
  private @Nullable Path key;

  @Option(
      names = "--stall",
      defaultValue = "60s",
      converter = TimeSpan.class,
      description =
          "a client that sends nothing for so long in the middle of a request is dropped (default: ${DEFAULT-VALUE})")
  private Duration stall = ProxyOptions.DEFAULT_STALL;

  @Option(
      names = "--shutdown",
      defaultValue = "30s",
      converter = TimeSpan.class,
      description =
          "requests under way may go on for so long at the end (default: ${DEFAULT-VALUE})")
  private Duration shutdown = ProxyOptions.DEFAULT_SHUTDOWN;

  @Option(
      names = "--maintenance",
      defaultValue = "1h",
      converter = TimeSpan.class,
      description =
          "how often garbage is collected and storage counted; 0: never (default: ${DEFAULT-VALUE})")
  private Duration maintenance = Duration.ofHours(1);

  @Option(
      names = "--storage-threshold",
      defaultValue = "500g",
      converter = ByteSize.class,
      description = "more than this stored is reported (default: ${DEFAULT-VALUE})")
  private long storageThreshold;

  @Option(
      names = "--max-blob-bytes",
      defaultValue = "1t",
      converter = ByteSize.class,
      description = "larger blobs are not taken (default: ${DEFAULT-VALUE})")
  private long maxBlobBytes;

  @Mixin private CacheFlags cache = new CacheFlags();
  @Mixin private LimitFlags limits = new LimitFlags();
  @Mixin private AccessFlags access = new AccessFlags();
  @Mixin private PlatformOption platform = new PlatformOption();
  @Mixin private FormatOptions format = new FormatOptions();
  @Mixin private ConversionPlace place = new ConversionPlace();

  @Override
  public Integer call() throws IOException, InterruptedException {
    try (var store = stores.open()) {
      var registry = stores.registry(store);
      var metrics = new ProxyMetrics();
      metrics.count(
          "headwater.log.suppressed",
          "lines that clients caused and the log does not have",
          LogRate.install(limits.logRate())::suppressed);
      var conversions = place.open(registry, format.conversion(), metrics, stores.azureStorage());
      var server =
          new ProxyServer(
              registry,
              conversions,
              place.onPush(registry, conversions),
              options(),
              metrics,
              Tracing.ofEnvironment(System.getenv()));
      var uploads =
          new UploadFolder(
              stores.uploads(),
              registry,
              conversions,
              address + ":" + server.port(),
              format.unpacking(stores.expanded()));
      // Where functions convert, their timers collect garbage too.
      var upkeep =
          new Maintenance(
              registry,
              server.storage(),
              maintenance,
              stores.grace(),
              stores.operations(registry),
              place.isHere(),
              server::cacheCounts);
      var stopped = new CountDownLatch(1);
      Runtime.getRuntime()
          .addShutdownHook(
              new Thread(
                  () -> {
                    uploads.close();
                    upkeep.close();
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
      if (place.isHere()) {
        // Elsewhere the functions' timer does it.
        server.loops().add(conversions.keepRecovering(ConversionListener.NONE));
      }
      upkeep.start().ifPresent(server.loops()::add);
      server.loops().add(uploads.start());
      stopped.await();
      return 0;
    }
  }

  private ProxyOptions options() throws FormatException {
    return new ProxyOptions(
        address,
        port,
        streamingPort,
        platform.platform(),
        access.options(),
        tls(),
        stall,
        shutdown,
        storageThreshold,
        maxBlobBytes,
        cache.options(),
        limits.limits(stall));
  }

  private Optional<TlsFiles> tls() throws FormatException {
    if (certificate == null && key == null) {
      return Optional.empty();
    }
    if (certificate == null || key == null) {
      throw new FormatException("give --tls-certificate and --tls-key together");
    }
    return Optional.of(new TlsFiles(certificate, key));
  }
}
