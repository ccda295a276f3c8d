package io.headwater.proxy.cli;

import java.util.ArrayList;
import java.util.List;

/**
 * Runs several verbs in one process, for the JVM to learn what commands need
 * (infra/launcher/train): what it keeps comes from one process.
 */
final class Rehearsal {
  private static final String NEXT = "--next";

  private Rehearsal() {}

  /**
   * Runs verbs with their arguments, separated by {@code --next}; stops at the first that fails.
   */
  public static void main(String[] arguments) {
    var verb = new ArrayList<String>();
    for (var argument : arguments) {
      if (argument.equals(NEXT)) {
        run(verb);
        verb.clear();
      } else {
        verb.add(argument);
      }
    }
    run(verb);
  }

  private static void run(List<String> verb) {
    var code = Headwater.run(verb.toArray(String[]::new));
    if (code != 0) {
      System.exit(code);
    }
  }
}
