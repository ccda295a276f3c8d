package io.headwater.proxy.cli;

import io.headwater.convert.ConversionException;
import java.io.IOException;
import java.io.UncheckedIOException;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The {@code headwater} command. */
@Command(
    name = "headwater",
    description = "Open artifact streaming for container images.",
    mixinStandardHelpOptions = true,
    version = "headwater 0.1.0",
    subcommands = {
      UpCommand.class,
      ConvertCommand.class,
      InspectCommand.class,
      VerifyCommand.class,
      ListCommand.class,
      CatCommand.class,
      ExportCommand.class
    })
public final class Headwater {
  private Headwater() {}

  /** Runs a verb and ends the process with its exit code: 0 done, 1 failed, 2 wrong usage. */
  public static void main(String[] arguments) {
    System.exit(run(arguments));
  }

  /** Runs a verb; returns its exit code. */
  public static int run(String... arguments) {
    return new CommandLine(new Headwater())
        .setDefaultValueProvider(Settings.load())
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setExecutionExceptionHandler(
            (exception, command, result) -> {
              command.getErr().println("headwater: " + sentence(exception));
              return 1;
            })
        .execute(arguments);
  }

  /** What a user is told: one sentence, never a stack trace. */
  static String sentence(Throwable exception) {
    Throwable cause = exception;
    if (exception instanceof UncheckedIOException && exception.getCause() != null) {
      cause = exception.getCause();
    }
    var message = cause.getMessage();
    if (cause instanceof ConversionException conversion) {
      return conversion.code() + ": " + message;
    }
    if (message == null
        || !(cause instanceof IOException) && !(cause instanceof IllegalArgumentException)) {
      return cause.toString();
    }
    return cause.getClass().getPackageName().startsWith("java.nio")
        ? cause.getClass().getSimpleName() + ": " + message
        : message;
  }
}
