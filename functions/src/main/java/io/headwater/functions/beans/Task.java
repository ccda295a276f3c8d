package io.headwater.functions.beans;

import io.headwater.fault.FormatException;
import io.headwater.functions.Work;
import io.headwater.oci.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** Something that is done when a message or an event comes. */
interface Task {
  /** One sentence about what was done. */
  String run(String message) throws IOException, InterruptedException;

  /** Something that is done from time to time. */
  interface Timed {
    /** One sentence about what was done. */
    String run() throws IOException, InterruptedException;
  }

  /**
   * What the poison queue gets.
   *
   * @param function that could not do it
   * @param message as it came
   */
  record Poison(String function, String reason, String message) {}

  /**
   * Does what a message asks for. What is malformed is poison, and so is a conversion that failed
   * after its last try; what did not go now is thrown, so that the host delivers it again.
   */
  static Work work(String function, String message, Task task) {
    try {
      return new Work(task.run(message), null);
    } catch (FormatException | GivenUpException e) {
      var reason = String.valueOf(e.getMessage());
      var poison = Json.write(new Poison(function, reason, message));
      return new Work(reason, new String(poison, StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  /** Does something for a timer. */
  static String timed(Timed task) {
    try {
      return task.run();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  private static IllegalStateException interrupted(InterruptedException e) {
    Thread.currentThread().interrupt();
    return new IllegalStateException("the function was interrupted; it is called again", e);
  }
}
