package io.headwater.proxy.observe;

import static org.assertj.core.api.Assertions.assertThat;

import io.headwater.convert.ConversionListener;
import io.headwater.convert.ConversionOptions;
import io.headwater.oci.Digest;
import io.headwater.oci.RepositoryName;
import io.headwater.operation.Conversions;
import io.headwater.operation.Operation;
import io.headwater.registry.Registry;
import io.headwater.sample.Images;
import io.headwater.sample.Layer;
import io.headwater.sample.Tar;
import io.headwater.source.Archives;
import io.headwater.source.ImageImport;
import io.headwater.store.ContentStore;
import io.headwater.store.Meanwhile;
import io.headwater.store.StoreException;
import io.headwater.store.file.FileStore;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProxyMetricsTest {
  private static final RepositoryName NAME = new RepositoryName("team/app");

  @TempDir private Path folder = Path.of("");

  private Digest put(ContentStore store, Tar tar) throws IOException {
    var layout = Images.layout(folder.resolve("in" + System.nanoTime()), Layer.gzip(tar));
    try (var source = Archives.open(layout, "latest")) {
      return new ImageImport(source, store, new Registry(store).repository(NAME), n -> {})
          .run()
          .digest();
    }
  }

  /** Waits for the conversion's thread to be gone, too: an operation is over before that is. */
  private static void awaitNone(ProxyMetrics metrics) throws InterruptedException {
    while (!metrics.scrape().contains("headwater_conversions_running 0.0")) {
      Thread.sleep(10);
    }
  }

  @Test
  void conversionsAtWorkAreNoneAgainHoweverTheyEnd() throws Exception {
    try (var metrics = new ProxyMetrics();
        var store = FileStore.open(folder.resolve("store"))) {
      var good = put(store, new Tar().file("a", "b"));
      var bad = put(store, new Tar().hardLink("a", "nowhere"));
      var canceled = put(store, new Tar().file("c", "d"));
      var breaking = new CountDownLatch(3);
      var failing =
          Meanwhile.beforeEachPut(
              store,
              name -> name.startsWith("chains/") && breaking.getCount() > 0,
              text -> true,
              () -> {
                breaking.countDown();
                if (breaking.getCount() == 0) {
                  throw new StoreException("busy", true, new IOException("busy"));
                }
                throw new AssertionError("made up by a test");
              });
      try (var conversions =
          new Conversions(new Registry(failing), ConversionOptions.DEFAULT, 1, metrics)) {
        // Two Errors and a store that is busy, then success.
        var converted = conversions.await(conversions.start(NAME, good, ConversionListener.NONE));
        assertThat(converted.status()).isEqualTo(Operation.Status.Succeeded);
        awaitNone(metrics);
        var failed = conversions.await(conversions.start(NAME, bad, ConversionListener.NONE));
        assertThat(failed.status()).isEqualTo(Operation.Status.Failed);
        awaitNone(metrics);
        var atWork = new CountDownLatch(1);
        var goOn = new CountDownLatch(1);
        var listener =
            new ConversionListener() {
              @Override
              public void read(long bytes) {
                atWork.countDown();
                try {
                  goOn.await();
                } catch (InterruptedException e) {
                  Thread.currentThread().interrupt();
                }
              }
            };
        var operation = conversions.start(NAME, canceled, listener);
        atWork.await();
        assertThat(metrics.scrape()).contains("headwater_conversions_running 1.0");
        conversions.cancel(NAME, operation.id());
        goOn.countDown();
        awaitNone(metrics);
      }
    }
  }
}
