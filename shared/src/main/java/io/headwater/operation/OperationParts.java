package io.headwater.operation;

import io.headwater.convert.FailureCode;
import io.headwater.fault.FormatException;
import io.headwater.store.ConflictException;
import io.headwater.store.StoreException;
import java.util.ArrayList;
import java.util.List;

/** The operation of an index follows from those of its images. */
final class OperationParts {
  private OperationParts() {}

  /**
   * Brings the operation of an index up to date; any other one stays as it is.
   *
   * @return its state now
   */
  static OperationLog.Entry settle(OperationLog log, OperationLog.Entry entry)
      throws StoreException, FormatException {
    var whole = entry.operation();
    if (!whole.hasParts() || whole.status().isOver()) {
      return entry;
    }
    var now = sum(whole, parts(log, whole));
    if (now.status() == whole.status() && now.progress().equals(whole.progress())) {
      return entry;
    }
    try {
      return log.update(entry, now);
    } catch (ConflictException e) {
      // Somebody else did the same, or canceled it.
      return log.find(whole.repository(), whole.id()).orElse(entry);
    }
  }

  private static List<Operation> parts(OperationLog log, Operation whole)
      throws StoreException, FormatException {
    var found = new ArrayList<Operation>();
    for (var part : whole.parts() == null ? List.<Operation.Part>of() : whole.parts()) {
      log.find(whole.repository(), part.id())
          .map(OperationLog.Entry::operation)
          .ifPresent(found::add);
    }
    return found;
  }

  private static Operation sum(Operation whole, List<Operation> parts) {
    var layers = new ArrayList<Operation.LayerEntry>();
    var percent = 0;
    for (var part : parts) {
      layers.addAll(part.layersOrNone());
      percent += part.percent();
    }
    if (parts.stream().noneMatch(part -> part.status() != Operation.Status.NotStarted)) {
      return whole;
    }
    var running = whole.running(percent / parts.size(), layers);
    if (parts.stream().anyMatch(part -> !part.status().isOver())) {
      return running;
    }
    var made = count(parts, Operation.Status.Succeeded);
    for (var status : List.of(Operation.Status.Failed, Operation.Status.Canceled)) {
      for (var part : parts) {
        if (part.status() == status && (made == 0 || !isOfImage(part))) {
          return running.ended(status, part.details(), part.code());
        }
      }
    }
    var leftOut = new ArrayList<>(whole.leftOutOrNone());
    parts.stream()
        .filter(OperationParts::isOfImage)
        .forEach(part -> leftOut.add(part.digest() + " is left out: " + part.details()));
    return running.leavingOut(leftOut).succeeded(made);
  }

  private static int count(List<Operation> parts, Operation.Status status) {
    return (int) parts.stream().filter(part -> part.status() == status).count();
  }

  /**
   * Whether a part failed by what its image is, which no retry changes: that leaves the others
   * alone.
   */
  private static boolean isOfImage(Operation part) {
    return part.status() == Operation.Status.Failed
        && part.code() != null
        && part.code() != FailureCode.UNKNOWN_ERROR;
  }
}
