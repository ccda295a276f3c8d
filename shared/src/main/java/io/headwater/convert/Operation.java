package io.headwater.convert;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import io.headwater.oci.Digest;
import io.headwater.oci.RepositoryName;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A conversion's state, as it is kept and shown (formats/acr-contract.md, "An operation").
 *
 * @param resource {@code <repository>@<digest>}
 * @param progress percent with its sign
 * @param startTime ISO 8601, to the second
 * @param details one sentence
 * @param code why it failed; null when it did not
 * @param endTime when it ended; null before
 * @param layers those that are done, with what became of them
 * @param heartbeat when its worker last gave a sign of life
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
@JsonPropertyOrder({
  "id",
  "name",
  "resource",
  "status",
  "progress",
  "startTime",
  "details",
  "code",
  "endTime",
  "layers",
  "heartbeat"
})
public record Operation(
    String id,
    String name,
    String resource,
    Status status,
    String progress,
    String startTime,
    String details,
    @Nullable FailureCode code,
    @Nullable String endTime,
    @Nullable List<LayerEntry> layers,
    @Nullable String heartbeat) {

  /** What the contract calls it. */
  public static final String NAME = "ArtifactStreamingConversion";

  /**
   * A layer that is done.
   *
   * @param layer {@code linux/amd64 2 of 4}
   * @param digest of the original layer
   * @param bytes of the original layer
   * @param convertedBytes of the converted one
   * @param reused whether it had been converted before
   */
  public record LayerEntry(
      String layer, Digest digest, long bytes, long convertedBytes, boolean reused) {
    static LayerEntry of(ConversionListener.LayerReport report) {
      return new LayerEntry(
          report.platform() + " " + report.number() + " of " + report.of(),
          report.original().digest(),
          report.original().size(),
          report.convertedBytes(),
          report.reused());
    }
  }

  /** Where an operation is on its way. */
  public enum Status {
    NotStarted,
    Running,
    Succeeded,
    Failed,
    Canceled;

    public boolean isOver() {
      return this != NotStarted && this != Running;
    }
  }

  static Operation create(String id, RepositoryName repository, Digest digest) {
    var resource = repository + "@" + digest;
    return new Operation(
        id,
        NAME,
        resource,
        Status.NotStarted,
        "0%",
        seconds(),
        "Conversion of " + resource + " is waiting to start",
        null,
        null,
        null,
        now());
  }

  private static String now() {
    return Instant.now().toString();
  }

  private static String seconds() {
    return Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
  }

  Operation running(int percent, List<LayerEntry> layers) {
    return new Operation(
        id,
        name,
        resource,
        Status.Running,
        percent + "%",
        startTime,
        "Conversion ongoing for resource " + resource,
        null,
        null,
        layers.isEmpty() ? null : layers,
        now());
  }

  /** As it is, but free to be taken over at once. */
  Operation released() {
    return new Operation(
        id,
        name,
        resource,
        status,
        progress,
        startTime,
        details,
        code,
        endTime,
        layers,
        Instant.EPOCH.toString());
  }

  Operation ended(Status status, String details, @Nullable FailureCode code) {
    var percent = status == Status.Succeeded ? "100%" : progress;
    return new Operation(
        id, name, resource, status, percent, startTime, details, code, seconds(), layers, now());
  }

  /** As clients see it. */
  public Operation shown() {
    return new Operation(
        id, name, resource, status, progress, startTime, details, code, endTime, layers, null);
  }

  Instant lastSign() {
    return heartbeat == null ? Instant.EPOCH : Instant.parse(heartbeat);
  }

  /** The digest of the image. */
  public String digest() {
    return resource.substring(resource.indexOf('@') + 1);
  }

  /** The repository of the image. */
  public String repository() {
    return resource.substring(0, resource.indexOf('@'));
  }
}
