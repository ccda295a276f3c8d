package io.headwater.functions.local;

import io.headwater.fault.FormatException;
import io.headwater.oci.Field;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalTime;
import java.time.format.DateTimeParseException;

/**
 * What {@code host.json} says about queues (Azure Functions, "host.json reference").
 *
 * @param atOnce messages of one queue that are worked on at the same time
 * @param tries deliveries of a message before it goes to the poison queue
 * @param retryAfter a message whose function failed comes again after so long
 * @param lease a message is invisible for so long, and again for so long while its function runs;
 *     not in the file: the real host takes ten minutes
 */
record HostSettings(int atOnce, int tries, Duration retryAfter, Duration lease) {
  /** What the real host takes. */
  static final Duration LEASE = Duration.ofMinutes(10);

  /**
   * Reads the file.
   *
   * @throws FormatException if it is not of its form
   */
  static HostSettings read(Path file, Duration lease) throws IOException {
    var queues =
        Field.document(Files.readAllBytes(file), file.toString())
            .objectOrEmpty("extensions")
            .objectOrEmpty("queues");
    return new HostSettings(
        queues.field("batchSize").numberOr(16, 1, 32)
            + queues.field("newBatchThreshold").numberOr(0, 0, 1000),
        queues.field("maxDequeueCount").numberOr(5, 1, 1000),
        queues.field("visibilityTimeout").optional(HostSettings::span).orElse(Duration.ZERO),
        lease);
  }

  private static Duration span(Field field) throws FormatException {
    try {
      return Duration.between(LocalTime.MIDNIGHT, LocalTime.parse(field.text()));
    } catch (DateTimeParseException e) {
      throw field.wrong("a time like 00:00:30");
    }
  }
}
