package io.headwater.proxy.cli;

import io.headwater.fault.FormatException;
import io.headwater.proxy.auth.Htpasswd;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code headwater passwd}. */
@Command(
    name = "passwd",
    description = "Sets a user's password, a line of the standard input, in a file for --htpasswd.",
    mixinStandardHelpOptions = true)
final class PasswordCommand implements Callable<Integer> {
  @Parameters(index = "0", paramLabel = "FILE", description = "made when it is missing")
  private Path file = Path.of("");

  @Parameters(index = "1", paramLabel = "USER", description = "name without colon")
  private String user = "";

  @Option(
      names = "--ask",
      interactive = true,
      prompt = "Password: ",
      description = "ask for it, without showing it")
  private char @Nullable [] asked;

  @Override
  public Integer call() throws IOException {
    Htpasswd.put(file, user, password());
    System.err.println("headwater: the password of " + user + " is set in " + file);
    return 0;
  }

  private String password() throws IOException {
    if (asked != null) {
      return new String(asked);
    }
    var line =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8)).readLine();
    if (line == null) {
      throw new FormatException("give the password in a line on the standard input, or --ask");
    }
    return line;
  }
}
