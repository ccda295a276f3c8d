package io.headwater.proxy.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/** The command in a process of its own, as users run it. */
final class HeadwaterProcess implements AutoCloseable {
  private static final Pattern LISTENING =
      Pattern.compile("Registry on 127.0.0.1:(\\d+), nodes' view on 127.0.0.1:(\\d+)");

  private static final Duration PATIENCE = Duration.ofMinutes(3);

  private final Process process;
  private final List<String> log = new ArrayList<>();
  private final Thread follower;

  private HeadwaterProcess(Process process) {
    this.process = process;
    this.follower = Thread.ofVirtual().start(this::follow);
  }

  static HeadwaterProcess start(Map<String, String> environment, Object... arguments)
      throws IOException {
    return start("768m", environment, arguments);
  }

  /** With the launcher's options, but for the heap: so many bytes, as the JVM's option has it. */
  static HeadwaterProcess start(String heap, Map<String, String> environment, Object... arguments)
      throws IOException {
    var line = new ArrayList<String>();
    line.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    line.addAll(
        List.of(
            "-Xmx" + heap,
            "-XX:+ExitOnOutOfMemoryError",
            "-Dlogback.configurationFile=logback.xml",
            "--enable-native-access=ALL-UNNAMED",
            "-cp"));
    line.add(System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")));
    line.add("io.headwater.proxy.cli.Headwater");
    Arrays.stream(arguments).map(Object::toString).forEach(line::add);
    var builder = new ProcessBuilder(line).redirectErrorStream(true);
    builder.environment().putAll(environment);
    return new HeadwaterProcess(builder.start());
  }

  /** {@code up} on free ports. */
  static HeadwaterProcess up(Path data) throws IOException {
    return start(
        Map.of("HEADWATER_PORT", "0", "HEADWATER_STREAMING_PORT", "0"), "up", "--data", data);
  }

  private void follow() {
    try (var in =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      for (var line = in.readLine(); line != null; line = in.readLine()) {
        synchronized (log) {
          log.add(line);
          log.notifyAll();
        }
      }
    } catch (IOException e) {
      // The process was killed.
    }
  }

  /** Waits for a line of output that has the pattern in it. */
  String await(String pattern) throws InterruptedException {
    var wanted = Pattern.compile(pattern);
    var end = Instant.now().plus(PATIENCE);
    synchronized (log) {
      for (int i = 0; ; ) {
        for (; i < log.size(); i++) {
          if (wanted.matcher(log.get(i)).find()) {
            return log.get(i);
          }
        }
        if (Instant.now().isAfter(end) || !process.isAlive() && i == log.size()) {
          throw new AssertionError("no '" + pattern + "' in:\n" + String.join("\n", log));
        }
        log.wait(200);
      }
    }
  }

  String log() {
    synchronized (log) {
      return String.join("\n", log);
    }
  }

  int port() throws InterruptedException {
    return port(1);
  }

  int streamingPort() throws InterruptedException {
    return port(2);
  }

  private int port(int group) throws InterruptedException {
    var matcher = LISTENING.matcher(await(LISTENING.pattern()));
    if (!matcher.find()) {
      throw new AssertionError(log());
    }
    return Integer.parseInt(matcher.group(group));
  }

  /** Kills it as the kernel does when memory is short. */
  void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  /** Asks it to end. */
  void terminate() {
    process.destroy();
  }

  /** Waits until all of its output was read. */
  void awaitEnd() throws InterruptedException {
    process.waitFor();
    follower.join();
  }

  int exitCode() throws InterruptedException {
    if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
      throw new AssertionError("still running:\n" + log());
    }
    return process.exitValue();
  }

  @Override
  public void close() throws InterruptedException {
    process.destroy();
    process.waitFor();
  }
}
