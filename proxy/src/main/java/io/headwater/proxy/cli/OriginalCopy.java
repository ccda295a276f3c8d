package io.headwater.proxy.cli;

import io.headwater.convert.LayoutTarget;
import io.headwater.fault.FormatException;
import io.headwater.oci.Descriptor;
import io.headwater.oci.Digest;
import io.headwater.oci.ImageIndex;
import io.headwater.oci.ImageManifest;
import io.headwater.oci.Manifest;
import io.headwater.registry.StoredManifest;
import io.headwater.source.ImageSource;
import io.headwater.source.LayoutWriter;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * An image taken into a layout with all that it refers to, beside its conversion, so that the
 * artifact can be verified against it. The conversion reads most layers and so finds out whether
 * they are of their digests; the others are looked at here. Closing it stops the copying.
 */
final class OriginalCopy implements LayoutTarget.Precondition, AutoCloseable {
  private final ExecutorService executor =
      Executors.newSingleThreadExecutor(Thread.ofPlatform().daemon().name("copy").factory());
  private final ImageSource source;
  private final LayoutWriter layout;
  private final Map<Digest, Descriptor> taken = new LinkedHashMap<>();
  private final Future<?> copying;

  private OriginalCopy(ImageSource source, LayoutWriter layout) {
    this.source = source;
    this.layout = layout;
    this.copying =
        executor.submit(
            () -> {
              copy(source.root());
              return null;
            });
  }

  static OriginalCopy begin(ImageSource source, LayoutWriter layout) {
    return new OriginalCopy(source, layout);
  }

  private void copy(StoredManifest stored) throws IOException {
    switch (stored.parse()) {
      case ImageManifest manifest -> {
        take(manifest.config());
        for (var layer : manifest.layers()) {
          if (layer.urls() == null || layer.urls().isEmpty()) {
            take(layer);
          }
        }
      }
      case ImageIndex index -> {
        // An archive may hold a part of an index: the conversion says what is not there.
        for (var child : index.manifests()) {
          var found = source.find(child);
          if (found.isPresent() && source.missingBlob(found.get()).isEmpty()) {
            copy(found.get());
          }
        }
      }
    }
    var type = Manifest.mediaTypeOf(stored.parse());
    layout.put(stored.bytes(), Descriptor.of(type, stored.digest(), stored.bytes().length));
  }

  private void take(Descriptor descriptor) throws IOException {
    layout.take(source, descriptor);
    taken.put(descriptor.digest(), descriptor);
  }

  /**
   * Looks at what nobody has looked at.
   *
   * @param known digests that are known to be right
   * @throws FormatException if a blob is not of its digest; it is removed
   */
  void checkOthers(Set<Digest> known) throws IOException {
    await();
    for (var descriptor : taken.values()) {
      if (!known.contains(descriptor.digest())) {
        layout.check(descriptor);
      }
    }
  }

  /** Waits until everything is there. */
  @Override
  public void await() throws IOException {
    try {
      copying.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("copying the original was interrupted");
    } catch (ExecutionException e) {
      throw e.getCause() instanceof IOException fault
          ? fault
          : new IOException("the original cannot be copied", e);
    }
  }

  @Override
  public void close() {
    executor.shutdownNow();
    executor.close();
  }
}
