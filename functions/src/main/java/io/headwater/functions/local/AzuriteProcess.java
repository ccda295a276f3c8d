package io.headwater.functions.local;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Azurite, the emulator of Azure Storage, started and ended by us. */
final class AzuriteProcess implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(AzuriteProcess.class);
  private static final Pattern LISTENING =
      Pattern.compile("Azurite (Blob|Queue) service is successfully listening at");
  private static final int LINES_KEPT = 5;

  private final Process process;

  private AzuriteProcess(Process process) {
    this.process = process;
  }

  /**
   * Starts it on its usual ports, for which {@code UseDevelopmentStorage=true} stands.
   *
   * @param program azurite.js
   * @param data folder for its files
   */
  static AzuriteProcess start(Path program, Path data) throws IOException {
    Files.createDirectories(data);
    var process =
        new ProcessBuilder(
                "node",
                program.toString(),
                "--silent",
                "--skipApiVersionCheck",
                "--disableTelemetry",
                "--location",
                data.toString())
            .redirectErrorStream(true)
            .start();
    var out =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    var said = new ArrayDeque<String>();
    for (var listening = 0; listening < 2; ) {
      var line = out.readLine();
      if (line == null) {
        throw new IOException("Azurite does not start: " + String.join(" ", said));
      }
      listening += LISTENING.matcher(line).find() ? 1 : 0;
      said.add(line);
      if (said.size() > LINES_KEPT) {
        said.remove();
      }
    }
    Thread.ofVirtual().start(() -> out.lines().forEach(line -> LOG.debug("{}", line)));
    LOG.info("Azurite is running: UseDevelopmentStorage=true, data in {}", data);
    return new AzuriteProcess(process);
  }

  @Override
  public void close() {
    process.destroy();
  }
}
