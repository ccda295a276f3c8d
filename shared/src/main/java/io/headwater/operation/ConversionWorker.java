package io.headwater.operation;

import io.headwater.convert.ConversionListener;
import io.headwater.convert.ConversionOptions;
import io.headwater.convert.ImageConverter;
import io.headwater.fault.FormatException;
import io.headwater.registry.Registry;
import io.headwater.store.ConflictException;
import io.headwater.store.StoreException;
import io.headwater.upstream.Upstreams;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Works on the conversions whose messages come out of a queue. A message that comes twice, or for
 * an operation that somebody works on or that is over, does nothing. What a worker that died had
 * finished of layers is not converted again. Safe for use by several threads.
 */
public final class ConversionWorker implements AutoCloseable {
  private static final Duration CLOSING = Duration.ofSeconds(5);
  private static final Duration LOOK_EVERY = Duration.ofMillis(20);
  private static final Logger LOG = LoggerFactory.getLogger(ConversionWorker.class);

  private final OperationLog log;
  private final OperatedImages images;
  private final Conversions conversions;
  private final Semaphore slots;
  private final OperationListener observer;
  private final Map<String, OperationRun> running = new ConcurrentHashMap<>();
  private final CountDownLatch closing = new CountDownLatch(1);
  private final AtomicInteger underWay = new AtomicInteger();

  /**
   * A worker.
   *
   * @param conversions files what comes without an operation
   * @param parallel how many it works on at once; others wait for their turn
   */
  public ConversionWorker(
      Registry registry,
      Upstreams upstreams,
      ConversionOptions options,
      Conversions conversions,
      int parallel,
      OperationListener observer) {
    this.log = new OperationLog(registry.store());
    this.images = new OperatedImages(registry, upstreams, new ImageConverter(options));
    this.conversions = conversions;
    this.slots = new Semaphore(parallel);
    this.observer = observer;
  }

  /** A conversion is tried again when its message comes again. */
  public static final class TryAgainException extends IOException {
    private TryAgainException(String message) {
      super(message);
    }
  }

  /**
   * Does what a message asks for, on this thread.
   *
   * @return the operation; empty when there is none of that id any more, or somebody else works on
   *     it
   * @throws TryAgainException if it failed for a reason that may pass, and has tries left; or if
   *     this is closing
   */
  public Optional<Operation> work(ConversionRequest request)
      throws IOException, InterruptedException {
    // Counted before it looks whether this is closing; close looks at the count afterwards. So what
    // is claimed is freed, also when it is not yet at work.
    underWay.incrementAndGet();
    try {
      return workUnlessClosing(request);
    } finally {
      underWay.decrementAndGet();
    }
  }

  private Optional<Operation> workUnlessClosing(ConversionRequest request)
      throws IOException, InterruptedException {
    if (isClosing()) {
      throw ending();
    }
    if (request.operation().isEmpty()) {
      // Filed now, it comes as messages of its own.
      return Optional.of(
          conversions.start(request.repository(), request.digest(), ConversionListener.NONE));
    }
    var claimed = claim(request);
    if (claimed.isEmpty() || claimed.get().operation().status().isOver()) {
      return claimed.map(OperationLog.Entry::operation);
    }
    var operation = run(claimed.get());
    settleWhole(operation);
    if (!operation.status().isOver()) {
      throw new TryAgainException(operation.details());
    }
    return Optional.of(operation);
  }

  private boolean isClosing() {
    return closing.getCount() == 0;
  }

  private static TryAgainException ending() {
    return new TryAgainException("this process is ending");
  }

  private Optional<OperationLog.Entry> claim(ConversionRequest request)
      throws IOException, InterruptedException {
    var repository = request.repository().value();
    var first = log.find(repository, request.operation());
    var entry = first;
    while (entry.isPresent() && !entry.get().operation().status().isOver()) {
      var operation = entry.get().operation();
      if (operation.hasParts()) {
        return Optional.empty();
      }
      if (operation.status() == Operation.Status.NotStarted
          || entry.get().isSilent(WorkHere.DEAD_AFTER)) {
        try {
          return Optional.of(take(entry.get()));
        } catch (ConflictException e) {
          LOG.info("Somebody else was faster with {}", operation.resource());
        }
      } else if (!entry.get().etag().equals(first.orElseThrow().etag())) {
        LOG.info("Somebody else works on {}", operation.resource());
        return Optional.empty();
      }
      // Somebody works on it, or did so and died: a sign of life tells.
      if (closing.await(2 * Conversions.HEARTBEAT.toMillis(), TimeUnit.MILLISECONDS)) {
        throw ending();
      }
      entry = log.find(repository, request.operation());
    }
    return entry;
  }

  private OperationLog.Entry take(OperationLog.Entry entry) throws StoreException, FormatException {
    var operation = entry.operation();
    return log.update(
        entry, Tries.areSpent(operation) ? Tries.spent(operation) : operation.taken());
  }

  private Operation run(OperationLog.Entry entry) throws InterruptedException {
    var operation = entry.operation();
    var run = new OperationRun(images, log, entry, observer);
    running.put(operation.id(), run);
    if (isClosing()) {
      run.abandon();
    }
    // A thread of its own: canceling interrupts it, and the caller's stays as it is.
    var thread = Thread.ofVirtual().name("conversion").start(() -> run.run(slots));
    try {
      thread.join();
    } catch (InterruptedException e) {
      run.abandon();
      thread.join();
      throw e;
    } finally {
      running.remove(operation.id());
    }
    return log(run);
  }

  private Operation log(OperationRun run) {
    try {
      // What became of it may have been decided by others.
      var mine = run.operation();
      return log.find(mine.repository(), mine.id()).map(OperationLog.Entry::operation).orElse(mine);
    } catch (IOException e) {
      return run.operation();
    }
  }

  private void settleWhole(Operation operation) throws StoreException, FormatException {
    var whole = operation.workOrNone().partOf();
    if (!whole.isEmpty()) {
      var entry = log.find(operation.repository(), whole);
      if (entry.isPresent()) {
        OperationParts.settle(log, entry.get());
      }
    }
  }

  /**
   * Stops what runs here and frees it for others, also what is just being claimed; waits a moment
   * until that is written.
   */
  @Override
  public void close() {
    closing.countDown();
    running.values().forEach(OperationRun::abandon);
    try {
      for (var waited = Duration.ZERO;
          underWay.get() > 0 && waited.compareTo(CLOSING) < 0;
          waited = waited.plus(LOOK_EVERY)) {
        Thread.sleep(LOOK_EVERY);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // who is in a hurry gets it freed by its silence
    }
  }
}
