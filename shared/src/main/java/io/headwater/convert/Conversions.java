package io.headwater.convert;

import io.headwater.fault.FormatException;
import io.headwater.oci.Digest;
import io.headwater.oci.RepositoryName;
import io.headwater.registry.Registry;
import io.headwater.store.ConflictException;
import io.headwater.store.StoreException;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Conversions of images in a registry, as operations that anybody can follow. For one image there
 * is one at a time, however many ask; one whose worker died is taken over. Safe for use by several
 * threads and processes.
 */
public final class Conversions implements AutoCloseable {
  /** How often a worker gives a sign of life and looks whether it was canceled. */
  static final Duration HEARTBEAT = Duration.ofMillis(500);

  /** A worker silent for so long counts as dead. */
  private static final Duration DEAD_AFTER = Duration.ofSeconds(20);

  private static final Duration LOOK_EVERY = Duration.ofSeconds(5);
  private static final Logger LOG = LoggerFactory.getLogger(Conversions.class);

  private final Registry registry;
  private final OperationLog log;
  private final ConversionOptions options;
  private final Semaphore slots;
  private final ConversionListener observer;
  private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
  private final Map<String, OperationRun> running = new ConcurrentHashMap<>();
  private @Nullable Thread recovery;

  /**
   * Conversions in a registry.
   *
   * @param parallel how many run at once in this process
   */
  public Conversions(Registry registry, ConversionOptions options, int parallel) {
    this(registry, options, parallel, ConversionListener.NONE);
  }

  /**
   * Conversions in a registry.
   *
   * @param observer is told of all of them, whoever starts them
   */
  public Conversions(
      Registry registry, ConversionOptions options, int parallel, ConversionListener observer) {
    this.observer = observer;
    this.registry = registry;
    this.log = new OperationLog(registry.store());
    this.options = options;
    this.slots = new Semaphore(parallel);
  }

  /**
   * Starts the conversion of an image, or joins the one that is under way.
   *
   * @param listener is told how it goes on, if it is this call that starts it
   */
  public Operation start(RepositoryName repository, Digest digest, ConversionListener listener)
      throws IOException {
    while (true) {
      var last = log.last(repository, digest);
      if (last.isPresent() && !last.get().operation().status().isOver()) {
        if (!isDead(last.get().operation())) {
          return last.get().operation();
        }
        if (takeOver(last.get(), listener)) {
          return last.get().operation();
        }
        continue;
      }
      try {
        var entry =
            log.create(
                Operation.create(UUID.randomUUID().toString(), repository, digest),
                repository,
                digest);
        run(entry, listener);
        return entry.operation();
      } catch (ConflictException e) {
        // Somebody else was faster: look again and join.
      }
    }
  }

  private boolean isDead(Operation operation) {
    return !running.containsKey(operation.id())
        && operation.lastSign().isBefore(Instant.now().minus(DEAD_AFTER));
  }

  private boolean takeOver(OperationLog.Entry entry, ConversionListener listener)
      throws StoreException {
    try {
      run(log.update(entry, entry.operation().running(0, List.of())), listener);
      return true;
    } catch (ConflictException e) {
      return false; // another process took it, or its worker lives
    }
  }

  private void run(OperationLog.Entry entry, ConversionListener listener) {
    var run =
        new OperationRun(
            registry, log, options, entry, ConversionListener.both(observer, listener));
    running.put(entry.operation().id(), run);
    executor.execute(
        () -> {
          try {
            run.run(slots);
          } finally {
            running.remove(entry.operation().id());
          }
        });
  }

  /** Takes over every operation whose worker died. Returns those that were taken. */
  public List<Operation> recover(ConversionListener listener) throws IOException {
    var taken = new ArrayList<Operation>();
    for (var entry : log.unfinished()) {
      if (isDead(entry.operation()) && takeOver(entry, listener)) {
        taken.add(entry.operation());
      }
    }
    return taken;
  }

  /**
   * Looks again and again, until this is closed, for operations whose worker died, and takes them
   * over.
   */
  public void keepRecovering(ConversionListener listener) {
    recovery = Thread.ofVirtual().name("recovery").start(() -> recoverUntilClosed(listener));
  }

  private void recoverUntilClosed(ConversionListener listener) {
    try {
      while (true) {
        try {
          for (var operation : recover(listener)) {
            LOG.info("Going on with the conversion of {}", operation.resource());
          }
        } catch (IOException e) {
          LOG.warn("Conversions that nobody works on cannot be looked for: {}", e.getMessage());
        }
        Thread.sleep(LOOK_EVERY);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // closed
    }
  }

  /** The last operation for an image. */
  public Optional<Operation> last(RepositoryName repository, Digest digest)
      throws StoreException, FormatException {
    return log.last(repository, digest).map(OperationLog.Entry::operation);
  }

  /** All operations of a repository, the newest first. */
  public List<Operation> list(RepositoryName repository) throws StoreException, FormatException {
    var found = new ArrayList<Operation>();
    for (var entry : log.all(repository)) {
      found.add(entry.operation());
    }
    found.sort(Comparator.comparing(Operation::startTime).reversed());
    return found;
  }

  /** An operation by its id. */
  public Optional<Operation> find(RepositoryName repository, String id)
      throws StoreException, FormatException {
    return log.find(repository.value(), id).map(OperationLog.Entry::operation);
  }

  /**
   * Cancels an operation, wherever it runs; one that is over stays as it is.
   *
   * @return its state now; empty when there is none of that id
   */
  public Optional<Operation> cancel(RepositoryName repository, String id)
      throws StoreException, FormatException {
    while (true) {
      var entry = log.find(repository.value(), id);
      if (entry.isEmpty() || entry.get().operation().status().isOver()) {
        return entry.map(OperationLog.Entry::operation);
      }
      var operation = entry.get().operation();
      try {
        var canceled =
            operation.ended(
                Operation.Status.Canceled,
                "Conversion of " + operation.resource() + " was canceled",
                null);
        log.update(entry.get(), canceled);
        var run = running.get(id);
        if (run != null) {
          run.stop();
        }
        return Optional.of(canceled);
      } catch (ConflictException e) {
        // The worker wrote its progress in between: once more.
      }
    }
  }

  /** Waits for an operation to end, wherever it runs. */
  public Operation await(Operation operation) throws IOException, InterruptedException {
    while (true) {
      var now = log.find(operation.repository(), operation.id());
      if (now.isEmpty()) {
        throw new StoreException(
            "operation " + operation.id() + " is gone", false, new IOException("no document"));
      }
      if (now.get().operation().status().isOver()) {
        return now.get().operation();
      }
      if (isDead(now.get().operation())) {
        takeOver(now.get(), ConversionListener.NONE);
      }
      Thread.sleep(HEARTBEAT);
    }
  }

  /**
   * Stops everything that runs here; it counts as not finished and is taken over by the next
   * process.
   */
  @Override
  public void close() {
    if (recovery != null) {
      recovery.interrupt();
    }
    running.values().forEach(OperationRun::abandon);
    executor.close();
  }
}
