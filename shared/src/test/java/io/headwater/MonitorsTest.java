package io.headwater;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * Until JDK 24, a virtual thread that waits within {@code synchronized} holds on to its carrier: a
 * store that is slow would stop everything else. Locks are {@code ReentrantLock}s.
 */
class MonitorsTest {
  private static final Pattern MONITOR =
      Pattern.compile("^\\s*(?:(?!\\*|//)\\S+\\s+)*synchronized\\b[^\"]*$");

  /**
   * Their monitors guard a few fields in memory, and are asked for on event loops, which may not
   * park as a contended lock does.
   */
  private static final Set<String> IN_MEMORY = Set.of("PasswordLine.java", "Turns.java");

  @Test
  void nothingIsSynchronized() throws IOException {
    var found = new ArrayList<String>();
    var read = 0;
    for (var module : new String[] {"shared", "proxy", "functions"}) {
      try (var files = Files.walk(Path.of("..", module, "src/main/java"))) {
        for (var file :
            (Iterable<Path>) files.filter(f -> f.toString().endsWith(".java"))::iterator) {
          read++;
          for (var line : Files.readAllLines(file)) {
            if (MONITOR.matcher(line).matches()
                && !IN_MEMORY.contains(String.valueOf(file.getFileName()))) {
              found.add(file + ": " + line.strip());
            }
          }
        }
      }
    }
    assertThat(read).isGreaterThan(200);
    assertThat(found).isEmpty();
  }
}
