package io.headwater.convert;

import io.headwater.fault.FormatException;
import io.headwater.oci.Digest;
import io.headwater.oci.RepositoryName;
import io.headwater.registry.ErrorCode;
import io.headwater.registry.Registry;
import io.headwater.registry.RegistryException;
import io.headwater.source.RepositorySource;
import io.headwater.store.ConflictException;
import io.headwater.store.StoreException;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One operation at work: the conversion on one thread, its heartbeat on another. */
final class OperationRun implements ConversionListener {
  private static final Logger LOG = LoggerFactory.getLogger(OperationRun.class);

  /** A conversion that waits for its turn writes only every so many heartbeats. */
  private static final int WAITING_BEATS = 10;

  private final Registry registry;
  private final OperationLog log;
  private final ConversionOptions options;
  private final ConversionListener listener;
  private final AtomicLong total = new AtomicLong();
  private final AtomicLong done = new AtomicLong();
  private final List<Operation.LayerEntry> layers = new CopyOnWriteArrayList<>();
  private OperationLog.Entry entry;
  private @Nullable Thread worker;
  private volatile boolean working;
  private boolean stopped;
  private boolean abandoned;
  private boolean over;

  OperationRun(
      Registry registry,
      OperationLog log,
      ConversionOptions options,
      OperationLog.Entry entry,
      ConversionListener listener) {
    this.registry = registry;
    this.log = log;
    this.options = options;
    this.entry = entry;
    this.listener = listener;
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
    synchronized (this) {
      worker = Thread.currentThread();
      if (stopped) {
        return;
      }
    }
    var heart = Thread.ofVirtual().name("heartbeat").start(this::beat);
    try {
      slots.acquire();
      working = true;
      try {
        end(convert());
      } finally {
        slots.release();
      }
    } catch (InterruptedException e) {
      LOG.info("Conversion of {} was stopped", entry.operation().resource());
    } finally {
      heart.interrupt();
      leave();
    }
  }

  /**
   * Nothing is written after this. What was abandoned is released, so that nobody waits for a sign
   * of life.
   */
  private synchronized void leave() {
    if (abandoned && !over) {
      write(entry.operation().released());
    }
    over = true;
  }

  /** The state that the operation ends in; nothing when it was stopped from outside. */
  private @Nullable Operation convert() throws InterruptedException {
    var operation = entry.operation();
    listener.started(operation);
    try {
      var artifacts =
          convertImage(
              RepositoryName.parse(operation.repository()), Digest.parse(operation.digest()));
      return operation
          .running(percent(), List.copyOf(layers))
          .ended(
              Operation.Status.Succeeded,
              "Conversion of "
                  + operation.resource()
                  + " made "
                  + artifacts.size()
                  + " streaming artifact(s)",
              null);
    } catch (ConversionException e) {
      return failed(e.code(), e);
    } catch (FormatException e) {
      return failed(FailureCode.INVALID_IMAGE, e);
    } catch (IOException | RuntimeException e) {
      synchronized (this) {
        if (stopped || abandoned) {
          throw new InterruptedException();
        }
      }
      LOG.error("Conversion of {} failed", operation.resource(), e);
      return failed(FailureCode.UNKNOWN_ERROR, e);
    }
  }

  private Operation failed(FailureCode code, Exception e) {
    var message = e.getMessage() == null ? e.toString() : e.getMessage();
    return entry
        .operation()
        .running(percent(), List.copyOf(layers))
        .ended(Operation.Status.Failed, message, code);
  }

  private List<Artifact> convertImage(RepositoryName name, Digest digest) throws IOException {
    var repository = registry.repository(name);
    var root =
        repository
            .manifest(digest)
            .orElseThrow(
                () ->
                    new ConversionException(
                        FailureCode.RESOURCE_NOT_FOUND,
                        "repository '" + name + "' has no image " + digest));
    try (var source = new RepositorySource(registry.store(), repository, root)) {
      return new ImageConverter(options)
          .convert(source, new RegistryTarget(registry.store(), repository), this);
    } catch (RegistryException e) {
      if (e.code() == ErrorCode.MANIFEST_BLOB_UNKNOWN) {
        throw new FormatException(String.valueOf(e.getMessage()), e);
      }
      throw e;
    }
  }

  /** Writes progress, and stops the work when somebody else ended the operation. */
  private void beat() {
    try {
      for (int i = 1; ; i++) {
        Thread.sleep(Conversions.HEARTBEAT);
        // While it waits for its turn there is nothing to tell but that somebody has it.
        if (working || i % WAITING_BEATS == 0) {
          synchronized (this) {
            if (over) {
              return;
            }
            writeProgress();
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
      entry = log.update(entry, entry.operation().running(percent(), List.copyOf(layers)));
    } catch (ConflictException e) {
      throw e;
    } catch (StoreException e) {
      LOG.warn(
          "Progress of {} could not be written: {}", entry.operation().resource(), e.getMessage());
    }
  }

  private synchronized void end(@Nullable Operation last) {
    over = true;
    if (last != null) {
      write(last);
      LOG.info("Conversion of {} {}: {}", last.resource(), last.status(), last.details());
      listener.ended(last);
    }
  }

  private void write(Operation last) {
    // The work was stopped by an interrupt; what became of it is to be written all the same.
    var interrupted = Thread.interrupted();
    try {
      entry = log.update(entry, last);
    } catch (ConflictException e) {
      LOG.info("Operation {} was ended by somebody else", last.id());
    } catch (StoreException e) {
      LOG.error("The end of operation {} could not be written: {}", last.id(), e.getMessage());
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Stops the work: the operation was canceled. */
  synchronized void stop() {
    stopped = true;
    if (worker != null && !over) {
      worker.interrupt();
    }
  }

  /** Stops the work and leaves the operation as it is, for another process to take over. */
  synchronized void abandon() {
    abandoned = true;
    stop();
  }
}
