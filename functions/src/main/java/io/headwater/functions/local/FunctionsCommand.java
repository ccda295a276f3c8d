package io.headwater.functions.local;

import io.headwater.fault.Printable;
import io.headwater.fault.Sentence;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.springframework.format.annotation.DurationFormat.Style;
import org.springframework.format.datetime.standard.DurationFormatterUtils;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code headwater functions}. */
@Command(
    name = "functions",
    description = {
      "Runs the functions on this machine, over Azurite, which it starts, or over a storage account.",
      "Settings come from the environment, local.settings.json or local.settings.sample.json."
    },
    mixinStandardHelpOptions = true,
    sortOptions = false)
public final class FunctionsCommand implements Callable<Integer> {
  private static final String EMULATOR = "UseDevelopmentStorage=true";
  private static final String STORAGE = "HeadwaterStorage";

  @Option(
      names = "--data",
      defaultValue = "data/azurite",
      description = "folder for Azurite's files (default: ./${DEFAULT-VALUE})")
  private Path data = Path.of("data/azurite");

  @Option(
      names = "--port",
      defaultValue = "7071",
      description = "port for HTTP (default: ${DEFAULT-VALUE})")
  private int port;

  @Option(
      names = "--lease",
      defaultValue = "10m",
      description =
          "a message whose host died comes again after so long (default: ${DEFAULT-VALUE}, as in Azure)")
  private String lease = "10m";

  @Option(names = "--settings", description = "file with the app settings")
  private Optional<Path> settingsFile = Optional.empty();

  @Option(names = "--project", hidden = true, defaultValue = ".")
  private Path project = Path.of(".");

  private FunctionsCommand() {}

  /** Runs until it is stopped; the exit code is 1 when it could not start, 2 for wrong usage. */
  public static void main(String[] arguments) {
    System.exit(
        new CommandLine(new FunctionsCommand())
            .setExecutionExceptionHandler(
                (exception, command, result) -> {
                  command.getErr().println("headwater: " + sentence(exception));
                  return 1;
                })
            .execute(arguments));
  }

  private static String sentence(Throwable exception) {
    var cause = exception;
    while (!(cause instanceof IOException) && cause.getCause() != null) {
      cause = cause.getCause();
    }
    return Printable.of(Sentence.of(cause));
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    var settings = AppSettings.read(settingsFile(), System.getenv());
    var account =
        settings
            .values()
            .getOrDefault(
                STORAGE + "__blobServiceUri", settings.values().getOrDefault(STORAGE, EMULATOR));
    var azurite =
        account.equals(EMULATOR) ? Optional.of(startAzurite()) : Optional.<AzuriteProcess>empty();
    try (var host =
        new LocalHost(
            account,
            settings,
            HostSettings.read(project.resolve("functions/host.json"), lease()),
            port)) {
      var stopped = new CountDownLatch(1);
      Runtime.getRuntime()
          .addShutdownHook(
              new Thread(
                  () -> {
                    host.close();
                    azurite.ifPresent(AzuriteProcess::close);
                    stopped.countDown();
                  }));
      stopped.await();
    } finally {
      azurite.ifPresent(AzuriteProcess::close);
    }
    return 0;
  }

  private Path settingsFile() {
    var own = Path.of("local.settings.json");
    return settingsFile.orElse(
        Files.exists(own) ? own : project.resolve("local.settings.sample.json"));
  }

  private AzuriteProcess startAzurite() throws IOException {
    return AzuriteProcess.start(
        project.resolve("infra/test/azurite/node_modules/azurite/dist/src/azurite.js"), data);
  }

  private Duration lease() {
    return DurationFormatterUtils.parse(lease, Style.SIMPLE);
  }
}
