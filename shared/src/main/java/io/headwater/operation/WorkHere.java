package io.headwater.operation;

import io.headwater.convert.ConversionListener;
import io.headwater.store.ConflictException;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;

/** Operations that this process works on, some at a time, the others waiting for their turn. */
final class WorkHere implements Workplace {
  /** A worker silent for so long counts as dead. */
  static final Duration DEAD_AFTER = Duration.ofSeconds(20);

  private final OperatedImages images;
  private final OperationLog log;
  private final Semaphore slots;
  private final OperationListener observer;
  private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
  private final Map<String, OperationRun> running = new ConcurrentHashMap<>();
  private volatile boolean closed;

  WorkHere(OperatedImages images, OperationLog log, int parallel, OperationListener observer) {
    this.images = images;
    this.log = log;
    this.slots = new Semaphore(parallel);
    this.observer = observer;
  }

  @Override
  public Operation begin(OperationLog.Entry entry, ConversionListener listener) {
    var id = entry.operation().id();
    var run = new OperationRun(images, log, entry, OperationListener.both(observer, listener));
    running.put(id, run);
    if (closed) {
      run.abandon();
    }
    Runnable work =
        () -> {
          try {
            run.run(slots);
          } finally {
            running.remove(id);
          }
        };
    try {
      executor.execute(work);
    } catch (RejectedExecutionException e) {
      work.run(); // closed: all that it does is to free the operation for the next process
    }
    return entry.operation();
  }

  @Override
  public boolean isLost(OperationLog.Entry entry) {
    return !entry.operation().hasParts()
        && !running.containsKey(entry.operation().id())
        && entry.isSilent(DEAD_AFTER);
  }

  @Override
  public boolean takeOver(OperationLog.Entry entry, ConversionListener listener)
      throws IOException {
    var operation = entry.operation();
    try {
      if (Tries.areSpent(operation)) {
        log.update(entry, Tries.spent(operation));
      } else {
        begin(log.update(entry, operation.taken()), listener);
      }
      return true;
    } catch (ConflictException e) {
      return false; // another process took it, or its worker lives
    }
  }

  @Override
  public void stop(String id) {
    var run = running.get(id);
    if (run != null) {
      run.stop();
    }
  }

  /** What runs counts as not finished and is taken over by the next process. */
  @Override
  public void close() {
    // Who begins looks at this after it has put its run among those that are abandoned here.
    closed = true;
    running.values().forEach(OperationRun::abandon);
    executor.close();
  }
}
