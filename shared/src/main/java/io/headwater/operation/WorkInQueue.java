package io.headwater.operation;

import io.headwater.convert.ConversionException;
import io.headwater.convert.ConversionListener;
import io.headwater.convert.FailureCode;
import io.headwater.fault.FormatException;
import io.headwater.oci.Digest;
import io.headwater.oci.RepositoryName;
import io.headwater.store.ConflictException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Operations that whoever takes their message works on. An index becomes one message for each of
 * its images; its own operation is over when theirs are.
 */
final class WorkInQueue implements Workplace {
  /** A message that was to be sent and seems not to have been is sent after so long. */
  private static final Duration SEND_AGAIN = Duration.ofMinutes(1);

  /** A message that nobody took for so long may be lost; a second one does no harm. */
  private static final Duration LOST_MESSAGE = Duration.ofHours(6);

  private static final Logger LOG = LoggerFactory.getLogger(WorkInQueue.class);

  private final OperatedImages images;
  private final OperationLog log;
  private final ConversionQueue queue;

  WorkInQueue(OperatedImages images, OperationLog log, ConversionQueue queue) {
    this.images = images;
    this.log = log;
    this.queue = queue;
  }

  @Override
  public Operation begin(OperationLog.Entry entry, ConversionListener listener) throws IOException {
    var operation = entry.operation();
    var name = RepositoryName.parse(operation.repository());
    var digest = Digest.parse(operation.digest());
    if (operation.workOrNone().partOf().isEmpty()) {
      try {
        var leftOut = new ArrayList<String>();
        var parts = images.parts(name, digest, leftOut::add);
        if (!parts.equals(List.of(digest))) {
          return split(entry, name, parts, leftOut);
        }
      } catch (ConversionException e) {
        return log.update(entry, failed(operation, e.code(), e)).operation();
      } catch (FormatException e) {
        return log.update(entry, failed(operation, FailureCode.INVALID_IMAGE, e)).operation();
      } catch (RuntimeException | Error e) {
        // Whoever looks for what was lost comes here again: it counts, or it would for ever.
        LOG.error("{} cannot be split into its images", operation.resource(), e);
        return log.update(entry, Tries.failed(operation.begun(), e)).operation();
      }
    }
    return send(entry, name, digest);
  }

  private static Operation failed(Operation operation, FailureCode code, Exception e) {
    return operation.ended(Operation.Status.Failed, String.valueOf(e.getMessage()), code);
  }

  private Operation send(OperationLog.Entry entry, RepositoryName name, Digest digest)
      throws IOException {
    queue.send(new ConversionRequest(name, digest, entry.operation().id()));
    try {
      return log.update(entry, entry.operation().queued()).operation();
    } catch (ConflictException e) {
      return entry.operation(); // somebody has taken the message already
    }
  }

  private Operation split(
      OperationLog.Entry entry, RepositoryName name, List<Digest> digests, List<String> leftOut)
      throws IOException {
    var whole = entry.operation();
    var parts = new ArrayList<Operation.Part>();
    for (var digest : digests) {
      parts.add(part(whole, name, digest));
    }
    var split = log.update(entry, whole.of(parts).leavingOut(leftOut).queued());
    return OperationParts.settle(log, split).operation();
  }

  private Operation.Part part(Operation whole, RepositoryName name, Digest digest)
      throws IOException {
    while (true) {
      var last = log.last(name, digest);
      var entry = last.entry();
      if (entry.isPresent() && !entry.get().operation().status().isOver()) {
        var joined = entry.get().operation();
        return new Operation.Part(
            digest.toString(), joined.id(), joined.workOrNone().partOf().equals(whole.id()));
      }
      try {
        var filed = log.create(name, digest, whole.id(), null, last);
        begin(filed, ConversionListener.NONE);
        return new Operation.Part(digest.toString(), filed.operation().id(), true);
      } catch (ConflictException e) {
        // Somebody else filed one at the same time: join it.
      }
    }
  }

  @Override
  public boolean isLost(OperationLog.Entry entry) {
    var operation = entry.operation();
    if (operation.hasParts()) {
      return false;
    }
    if (operation.status() == Operation.Status.Running) {
      return entry.isSilent(WorkHere.DEAD_AFTER);
    }
    if (operation.workOrNone().free() && !operation.workOrNone().queued()) {
      return true; // whoever had it let go of it, and there is no message
    }
    var patience = operation.workOrNone().queued() ? LOST_MESSAGE : SEND_AGAIN;
    return entry.age().compareTo(patience) > 0;
  }

  @Override
  public boolean takeOver(OperationLog.Entry entry, ConversionListener listener)
      throws IOException {
    var operation = entry.operation();
    try {
      if (Tries.areSpent(operation)) {
        log.update(entry, Tries.spent(operation));
        return true;
      }
      begin(log.update(entry, operation.waiting(waiting(operation))), listener);
      return true;
    } catch (ConflictException e) {
      return false; // its worker lives, or somebody else was faster
    }
  }

  private static String waiting(Operation operation) {
    return "Conversion of " + operation.resource() + " is waiting to be taken up again";
  }

  @Override
  public void stop(String id) {
    // The worker sees it at its next heartbeat.
  }

  @Override
  public void close() {}
}
