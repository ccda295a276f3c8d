package io.headwater.tool;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What a program did.
 *
 * @param exitCode 0 when all went well
 * @param output its standard output and standard error, in the order of writing
 */
public record Command(List<String> line, int exitCode, String output) {
  /** Runs a program to its end. */
  public static Command run(Object... line) throws IOException, InterruptedException {
    var words = Arrays.stream(line).map(Object::toString).toList();
    var process = new ProcessBuilder(words).redirectErrorStream(true).start();
    process.getOutputStream().close();
    var output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Command(words, process.waitFor(), output);
  }

  /** Runs a program that has to succeed; returns what it said. */
  public static String succeed(Object... line) throws IOException, InterruptedException {
    var command = run(line);
    if (command.exitCode() != 0) {
      throw new AssertionError(
          String.join(" ", command.line())
              + " ended with "
              + command.exitCode()
              + ": "
              + command.output());
    }
    return command.output();
  }

  /** One of the project's own test programs, under infra/test. */
  public static Path ours(String name) {
    return Path.of("../infra/test").resolve(name).toAbsolutePath().normalize();
  }

  /** A line made of words and files. */
  public static Object[] line(List<?> files, Object... words) {
    var line = new ArrayList<Object>(Arrays.asList(words));
    line.addAll(files);
    return line.toArray();
  }
}
