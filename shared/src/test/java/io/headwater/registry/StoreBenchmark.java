package io.headwater.registry;

import io.headwater.oci.Digest;
import io.headwater.oci.MediaTypes;
import io.headwater.oci.RepositoryName;
import io.headwater.oci.Tag;
import io.headwater.store.file.FileStore;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** What infra/bench/store/run measures. */
public final class StoreBenchmark {
  private static final int PAGE = 1000;
  private static final int REPOSITORIES = 10;
  private static final int LAYERS = 9;
  private static final String LONG_AGO = "2020-01-01T00:00:00Z";

  private final Path folder;

  private StoreBenchmark(Path folder) {
    this.folder = folder;
  }

  /** A folder, what to measure, and how many. */
  public static void main(String[] arguments) throws Exception {
    var benchmark = new StoreBenchmark(Path.of(arguments[0]));
    var count = Integer.parseInt(arguments[2]);
    switch (arguments[1]) {
      case "pages" -> benchmark.pages(count);
      case "collect" -> benchmark.collect(count);
      case "push" -> benchmark.push(count, Integer.parseInt(arguments[3]));
      default -> throw new IllegalArgumentException("pages, collect or push");
    }
  }

  private static void say(String text, Object... values) {
    System.out.printf(text + "%n", values);
  }

  private static double millis(long since) {
    return (System.nanoTime() - since) / 1e6;
  }

  private void pages(int count) throws Exception {
    var registry = new Registry(FileStore.open(folder));
    var repository = registry.repository(new RepositoryName("many"));
    var tags = Files.createDirectories(folder.resolve("repositories/many/_tags"));
    for (int i = 0; i < count; i++) {
      Files.writeString(tags.resolve("v%07d".formatted(i)), "text/plain\nsha256:0");
    }
    Thread.sleep(4000); // from then on the folder's time tells whether it has changed
    for (var pass : List.of("first", "second")) {
      var times = new ArrayList<Double>();
      var after = "";
      while (true) {
        var start = System.nanoTime();
        var page = repository.tags(after, PAGE);
        times.add(millis(start));
        if (page.isEmpty()) {
          break;
        }
        after = page.getLast();
      }
      var tenth = Math.max(1, times.size() / 10);
      say(
          "%s pass, %d pages: the first tenth %.2f ms a page, the last tenth %.2f ms, worst %.1f ms,"
              + " all %.0f ms",
          pass,
          times.size(),
          mean(times.subList(0, tenth)),
          mean(times.subList(times.size() - tenth, times.size())),
          times.stream().mapToDouble(t -> t).max().orElse(0),
          times.stream().mapToDouble(t -> t).sum());
    }
  }

  private static double mean(List<Double> times) {
    return times.stream().mapToDouble(t -> t).average().orElse(0);
  }

  private static Path write(Path file, String text) throws IOException {
    if (file.getParent() != null) {
      Files.createDirectories(file.getParent());
    }
    return Files.writeString(file, text);
  }

  private static String descriptor(String type, Digest digest) {
    return "{\"mediaType\":\"" + type + "\",\"digest\":\"" + digest + "\",\"size\":1}";
  }

