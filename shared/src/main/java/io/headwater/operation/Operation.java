package io.headwater.operation;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import io.headwater.convert.ConversionListener;
import io.headwater.convert.FailureCode;
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
 * @param parts the operations that this one, of an index, consists of; null when it is worked on as
 *     a whole
 * @param leftOut a line for each image of an index that is not converted, and why; null when all
 *     are
 * @param work who works on it; not shown to clients
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
  "parts",
  "leftOut",
  "work"
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
    @Nullable List<Part> parts,
    @Nullable List<String> leftOut,
    @Nullable Work work) {

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

  /**
   * The operation of one image of an index.
   *
   * @param digest of the image for one platform
   * @param own whether it was filed for the index, and is canceled with it
   */
  public record Part(String digest, String id, boolean own) {}

  /**
   * Who works on an operation.
   *
   * @param sign differs whenever a worker has given a sign of life
   * @param free whether anybody may take it over at once
   * @param queued whether a message for it was sent to the queue
   * @param tries how often somebody has begun to work on it
   * @param partOf the operation of the index that it belongs to; empty when it stands alone
   * @param cause the news that it was filed for, by which the same news is known when it comes
   *     again
   */
  public record Work(
      String sign, boolean free, boolean queued, int tries, String partOf, @Nullable String cause) {
    static final Work NONE = new Work("", false, false, 0, "", null);

    private Work signed() {
      return new Work(Instant.now().toString(), false, queued, tries, partOf, cause);
    }

    private Work freed() {
      return new Work(Instant.now().toString(), true, queued, tries, partOf, cause);
    }

    private Work sent() {
      return new Work(Instant.now().toString(), false, true, tries, partOf, cause);
    }

    private Work begun() {
      return new Work(Instant.now().toString(), false, queued, tries + 1, partOf, cause);
    }

    private Work givenBack() {
      return new Work(
          Instant.now().toString(), true, queued, Math.max(0, tries - 1), partOf, cause);
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

  static Operation create(
      String id, RepositoryName repository, Digest digest, String partOf, @Nullable String cause) {
    var resource = repository + "@" + digest;
    var work = new Work(Instant.now().toString(), false, false, 0, partOf, cause);
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
        null,
        null,
        work);
  }

  private static String seconds() {
    return Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
  }

  private Operation with(
      Status status,
      String progress,
      String details,
      @Nullable List<LayerEntry> layers,
      Work work) {
    return new Operation(
        id, name, resource, status, progress, startTime, details, code, endTime, layers, parts,
        leftOut, work);
  }

  /** Somebody works on it and has come this far. */
  Operation running(int percent, List<LayerEntry> layers) {
    return with(
        Status.Running,
        percent + "%",
        "Conversion ongoing for resource " + resource,
        layers.isEmpty() ? null : layers,
        workOrNone().signed());
  }

  /** Somebody has it now and works on it when its turn comes. */
  Operation taken() {
    return running(percent(), layersOrNone());
  }

  /** Somebody begins to work on it: a try. */
  Operation begun() {
    return with(
        Status.Running,
        progress,
        "Conversion ongoing for resource " + resource,
        layers,
        workOrNone().begun());
  }

  /** Nobody works on it any more; it is tried again. */
  Operation waiting(String details) {
    return with(Status.NotStarted, progress, details, layers, workOrNone().freed());
  }

  /** As it is, but free to be taken over at once. */
  Operation released() {
    return with(status, progress, details, layers, workOrNone().freed());
  }

  /** As {@link #released}, and the try that its worker has begun does not count. */
  Operation givenBack() {
    return with(status, progress, details, layers, workOrNone().givenBack());
  }

  /** A message for it is in the queue. */
  Operation queued() {
    return with(status, progress, details, layers, workOrNone().sent());
  }

  /** It consists of others. */
  Operation of(List<Part> parts) {
    return new Operation(
        id, name, resource, status, progress, startTime, details, code, endTime, layers, parts,
        leftOut, work);
  }

  /** Images of it are not converted. */
  Operation leavingOut(List<String> lines) {
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
        parts,
        lines.isEmpty() ? null : List.copyOf(lines),
        work);
  }

  /** It made artifacts, of all images or of those that are not left out. */
  Operation succeeded(int artifacts) {
    return ended(
        Status.Succeeded,
        "Conversion of "
            + resource
            + " made "
            + artifacts
            + " streaming artifact(s)"
            + (leftOut == null ? "" : " and left out " + leftOut.size() + " image(s)"),
        null);
  }

  Operation ended(Status status, String details, @Nullable FailureCode code) {
    return new Operation(
        id,
        name,
        resource,
        status,
        status == Status.Succeeded ? "100%" : progress,
        startTime,
        details,
        code,
        seconds(),
        layers,
        parts,
        leftOut,
        workOrNone().signed());
  }

  /** As clients see it. */
  public Operation shown() {
    return new Operation(
        id, name, resource, status, progress, startTime, details, code, endTime, layers, parts,
        leftOut, null);
  }

  Work workOrNone() {
    return work == null ? Work.NONE : work;
  }

  List<String> leftOutOrNone() {
    return leftOut == null ? List.of() : leftOut;
  }

  List<LayerEntry> layersOrNone() {
    return layers == null ? List.of() : layers;
  }

  /** Whether it is of an index and consists of others. */
  boolean hasParts() {
    return parts != null;
  }

  int percent() {
    return Integer.parseInt(progress.replace("%", ""));
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
