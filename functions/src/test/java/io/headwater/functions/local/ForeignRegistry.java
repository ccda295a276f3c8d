package io.headwater.functions.local;

import io.headwater.sample.Images;
import io.headwater.tool.Command;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;

/** Another registry: distribution, as Debian has it, which knows no referrers. */
final class ForeignRegistry implements AutoCloseable {
  private final Process process;
  private final int port;

  private ForeignRegistry(Process process, int port) {
    this.process = process;
    this.port = port;
  }

  /**
   * Starts it.
   *
   * @param webhook where it sends notifications; empty for nowhere
   */
  static ForeignRegistry start(Path folder, String webhook) throws Exception {
    var port = freePort();
    var config = Files.createDirectories(folder).resolve("registry.yml");
    var notifications =
        webhook.isEmpty()
            ? ""
            : "notifications:\n  endpoints:\n    - name: headwater\n      url: "
                + webhook
                + "\n      timeout: 10s\n      threshold: 3\n      backoff: 1s\n";
    Files.writeString(
        config,
        "version: 0.1\nstorage:\n  filesystem:\n    rootdirectory: "
            + folder.resolve("data")
            + "\n  delete:\n    enabled: true\nhttp:\n  addr: 127.0.0.1:"
            + port
            + "\n"
            + notifications);
    var process =
        new ProcessBuilder("docker-registry", "serve", config.toString())
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("log").toFile())
            .start();
    FunctionsWorld.until(() -> isOpen(port));
    return new ForeignRegistry(process, port);
  }

  private static int freePort() throws IOException {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private static boolean isOpen(int port) {
    try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      return socket.isConnected();
    } catch (IOException e) {
      return false;
    }
  }

  String host() {
    return "127.0.0.1:" + port;
  }

  /** Pushes the image of a layout ({@link Images}) with skopeo. */
  void push(Path layout, String name) throws Exception {
    Command.succeed(
        "skopeo",
        "--insecure-policy",
        "copy",
        "--dest-tls-verify=false",
        "oci:" + layout + ":latest",
        "docker://" + host() + "/" + name);
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
