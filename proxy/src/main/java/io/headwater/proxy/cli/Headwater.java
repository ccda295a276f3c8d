package io.headwater.proxy.cli;

import io.headwater.convert.ConversionException;
import io.headwater.fault.Printable;
import io.headwater.fault.Sentence;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The {@code headwater} command. */
@Command(
    name = "headwater",
    description = "Open artifact streaming for container images.",
    mixinStandardHelpOptions = true,
    version = "headwater 0.1.0")
public final class Headwater {
  /** The verbs, in the order in which help lists them. */
  private static final Map<String, Supplier<Object>> VERBS = new LinkedHashMap<>();

  static {
    VERBS.put("up", UpCommand::new);
    VERBS.put("convert", ConvertCommand::new);
    VERBS.put("inspect", InspectCommand::new);
    VERBS.put("verify", VerifyCommand::new);
    VERBS.put("ls", ListCommand::new);
    VERBS.put("cat", CatCommand::new);
    VERBS.put("export", ExportCommand::new);
    VERBS.put("create", StreamingCommands.Create::new);
    VERBS.put("update", StreamingCommands.Update::new);
    VERBS.put("operation", StreamingCommands.Operations::new);
    VERBS.put("referrers", StreamingCommands.Referrers::new);
    VERBS.put("import", ImportCommand::new);
    VERBS.put("deleted", StorageCommands.Deleted::new);
    VERBS.put("restore", StorageCommands.Restore::new);
    VERBS.put("storage", StorageCommands.Storage::new);
    VERBS.put("passwd", PasswordCommand::new);
    VERBS.put("gc", GarbageCommand::new);
    VERBS.put("check", CheckCommand::new);
  }

  private Headwater() {}

  /** Runs a verb and ends the process with its exit code: 0 done, 1 failed, 2 wrong usage. */
  public static void main(String[] arguments) {
    System.exit(run(arguments));
  }

  /** Runs a verb; returns its exit code. */
  public static int run(String... arguments) {
    // Else the --help behind it would be taken for our own.
    if (arguments.length > 0 && !arguments[0].startsWith("-") && !VERBS.containsKey(arguments[0])) {
      System.err.println(
          "headwater: there is no verb '"
              + Printable.of(arguments[0])
              + "'; give one of: "
              + String.join(", ", VERBS.keySet()));
      return 2;
    }
    return commandLine(arguments)
        .setDefaultValueProvider(Settings.load())
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setExecutionExceptionHandler(
            (exception, command, result) -> {
              command.getErr().println("headwater: " + Printable.of(sentence(exception)));
              return 1;
            })
        .execute(arguments);
  }

  /**
   * Describing a verb's options to the parser takes longer than parsing: only the verb that is
   * asked for is described, and all of them when help may be wanted.
   */
  private static CommandLine commandLine(String... arguments) {
    var commandLine = new CommandLine(new Headwater());
    var asked = arguments.length == 0 ? null : VERBS.get(arguments[0]);
    if (asked != null) {
      commandLine.addSubcommand(arguments[0], asked.get());
    } else {
      VERBS.forEach((name, verb) -> commandLine.addSubcommand(name, verb.get()));
    }
    return commandLine;
  }

  /** What a user is told: one sentence, never a stack trace. */
  static String sentence(Throwable exception) {
    return exception instanceof ConversionException conversion
        ? conversion.code() + ": " + Sentence.of(exception)
        : Sentence.of(exception);
  }
}
