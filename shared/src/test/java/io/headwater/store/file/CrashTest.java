package io.headwater.store.file;

import static org.assertj.core.api.Assertions.assertThat;

import io.headwater.fault.FormatException;
import io.headwater.oci.Digest;
import io.headwater.store.Condition;
import io.headwater.store.ContentStore;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.Predicate;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The power goes at each step of a store's work, and of what nothing was forced after, the disk
 * keeps all, nothing, or some: whoever opens the store then finds everything that was acknowledged,
 * and nothing half.
 */
class CrashTest {
  private static final int SEEDS = 2;

  private static final String MARKS = "uploads-of/a/";

  /** Of an upload: a part that is made sure of when it was taken. */
  private static final int HALF = 1 << 20;

  private static final String GONE = "(none)";

  private Path temporary = Path.of("");
  private Journal journal = new Journal(temporary);
  private final List<Change> changes = new ArrayList<>();
  private final Map<String, List<String>> written = new HashMap<>();

  /**
   * A change that somebody asked for.
   *
   * @param thing a document's name, or a blob's digest
   * @param value the document's text; {@link #GONE} after a removal
   * @param begun steps of the journal before it
   * @param done steps when the store said that it is done
   */
  private record Change(String thing, String value, int begun, int done) {}

  @BeforeEach
  void choose(@TempDir Path folder) throws IOException {
    temporary = folder;
    var root = Files.createDirectories(folder.resolve("real"));
    journal = new Journal(root);
  }

  private ContentStore store() throws IOException {
    return FileStore.open(new RecordedDisk(journal).root(temporary.resolve("real/store")), 0);
  }

  /** One thing that is asked of the store. */
  private interface Work {
    void run() throws IOException;
  }

  private void change(String thing, String value, Work work) throws IOException {
    var begun = journal.size();
    work.run();
    changes.add(new Change(thing, value, begun, journal.size()));
    written.computeIfAbsent(thing, t -> new ArrayList<>(List.of(GONE))).add(value);
  }

  private void put(ContentStore store, String name, String text) throws IOException {
    change(
        name,
        text,
        () ->
            store.put(name, text.getBytes(StandardCharsets.UTF_8), "text/plain", Condition.ALWAYS));
  }

  /** A removal is sure when a later change is. */
  private void removedAtTheLatestWith(String name, ContentStore store, Work later)
      throws IOException {
    change(
        name,
        GONE,
        () -> {
          store.delete(name, Condition.ALWAYS);
          later.run();
        });
  }

