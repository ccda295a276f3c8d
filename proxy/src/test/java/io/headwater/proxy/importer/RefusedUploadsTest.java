package io.headwater.proxy.importer;

import static org.assertj.core.api.Assertions.assertThat;

import io.headwater.convert.ConversionOptions;
import io.headwater.oci.RepositoryName;
import io.headwater.oci.Tag;
import io.headwater.operation.Conversions;
import io.headwater.registry.Registry;
import io.headwater.sample.Images;
import io.headwater.sample.Layer;
import io.headwater.sample.Tar;
import io.headwater.source.Unpacking;
import io.headwater.store.ContentStore;
import io.headwater.store.Meanwhile;
import io.headwater.store.StoreException;
import io.headwater.store.file.FileStore;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Archives that break the importer, and those that come behind them. */
class RefusedUploadsTest {
  private static final Tag TAG = new Tag("v1");

  @TempDir private Path folder = Path.of("");
  private Path uploads = Path.of("");

  @SuppressWarnings("NullAway.Init")
  private ContentStore store;

  @BeforeEach
  void open() throws IOException {
    uploads = folder.resolve("uploads");
    store = FileStore.open(folder.resolve("store"));
  }

  private void upload(String name, byte[] content) throws IOException {
    Files.createDirectories(uploads.resolve(name).resolveSibling("x").getParent());
    Files.write(uploads.resolve(name), content);
  }

  private byte[] image() throws IOException {
    var layout = Images.layout(folder.resolve("in"), Layer.plain(new Tar().file("a", "b")));
    var tar = new Tar();
    try (var files = Files.walk(layout)) {
      for (var file : files.filter(Files::isRegularFile).toList()) {
        tar.file(layout.relativize(file).toString(), Files.readAllBytes(file));
      }
    }
    return tar.build();
  }

  private static byte[] dockerArchive(String manifest) {
    return new Tar().file("manifest.json", manifest.getBytes(StandardCharsets.UTF_8)).build();
  }

  private interface Condition {
    boolean holds() throws Exception;
  }

  private void whileWatching(ContentStore over, Condition until) throws Exception {
    var registry = new Registry(over);
    try (var conversions = new Conversions(registry, ConversionOptions.DEFAULT, 1);
        var watched =
            new UploadFolder(uploads, registry, conversions, "host", Unpacking.ofSystem())) {
      var loop = watched.start();
      while (!until.holds()) {
        assertThat(loop.hasEnded()).isFalse();
        Thread.sleep(20);
      }
    }
  }

  private boolean isThere(String repository) throws IOException {
    return new Registry(store).repository(new RepositoryName(repository)).tag(TAG).isPresent();
  }

  @Test
  void archiveThatIsNoneIsRefusedInAFileBesideItAndTheNextOneIsTaken() throws Exception {
    upload("a/v1.tar", dockerArchive("[null]"));
    upload("b/v1.tar", image());
    whileWatching(store, () -> isThere("b"));
    var error = uploads.resolve("a/v1.tar.error");
    assertThat(Files.readString(error)).startsWith("'a/v1.tar' is not imported: ");
    // A good one in its place takes the error away.
    upload("a/v1.tar", image());
    whileWatching(store, () -> isThere("a") && !Files.exists(error));
  }

  @Test
  void archiveThatEndsInAnErrorIsTakenOnceAlsoOverRestarts() throws Exception {
    var broken = new AtomicInteger();
    var breaking =
        Meanwhile.beforeEachPut(
            store,
            name -> name.contains("/a/") && name.contains("_manifests"),
            text -> true,
            () -> {
              broken.incrementAndGet();
              throw new StackOverflowError();
            });
    upload("a/v1.tar", image());
    upload("b/v1.tar", image());
    whileWatching(breaking, () -> isThere("b"));
    upload("c/v1.tar", image());
    whileWatching(breaking, () -> isThere("c"));
    assertThat(broken.get()).isEqualTo(1);
    assertThat(Files.readString(uploads.resolve("a/v1.tar.error")))
        .isEqualTo(
            "'a/v1.tar' is not imported: a fault in Headwater itself, which the log describes\n");
  }

  /** The store cannot be told that it is over with, as when it is full. */
  @Test
  void archiveThatIsRefusedIsNotTakenAgainWhereThatCannotBeRemembered() throws Exception {
    var forgotten = new AtomicInteger();
    var full =
        Meanwhile.beforeEachPut(
            store,
            name -> name.equals("uploads/a/v1.tar"),
            text -> true,
            () -> {
              forgotten.incrementAndGet();
              throw new StoreException("full", true, new IOException("No space left"));
            });
    upload("a/v1.tar", dockerArchive("[null]"));
    upload("b/v1.tar", image());
    whileWatching(full, () -> isThere("b"));
    upload("c/v1.tar", image());
    assertThat(forgotten.get()).isEqualTo(1);
  }
}