  /** Files as the store has them: written by it, a million would take the day. */
  private void collect(int count) throws Exception {
    var store = FileStore.open(folder);
    var perImage = LAYERS + 1;
    var start = System.nanoTime();
    for (int image = 0; image < count / perImage; image++) {
      var repository = folder.resolve("repositories/r" + image % REPOSITORIES);
      var blobs = new ArrayList<Digest>();
      for (int i = 0; i < perImage; i++) {
        var digest = Digest.of((image + "/" + i).getBytes(StandardCharsets.UTF_8));
        blobs.add(digest);
        write(
            folder.resolve("blobs/sha256/" + digest.hex().substring(0, 2) + "/" + digest.hex()),
            "x");
        write(repository.resolve("_layers/sha256/" + digest.hex()), "text/plain\n1 " + LONG_AGO);
      }
      if (image % 10 != 0) {
        var layers =
            blobs.subList(1, perImage).stream()
                .map(layer -> descriptor(MediaTypes.OCI_LAYER_TAR, layer))
                .toList();
        var manifest =
            "{\"schemaVersion\":2,\"mediaType\":\""
                + MediaTypes.OCI_MANIFEST
                + "\",\"config\":"
                + descriptor(MediaTypes.OCI_CONFIG, blobs.getFirst())
                + ",\"layers\":["
                + String.join(",", layers)
                + "]}";
        var digest = Digest.of(manifest.getBytes(StandardCharsets.UTF_8));
        write(
            repository.resolve("_manifests/sha256/" + digest.hex()),
            MediaTypes.OCI_MANIFEST + "\n" + manifest);
      }
    }
    for (int i = 0; i < REPOSITORIES; i++) {
      write(folder.resolve("catalog/r" + i + "/_"), "text/plain\n");
    }
    say("made %d blobs in %.0f s", count, millis(start) / 1000);
    for (var isDry : new boolean[] {true, false}) {
      start = System.nanoTime();
      var report = GarbageCollection.run(new Registry(store), Duration.ofSeconds(-5), isDry);
      System.gc();
      say("%s: %s in %.1f s", isDry ? "dry run" : "collection", report, millis(start) / 1000);
    }
    var memory = java.lang.management.ManagementFactory.getMemoryPoolMXBeans();
    say(
        "peak of the heap's pools: %d MB",
        memory.stream()
                .filter(pool -> pool.getType() == java.lang.management.MemoryType.HEAP)
                .mapToLong(pool -> pool.getPeakUsage().getUsed())
                .sum()
            >> 20);
  }

  private void push(int count, int writers) throws Exception {
    var registry = new Registry(FileStore.open(folder));
    var repository = registry.repository(new RepositoryName("small"));
    pushOne(repository, -1);
    var start = System.nanoTime();
    try (var executor = Executors.newFixedThreadPool(writers)) {
      var pushes = new ArrayList<Future<?>>();
      for (int i = 0; i < count; i++) {
        var number = i;
        pushes.add(
            executor.submit(
                () -> {
                  pushOne(repository, number);
                  return null;
                }));
      }
      for (var push : pushes) {
        push.get();
      }
    }
    say(
        "%d images by %d writers: %.2f s, %.2f ms an image",
        count, writers, millis(start) / 1000, millis(start) / count);
  }

  private static void pushOne(Repository repository, int number) throws IOException {
    var config = blob(repository, "{\"image\":" + number + "}");
    var layer = blob(repository, "layer " + number + " ".repeat(10_000));
    var manifest =
        "{\"schemaVersion\":2,\"mediaType\":\""
            + MediaTypes.OCI_MANIFEST
            + "\",\"config\":"
            + config
            + ",\"layers\":["
            + layer
            + "]}";
    var stored =
        repository.putManifest(manifest.getBytes(StandardCharsets.UTF_8), MediaTypes.OCI_MANIFEST);
    repository.putTags(List.of(new Tag("v" + (number + 1))), stored);
  }

  /** As a client sends it: begun, sent, ended; and as the manifest shows it. */
  private static String blob(Repository repository, String text) throws IOException {
    var content = text.getBytes(StandardCharsets.UTF_8);
    var id = repository.uploads().begin();
    try (var writer = repository.uploads().find(id).append()) {
      writer.write(ByteBuffer.wrap(content));
    }
    var blob = repository.uploads().finish(id, Digest.of(content));
    var type = text.startsWith("{") ? MediaTypes.OCI_CONFIG : MediaTypes.OCI_LAYER_TAR;
    return "{\"mediaType\":\""
        + type
        + "\",\"digest\":\""
        + blob.digest()
        + "\",\"size\":"
        + blob.size()
        + "}";
  }
}