  private static byte[] noise(int seed, int length) {
    var bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  private void stage(ContentStore store, byte[] front, byte[] body) throws IOException {
    var all = ByteBuffer.allocate(front.length + body.length).put(front).put(body).array();
    change(
        Digest.of(all).toString(),
        "blob",
        () -> {
          try (var stage = store.stage(front.length)) {
            stage.body().write(body);
            stage.seal(front, Optional.empty());
          }
        });
  }

  @Test
  void documentsAreAllThereAfterTheLossOfPower() throws IOException {
    var store = store();
    put(store, "repositories/deep/er/_tags/v1", "one");
    put(store, "repositories/deep/er/_tags/v1", "two");
    put(store, "repositories/deep/er/_tags/v2", "three");
    removedAtTheLatestWith(
        "repositories/deep/er/_tags/v1", store, () -> put(store, "catalog/deep/_", ""));
    put(store, "repositories/deep/er/_tags/v1", "four, and longer than before");
    put(store(), "repositories/deep/er/_tags/v3", "of another process");
    crashEverywhere();
  }

  @Test
  void blobsAreAllThereAfterTheLossOfPower() throws IOException {
    var store = store();
    stage(store, new byte[0], noise(1, 3000));
    stage(store, noise(2, 100), noise(3, 5000));
    stage(store, new byte[0], noise(1, 3000));
    put(store, "repositories/a/_layers/x", "link");
    var small = noise(6, 2000);
    var id = store.beginUpload();
    append(store, id, ByteBuffer.wrap(small));
    change(
        Digest.of(small).toString(),
        "blob",
        () -> store.upload(id).orElseThrow().seal(Digest.of(small)));
    removedAtTheLatestWith(
        "repositories/a/_layers/x", store, () -> stage(store, new byte[0], noise(5, 3000)));
    crashEverywhere();
  }

  @Test
  void uploadsGoOnWhereTheyWereAfterTheLossOfPower() throws IOException {
    var store = store();
    var content = noise(4, 2 * HALF);
    var digest = Digest.of(content);
    var id = store.beginUpload();
    store.mark(MARKS + id);
    append(store, id, ByteBuffer.wrap(content, 0, HALF));
    var first = journal.size();
    append(store, id, ByteBuffer.wrap(content, HALF, HALF));
    var second = journal.size();
    change(digest.toString(), "blob", () -> store.upload(id).orElseThrow().seal(digest));
    var sealed = changes.getFirst().begun();
    crashEverywhere();
    for (int i = first; i < sealed; i++) {
      var least = i >= second ? 2 * HALF : HALF;
      for (var survives : survivals(i)) {
        var after = crash(i, survives);
        var upload = after.upload(id).orElseThrow();
        assertThat(after.get(MARKS + id)).isPresent();
        assertThat(upload.sizeBytes()).isGreaterThanOrEqualTo(least);
        if (upload.sizeBytes() == least) {
          append(after, id, ByteBuffer.wrap(content, least, 2 * HALF - least));
          assertThat(after.upload(id).orElseThrow().seal(digest).size()).isEqualTo(2 * HALF);
        } else {
          // Bytes that nobody was told of may not be what was sent: they make no blob.
          assertThat(sealsAs(after, id, digest)).isIn(true, false);
        }
        checkBlobs(after);
      }
    }
  }

  private static boolean sealsAs(ContentStore store, String id, Digest digest) throws IOException {
    try {
      store.upload(id).orElseThrow().seal(digest);
      return true;
    } catch (FormatException e) {
      return false;
    }
  }

  private static void append(ContentStore store, String id, ByteBuffer bytes) throws IOException {
    try (var writer = store.upload(id).orElseThrow().append()) {
      writer.write(bytes);
    }
  }

  private void crashEverywhere() throws IOException {
    for (int i = 0; i <= journal.size(); i++) {
      for (var survives : survivals(i)) {
        check(crash(i, survives), i);
      }
    }
  }

  /** Which steps reach the disk that nothing was forced after. */
  private static List<Predicate<Journal.Step>> survivals(int at) {
    var all = new ArrayList<Predicate<Journal.Step>>();
    all.add(step -> false);
    all.add(step -> true);
    all.add(step -> step instanceof Journal.Step.Entry);
    all.add(step -> !(step instanceof Journal.Step.Entry));
    all.add(step -> !(step instanceof Journal.Step.Write));
    for (int seed = 0; seed < SEEDS; seed++) {
      var random = new Random(1000L * at + seed);
      all.add(step -> random.nextBoolean());
    }
    return all;
  }

  private ContentStore crash(int before, Predicate<Journal.Step> survives) throws IOException {
    var disk = Files.createTempDirectory(temporary, "after");
    journal.crash(before, survives, disk);
    // Nothing is forced to the real disk here either: that takes its time.
    return FileStore.open(new RecordedDisk(new Journal(disk)).root(disk.resolve("store")), 0);
  }

  private void check(ContentStore store, int crash) throws IOException {
    for (var thing : written.keySet()) {
      var possible = new ArrayList<String>();
      possible.add(GONE);
      for (var change : changes) {
        if (change.thing().equals(thing) && change.begun() < crash) {
          if (change.done() <= crash) {
            possible.clear();
          }
          possible.add(change.value());
        }
      }
      assertThat(now(store, thing)).as("%s after a crash at step %d", thing, crash).isIn(possible);
    }
    checkBlobs(store);
    for (var names = store.names(""); names.hasNext(); ) {
      var name = names.next();
      // Until a part of its upload was taken, a mark may be there or not.
      assertThat(name.startsWith(MARKS) || written.containsKey(name)).as(name).isTrue();
    }
  }

  private static String now(ContentStore store, String thing) throws IOException {
    if (thing.startsWith("sha256:")) {
      return store.size(Digest.parse(thing)).isPresent() ? "blob" : GONE;
    }
    return store.get(thing).map(document -> document.text()).orElse(GONE);
  }

  private static void checkBlobs(ContentStore store) throws IOException {
    for (var blobs = store.blobs(); blobs.hasNext(); ) {
      var digest = blobs.next().digest();
      try (var in = store.read(digest)) {
        assertThat(Digest.of(in.readAllBytes())).isEqualTo(digest);
      }
    }
  }
}
