package io.headwater.operation;

import io.headwater.convert.Artifact;
import io.headwater.convert.ConversionException;
import io.headwater.convert.ConversionListener;
import io.headwater.convert.FailureCode;
import io.headwater.fault.FormatException;
import io.headwater.fault.Sentence;
import io.headwater.oci.Digest;
import io.headwater.oci.RepositoryName;
import io.headwater.store.ConflictException;
import io.headwater.store.StoreException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One operation at work: the conversion on one thread, its heartbeat on another. Used once. */
final class OperationRun implements ConversionListener {
  private static final Logger LOG = LoggerFactory.getLogger(OperationRun.class);

  /** A conversion that waits for its turn writes only every so many heartbeats. */
  private static final int WAITING_BEATS = 10;

  private final ReentrantLock lock = new ReentrantLock();
  private final OperatedImages images;
  private final OperationLog log;
  private final OperationListener listener;
  private final AtomicLong total = new AtomicLong();
  private final AtomicLong done = new AtomicLong();
  private final List<Operation.LayerEntry> layers = new CopyOnWriteArrayList<>();
  private final List<String> leftOut = new CopyOnWriteArrayList<>();
  private List<Artifact> made = List.of();
  private OperationLog.Entry entry;
  private @Nullable Thread worker;
  private volatile boolean working;
  private boolean stopped;
  private boolean abandoned;
  private boolean over;

  /** Prepares it. */
  OperationRun(
      OperatedImages images,
      OperationLog log,
      OperationLog.Entry entry,
      OperationListener listener) {
    this.images = images;
    this.log = log;
    this.entry = entry;
    this.listener = listener;
  }

