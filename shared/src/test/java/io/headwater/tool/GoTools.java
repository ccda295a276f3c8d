package io.headwater.tool;

import java.nio.file.Files;
import java.nio.file.Path;

/** Clients that {@code ./headwater test} installs from Go modules (infra/test/go-tools). */
public final class GoTools {
  private GoTools() {}

  /** The program of a name. */
  public static Path find(String name) {
    var folder = System.getenv("HEADWATER_TEST_TOOLS");
    var program = Path.of(folder == null ? "." : folder, name);
    if (!Files.isExecutable(program)) {
      throw new AssertionError(program + " is missing; ./headwater test installs it");
    }
    return program;
  }
}
