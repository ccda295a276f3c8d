package io.headwater.functions.local;

import io.headwater.fault.FormatException;
import io.headwater.oci.Json;
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
    var json = Json.object(Files.readAllBytes(file), file.toString());
    var queues = json.path("extensions").path("queues");
    var retryAfter = queues.path("visibilityTimeout").asString("00:00:00");
    try {
      return new HostSettings(
          queues.path("batchSize").asInt(16) + queues.path("newBatchThreshold").asInt(0),
          queues.path("maxDequeueCount").asInt(5),
          Duration.between(LocalTime.MIDNIGHT, LocalTime.parse(retryAfter)),
          lease);
    } catch (DateTimeParseException e) {
      throw new FormatException(
          file + ": visibilityTimeout is '" + retryAfter + "', not a time like 00:00:30");
    }
  }
}