  /** The operation's state now. */
  Operation operation() {
    lock.lock();
    try {
      return entry.operation();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void begin(long totalBytes) {
    total.set(totalBytes);
    listener.begin(totalBytes);
  }

  @Override
  public void read(long bytes) {
    done.addAndGet(bytes);
    listener.read(bytes);
  }

  @Override
  public void passedOver(String line) {
    leftOut.add(line);
    LOG.warn("Conversion of {}: {}", operation().resource(), line);
    listener.passedOver(line);
  }

  @Override
  public void layerDone(LayerReport layer) {
    layers.add(Operation.LayerEntry.of(layer));
    listener.layerDone(layer);
  }

  /**
   * Percent by bytes read; a repetition on a larger device begins anew and is not shown as going
   * back.
   */
  private int percent() {
    return total.get() == 0 ? 0 : (int) Math.min(99, done.get() * 100 / total.get());
  }

  void run(Semaphore slots) {
    if (!enter()) {
      leave();
      return;
    }
    var heart = Thread.ofVirtual().name("heartbeat").start(this::beat);
    try {
      slots.acquire();
      try {
        work();
      } finally {
        slots.release();
      }
    } catch (InterruptedException e) {
      LOG.info("Conversion of {} was stopped", operation().resource());
    } catch (RuntimeException | Error e) {
      LOG.error("The end of the conversion of {} is not known", operation().resource(), e);
    } finally {
      heart.interrupt();
      leave();
    }
  }

  /**
   * From here on, stopping interrupts this thread.
   *
   * @return false if it was stopped before
   */
  private boolean enter() {
    lock.lock();
    try {
      worker = Thread.currentThread();
      return !stopped;
    } finally {
      lock.unlock();
    }
  }

  private void work() throws InterruptedException {
    if (!begin()) {
      return;
    }
    var begun = operation();
    try {
      end(convert(begun));
    } finally {
      listener.left(begun);
    }
  }

  /**
   * The try counts from here, before anything is done: one that takes the process with it is
   * counted all the same.
   *
   * @return false if somebody else has ended the operation or taken it
   */
  private boolean begin() {
    lock.lock();
    try {
      try {
        entry = log.update(entry, entry.operation().begun());
        working = true;
        return true;
      } catch (ConflictException e) {
        LOG.info("Operation {} was ended or taken by somebody else", entry.operation().id());
        over = true;
      } catch (StoreException | FormatException e) {
        LOG.warn(
            "Conversion of {} cannot begin and waits: {}",
            entry.operation().resource(),
            e.getMessage());
        abandoned = true;
      }
      return false;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Nothing is written after this. What was abandoned is released, so that nobody waits for a sign
   * of life.
   */
  private void leave() {
    lock.lock();
    try {
      if (abandoned && !over) {
        write(working ? entry.operation().givenBack() : entry.operation().released());
      }
      over = true;
    } finally {
      lock.unlock();
    }
  }

  /**
   * The state that the operation ends in, or waits in for another try.
   *
   * @throws InterruptedException if it was stopped from outside
   */
  private Operation convert(Operation operation) throws InterruptedException {
    try {
      listener.started(operation);
      made =
          images.convert(
              RepositoryName.parse(operation.repository()), Digest.parse(operation.digest()), this);
      return progress().succeeded(made.size());
    } catch (ConversionException e) {
      return failed(e.code(), e);
    } catch (FormatException e) {
      return failed(FailureCode.INVALID_IMAGE, e);
    } catch (Throwable e) {
      lock.lock();
      try {
        if (stopped || abandoned) {
          throw new InterruptedException();
        }
      } finally {
        lock.unlock();
      }
      var now = Tries.failed(progress(), e);
      if (!now.status().isOver() && Sentence.isExpected(e)) {
        LOG.warn("{}", now.details());
      } else {
        LOG.error("Conversion of {} failed", operation.resource(), e);
      }
      return now;
    }
  }

  private Operation progress() {
    return operation().running(percent(), List.copyOf(layers)).leavingOut(leftOut);
  }

  private Operation failed(FailureCode code, Exception e) {
    return progress().ended(Operation.Status.Failed, Sentence.of(e), code);
  }

  /** Writes progress, and stops the work when somebody else ended the operation. */
  private void beat() {
    try {
      for (int i = 1; ; i++) {
        Thread.sleep(Conversions.HEARTBEAT);
        // While it waits for its turn there is nothing to tell but that somebody has it.
        if (working || i % WAITING_BEATS == 0) {
          lock.lock();
          try {
            if (over) {
              return;
            }
            writeProgress();
          } finally {
            lock.unlock();
          }
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // the work is over
    } catch (ConflictException e) {
      stop();
    }
  }

  private void writeProgress() throws ConflictException {
    try {
      entry = log.update(entry, progress());
    } catch (ConflictException e) {
      throw e;
    } catch (Throwable e) {
      // Without its heartbeat, others would take a conversion over that lives.
      LOG.warn(
          "Progress of {} could not be written: {}", entry.operation().resource(), Sentence.of(e));
    }
  }

  private void end(Operation last) {
    lock.lock();
    try {
      over = true;
      write(last);
      if (last.status().isOver() && entry.operation().equals(last)) {
        LOG.info("Conversion of {} {}: {}", last.resource(), last.status(), last.details());
        listener.ended(last);
        fileAgainIfOvertaken(last);
      }
    } finally {
      lock.unlock();
    }
  }

  /** Who pushes an image files an operation, or finds this one not over: one of both sees it. */
  private void fileAgainIfOvertaken(Operation ended) {
    try {
      var repository = RepositoryName.parse(ended.repository());
      var digest = Digest.parse(ended.digest());
      var last = log.last(repository, digest);
      if (last.entry().filter(found -> !found.operation().equals(ended)).isEmpty()
          && images.isOvertaken(ended, made)) {
        var filed = log.create(repository, digest, "", null, last);
        var again = log.update(filed, filed.operation().released());
        LOG.info(
            "{} was deleted and pushed again while its conversion ended: operation {} waits",
            ended.resource(),
            again.operation().id());
      }
    } catch (ConflictException e) {
      // Somebody else has filed one, or has removed what was filed here: look again.
      fileAgainIfOvertaken(ended);
    } catch (StoreException | FormatException e) {
      LOG.error(
          "Whether operation {} is still true cannot be told: {}", ended.id(), e.getMessage());
    }
  }

  private void write(Operation last) {
    // The work was stopped by an interrupt; what became of it is to be written all the same.
    var interrupted = Thread.interrupted();
    try {
      entry = log.update(entry, last);
    } catch (ConflictException e) {
      LOG.info("Operation {} was ended by somebody else", last.id());
    } catch (StoreException | FormatException e) {
      LOG.error("The end of operation {} could not be written: {}", last.id(), e.getMessage());
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Stops the work: the operation was canceled. */
  void stop() {
    lock.lock();
    try {
      stopped = true;
      if (worker != null && !over) {
        worker.interrupt();
      }
    } finally {
      lock.unlock();
    }
  }

  /** Stops the work and leaves the operation as it is, for another process to take over. */
  void abandon() {
    lock.lock();
    try {
      abandoned = true;
      stop();
    } finally {
      lock.unlock();
    }
  }
}
