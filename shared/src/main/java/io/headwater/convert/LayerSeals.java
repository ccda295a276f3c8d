package io.headwater.convert;

import io.headwater.fault.FormatException;
import io.headwater.store.Stage;
import io.headwater.store.StoredBlob;
import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Seals layers while the next one is converted: a blob's digest takes reading it back. Stages that
 * are not sealed when this is closed leave nothing behind.
 */
final class LayerSeals implements Closeable {
  private record Pending(Stage stage, Future<StoredBlob> blob) {}

  private final ExecutorService executor =
      Executors.newSingleThreadExecutor(Thread.ofPlatform().daemon().name("seal").factory());
  private final Queue<Pending> pending = new ArrayDeque<>();

  /** Begins to seal a stage, which is closed when that is done. */
  void seal(Stage stage, byte[] front) {
    pending.add(new Pending(stage, executor.submit(() -> stage.seal(front, Optional.empty()))));
  }

  /** Layers that are not sealed yet, or not asked for. */
  int pending() {
    return pending.size();
  }

  /** Waits for the layer that was begun first. */
  StoredBlob next() throws IOException {
    var oldest = pending.element();
    try {
      var blob = oldest.blob().get();
      pending.remove();
      oldest.stage().close();
      return blob;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("sealing a layer was interrupted");
    } catch (ExecutionException e) {
      throw e.getCause() instanceof FormatException format
          ? format.in("a converted layer")
          : new IOException("a layer could not be sealed: " + reason(e), e);
    }
  }

  private static String reason(ExecutionException e) {
    var cause = e.getCause();
    return cause == null || cause.getMessage() == null ? e.toString() : cause.getMessage();
  }

  @Override
  public void close() throws IOException {
    executor.shutdownNow();
    executor.close();
    for (var stage = pending.poll(); stage != null; stage = pending.poll()) {
      stage.stage().close();
    }
  }
}
