package io.headwater.proxy.importer;

import io.headwater.convert.FailureCode;
import io.headwater.fault.FormatException;
import io.headwater.fault.Sentence;
import io.headwater.loop.Items;
import io.headwater.loop.Loop;
import io.headwater.operation.Conversions;
import io.headwater.operation.Operation;
import io.headwater.registry.Registry;
import io.headwater.registry.RegistryException;
import io.headwater.registry.StoredManifest;
import io.headwater.source.Archives;
import io.headwater.source.ImageImport;
import io.headwater.source.Unpacking;
import io.headwater.store.Condition;
import io.headwater.upload.UploadName;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Imports and converts what is put into a folder as {@code <repository>/<tag>.tar}, compressed or
 * not. A file counts as complete when it has not changed between two looks. The archive stays where
 * it is; what became of it is remembered in the store, so that a restart does not begin again, and
 * a file that is replaced is taken anew. Why one is refused is said in the log and in a file beside
 * it, {@code <name>.error}; one that breaks the importer is refused too, and the next one is taken.
 */
public final class UploadFolder implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(UploadFolder.class);
  private static final Duration LOOK_EVERY = Duration.ofSeconds(1);
  private static final int MAX_DEPTH = 64;

  private final Path folder;
  private final Registry registry;
  private final Conversions conversions;
  private final String host;
  private final Unpacking unpacking;

  /** The version that each file had at the last look. */
  private final Map<String, String> seen = new HashMap<>();

  /** The version of each file that is dealt with, also where the store cannot be told. */
  private final Map<String, String> over = new HashMap<>();

  private final Items items = new Items("upload");
  private @Nullable Loop watcher;

  /**
   * Prepares the folder.
   *
   * @param host under which the registry can be pulled from, for the log
   * @param unpacking of archives that are compressed as a whole
   */
  public UploadFolder(
      Path folder, Registry registry, Conversions conversions, String host, Unpacking unpacking) {
    this.folder = folder;
    this.registry = registry;
    this.conversions = conversions;
    this.host = host;
    this.unpacking = unpacking;
  }

  /**
   * Begins to watch.
   *
   * @return what watches; closed with this
   */
  public Loop start() throws IOException {
    Files.createDirectories(folder);
    LOG.info(
        "Put an image archive into {} to add it",
        folder.resolve("<repository>").resolve("<tag>.tar"));
    var loop = Loop.start("uploads", this::watch);
    watcher = loop;
    return loop;
  }

  private Duration watch() throws InterruptedException {
    for (var upload : look()) {
      if (!upload.version().equals(seen.put(upload.name(), upload.version()))) {
        continue; // new, or still being written
      }
      if (!upload.version().equals(over.get(upload.name()))) {
        items.serve(upload.name(), () -> take(upload));
      }
    }
    return LOOK_EVERY;
  }

  private List<Upload> look() {
    try (var paths = Files.walk(folder, MAX_DEPTH)) {
      var uploads = new java.util.ArrayList<Upload>();
      for (var path :
          paths
              .filter(p -> UploadName.isUpload(Upload.name(folder, p)) && Files.isRegularFile(p))
              .sorted()
              .toList()) {
        uploads.add(Upload.of(folder, path));
      }
      return uploads;
    } catch (IOException | UncheckedIOException e) {
      LOG.warn("The folder {} cannot be read: {}", folder, e.getMessage());
      return List.of();
    }
  }

  private static String document(Upload upload) {
    return "uploads/" + upload.name();
  }

  /** Deals with a file; one that cannot be dealt with now comes again. */
  private void take(Upload upload) throws InterruptedException {
    try {
      var done = registry.store().get(document(upload));
      if (done.isPresent() && done.get().text().equals(upload.version())) {
        over.put(upload.name(), upload.version());
        return;
      }
      process(upload);
      Files.deleteIfExists(upload.error());
    } catch (FormatException | RegistryException e) {
      refuse(upload, e);
    } catch (IOException | UncheckedIOException e) {
      LOG.error("{} cannot be imported now and is tried again: {}", upload.name(), Sentence.of(e));
      return;
    } catch (RuntimeException | Error e) {
      // What breaks the importer would break it again, each second.
      LOG.error("{} breaks the importer", upload.name(), e);
      refuse(upload, e);
    }
    over.put(upload.name(), upload.version());
    remember(upload);
  }

  private void refuse(Upload upload, Throwable reason) {
    var sentence = UploadName.refusal(upload.name(), reason);
    LOG.error("{}", sentence);
    try {
      Files.writeString(upload.error(), sentence + "\n");
    } catch (IOException e) {
      LOG.warn("{} cannot be written: {}", upload.error(), Sentence.of(e));
    }
  }

  private void remember(Upload upload) {
    try {
      registry
          .store()
          .put(
              document(upload),
              upload.version().getBytes(StandardCharsets.UTF_8),
              "text/plain",
              Condition.ALWAYS);
    } catch (IOException e) {
      LOG.warn("That {} is done cannot be remembered: {}", upload.name(), e.getMessage());
    }
  }

  private void process(Upload upload) throws IOException, InterruptedException {
    var named = UploadName.parse(upload.name());
    if (named.kind() == UploadName.Kind.IMPORT) {
      throw new FormatException(
          "import documents are for the functions' container; run: headwater import SOURCE TARGET");
    }
    var repository = registry.repository(named.repository());
    var tag = named.tag();
    var progress = new UploadLog(upload.name());
    LOG.info("Importing {}", upload.name());
    StoredManifest image;
    try (var source = Archives.open(upload.path(), "", unpacking)) {
      image = new ImageImport(source, registry.store(), repository, n -> {}).run();
      repository.putTag(tag, image.digest());
    }
    Files.deleteIfExists(upload.error());
    LOG.info("Imported {} as {}", upload.name(), image.digest());
    var operation =
        conversions.await(
            conversions.start(
                repository.name(),
                image.digest(),
                document(upload) + " " + upload.version(),
                progress));
    var name = repository.name() + ":" + tag;
    if (operation.status() == Operation.Status.Succeeded) {
      LOG.info(
          "{} is ready: it streams from the nodes' view, and is pulled whole with: skopeo copy --src-tls-verify=false docker://{}/{} oci:pulled:{}",
          name,
          host,
          name,
          tag);
    } else if (operation.code() == FailureCode.UNSUPPORTED_ARTIFACT_TYPE) {
      LOG.info("{} can be pulled from {} as it is: {}", name, host, operation.details());
    } else {
      LOG.error(
          "{} can be pulled from {}, but is not streamed: {} {}",
          name,
          host,
          Optional.ofNullable(operation.code())
              .map(Enum::toString)
              .orElse(operation.status().name()),
          operation.details());
    }
  }

  @Override
  public void close() {
    if (watcher != null) {
      watcher.close();
    }
  }
}
