package io.headwater.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The bounded attacks of infra/test/attack, on the command in a process of its own. */
@Tag("tools")
class AttackTest {
  private static final Path SCRIPT = Path.of("../infra/test/attack");

  static Stream<String> parts() {
    return Stream.of("eve", "manifests", "logins", "headers", "readers", "kills");
  }

  @ParameterizedTest
  @MethodSource("parts")
  void registryHoldsAgainst(String part) throws Exception {
    var java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    var classPath =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    var command =
        List.of(
            java,
            "-Xmx768m",
            "-XX:+ExitOnOutOfMemoryError",
            "--enable-native-access=ALL-UNNAMED",
            "-cp",
            classPath,
            "io.headwater.proxy.cli.Headwater");
    var builder = new ProcessBuilder("python3", SCRIPT.toString(), part).redirectErrorStream(true);
    builder.environment().put("HEADWATER_COMMAND", String.join(" ", command));
    var process = builder.start();
    var said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(said).isZero();
    assertThat(said).contains("attack " + part + ": held.");
  }
}
