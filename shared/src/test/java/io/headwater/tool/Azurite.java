package io.headwater.tool;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The Azure Storage emulator, blob and queue services, on free ports. One for all tests of a run;
 * it ends with them. {@code ./headwater test} installs it.
 */
public final class Azurite {
  private static final String ACCOUNT = "devstoreaccount1";

  /** The emulator's published key: no secret. */
  private static final String KEY =
      "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

  private static final Pattern LISTENING =
      Pattern.compile(
          "Azurite (Blob|Queue) service is successfully listening at http://127.0.0.1:(\\d+)");
  private static @Nullable Azurite running;

  private final int blobPort;
  private final int queuePort;

  private Azurite(int blobPort, int queuePort) {
    this.blobPort = blobPort;
    this.queuePort = queuePort;
  }

  /** The emulator of this run, started when it is first asked for. */
  public static synchronized Azurite start() throws IOException {
    if (running == null) {
      running = launch();
    }
    return running;
  }

  private static Azurite launch() throws IOException {
    var program = Command.ours("azurite/node_modules/azurite/dist/src/azurite.js");
    if (!Files.exists(program)) {
      throw new IOException(program + " is missing; ./headwater test installs it");
    }
    var process =
        new ProcessBuilder(
                "node",
                program.toString(),
                "--blobPort",
                "0",
                "--queuePort",
                "0",
                "--tablePort",
                "0",
                "--inMemoryPersistence",
                "--skipApiVersionCheck",
                "--disableTelemetry",
                "--silent")
            .redirectErrorStream(true)
            .start();
    Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
    var out =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    var blob = 0;
    var queue = 0;
    while (blob == 0 || queue == 0) {
      var line = out.readLine();
      if (line == null) {
        throw new IOException("Azurite ended before it listened");
      }
      var matcher = LISTENING.matcher(line);
      if (matcher.find()) {
        var port = Integer.parseInt(matcher.group(2));
        blob = matcher.group(1).equals("Blob") ? port : blob;
        queue = matcher.group(1).equals("Queue") ? port : queue;
      }
    }
    Thread.ofVirtual().start(() -> out.lines().forEach(line -> {}));
    return new Azurite(blob, queue);
  }

  /** The blob service's port. */
  public int blobPort() {
    return blobPort;
  }

  /** A connection string for the blob and queue services. */
  public String connectionString() {
    return connectionString(blobPort);
  }

  /** A connection string for a blob service behind another port. */
  public String connectionString(int port) {
    return "DefaultEndpointsProtocol=http;AccountName=%s;AccountKey=%s;BlobEndpoint=http://127.0.0.1:%d/%s;QueueEndpoint=http://127.0.0.1:%d/%s;"
        .formatted(ACCOUNT, KEY, port, ACCOUNT, queuePort, ACCOUNT);
  }
}
