package io.headwater.operation;

import io.headwater.convert.ConversionListener;
import io.headwater.convert.ConversionOptions;
import io.headwater.convert.ImageConverter;
import io.headwater.fault.FormatException;
import io.headwater.loop.Items;
import io.headwater.loop.Loop;
import io.headwater.oci.Digest;
import io.headwater.oci.RepositoryName;
import io.headwater.registry.Registry;
import io.headwater.store.ConflictException;
import io.headwater.store.StoreException;
import io.headwater.upstream.Upstreams;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Conversions of images in a registry, as operations that anybody can follow. For one image there
 * is one at a time, however many ask; one whose worker died is taken up again. They are worked on
 * in this process, or by whoever takes their messages from a queue ({@link ConversionWorker}). Safe
 * for use by several threads and processes.
 */
public final class Conversions implements AutoCloseable {
  /** How often a worker gives a sign of life and looks whether it was canceled. */
  static final Duration HEARTBEAT = Duration.ofMillis(500);

  private static final Duration LOOK_EVERY = Duration.ofSeconds(5);
  private static final Logger LOG = LoggerFactory.getLogger(Conversions.class);

  private final OperationLog log;
  private final Workplace work;
  private final Items recovering = new Items("operation");
  private @Nullable Loop recovery;

  private Conversions(OperationLog log, Workplace work) {
    this.log = log;
    this.work = work;
  }

  /**
   * Conversions that this process works on.
   *
   * @param parallel how many run at once
   */
  public Conversions(Registry registry, ConversionOptions options, int parallel) {
    this(registry, options, parallel, OperationListener.NONE);
  }

  /**
   * Conversions that this process works on.
   *
   * @param parallel how many run at once
   * @param observer is told of all of them, whoever starts them
   */
  public Conversions(
      Registry registry, ConversionOptions options, int parallel, OperationListener observer) {
    this.log = new OperationLog(registry.store());
    var images = new OperatedImages(registry, Upstreams.NONE, new ImageConverter(options));
    this.work = new WorkHere(images, log, parallel, observer);
  }

  /** Conversions that are sent to a queue, to be worked on elsewhere. */
  public static Conversions inQueue(
      Registry registry, Upstreams upstreams, ConversionOptions options, ConversionQueue queue) {
    var log = new OperationLog(registry.store());
    var images = new OperatedImages(registry, upstreams, new ImageConverter(options));
    return new Conversions(log, new WorkInQueue(images, log, queue));
  }

  /**
   * Starts the conversion of an image, or joins the one that is under way.
   *
   * @param listener is told how it goes on, if it is this call that starts it in this process
   */
  public Operation start(RepositoryName repository, Digest digest, ConversionListener listener)
      throws IOException {
    return start(repository, digest, null, listener);
  }

  /**
   * As {@link #start(RepositoryName, Digest, ConversionListener)}, for news that may come again:
   * what was filed for the same news is not filed again, even if it is over.
   *
   * @param cause tells this news from any other about the image; null when it is none
   */
  public Operation start(
      RepositoryName repository, Digest digest, @Nullable String cause, ConversionListener listener)
      throws IOException {
    while (true) {
      var last = log.last(repository, digest);
      var entry = last.entry();
      if (entry.isPresent() && !entry.get().operation().status().isOver()) {
        if (!work.isLost(entry.get()) || work.takeOver(entry.get(), listener)) {
          return entry.get().operation();
        }
        continue;
      }
      if (entry.isPresent()
          && cause != null
          && cause.equals(entry.get().operation().workOrNone().cause())) {
        return entry.get().operation();
      }
      try {
        return work.begin(log.create(repository, digest, "", cause, last), listener);
      } catch (ConflictException e) {
        // Somebody else was faster: look again and join.
      }
    }
  }

  /**
   * Sees to it that every operation goes on whose worker died, or whose message was lost. Returns
   * those.
   */
  public List<Operation> recover(ConversionListener listener)
      throws IOException, InterruptedException {
    var taken = new ArrayList<Operation>();
    for (var documents = log.unfinished(); documents.hasNext(); ) {
      var document = documents.next();
      // One that cannot be read or taken over leaves the others alone.
      recovering.serve(document, () -> recover(document, listener).ifPresent(taken::add));
    }
    return taken;
  }

  private Optional<Operation> recover(String document, ConversionListener listener)
      throws IOException {
    var found = log.readUnfinished(document);
    if (found.isEmpty()) {
      return Optional.empty();
    }
    var entry = OperationParts.settle(log, found.get());
    var operation = entry.operation();
    if (operation.status().isOver() || !work.isLost(entry)) {
      return Optional.empty();
    }
    if (!log.isFiled(operation)) {
      removeUnfiled(entry, listener);
      return Optional.empty();
    }
    return work.takeOver(entry, listener) ? Optional.of(operation) : Optional.empty();
  }

  /**
   * Whoever filed it died before it was the image's last one: the image has another one, or gets it
   * when what asked for it comes again. Whoever is only slow is seen by looking once more.
   */
  private void removeUnfiled(OperationLog.Entry entry, ConversionListener listener)
      throws IOException {
    var operation = entry.operation();
    try {
      log.removeUnfiled(entry);
    } catch (ConflictException e) {
      return; // it lives
    }
    if (log.isFiled(operation)) {
      start(
          RepositoryName.parse(operation.repository()), Digest.parse(operation.digest()), listener);
    }
  }

  /**
   * Looks again and again, until this is closed, for operations whose worker died, and takes them
   * over.
   *
   * @return what looks for them; closed with this
   */
  public Loop keepRecovering(ConversionListener listener) {
    var loop =
        Loop.start(
            "recovery",
            () -> {
              for (var operation : recover(listener)) {
                LOG.info("Going on with the conversion of {}", operation.resource());
              }
              return LOOK_EVERY;
            });
    recovery = loop;
    return loop;
  }

  /** The last operation for an image. */
  public Optional<Operation> last(RepositoryName repository, Digest digest)
      throws StoreException, FormatException {
    var entry = log.last(repository, digest).entry();
    return entry.isEmpty() ? Optional.empty() : Optional.of(settled(entry.get()));
  }

  private Operation settled(OperationLog.Entry entry) throws StoreException, FormatException {
    return OperationParts.settle(log, entry).operation();
  }

  /** All operations of a repository, the newest first. */
  public List<Operation> list(RepositoryName repository) throws StoreException, FormatException {
    var found = new ArrayList<Operation>();
    for (var entry : log.all(repository)) {
      found.add(settled(entry));
    }
    found.sort(Comparator.comparing(Operation::startTime).reversed());
    return found;
  }

  /** An operation by its id. */
  public Optional<Operation> find(RepositoryName repository, String id)
      throws StoreException, FormatException {
    var entry = log.find(repository.value(), id);
    return entry.isEmpty() ? Optional.empty() : Optional.of(settled(entry.get()));
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
        work.stop(id);
        for (var part : operation.parts() == null ? List.<Operation.Part>of() : operation.parts()) {
          if (part.own()) {
            cancel(repository, part.id());
          }
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
      var settled = settled(now.get());
      if (settled.status().isOver()) {
        return settled;
      }
      if (work.isLost(now.get())) {
        work.takeOver(now.get(), ConversionListener.NONE);
      }
      Thread.sleep(HEARTBEAT);
    }
  }

  /**
   * Stops everything that runs here; it counts as not finished and is taken over by the next
   * process. What is in a queue stays there.
   */
  @Override
  public void close() {
    if (recovery != null) {
      recovery.close();
    }
    work.close();
  }
}
