package io.headwater.operation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headwater.convert.ConversionListener;
import io.headwater.convert.ConversionOptions;
import io.headwater.convert.FailureCode;
import io.headwater.oci.Digest;
import io.headwater.oci.MediaTypes;
import io.headwater.oci.Platform;
import io.headwater.oci.RepositoryName;
import io.headwater.registry.Registry;
import io.headwater.registry.StreamingSettings;
import io.headwater.sample.Images;
import io.headwater.sample.Layer;
import io.headwater.sample.Tar;
import io.headwater.sample.Vectors;
import io.headwater.source.Archives;
import io.headwater.source.ImageImport;
import io.headwater.store.Condition;
import io.headwater.store.ContentStore;
import io.headwater.store.Meanwhile;
import io.headwater.store.StoreException;
import io.headwater.store.file.FileStore;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConversionsTest {
  private static final RepositoryName NAME = new RepositoryName("team/app");

  @TempDir private Path folder = Path.of("");

  @SuppressWarnings("NullAway.Init")
  private Registry registry;

  private Digest image = Digest.of(new byte[0]);

  @BeforeEach
  void importImage() throws IOException {
    registry = new Registry(FileStore.open(folder.resolve("store")));
    image =
        put(
            "in",
            Layer.gzip(new Tar().file("noise", noise(20_000_000))),
            Layer.gzip(new Tar().file("a", "b")));
  }

  private Digest put(String name, Layer... layers) throws IOException {
    try (var source = Archives.open(Images.layout(folder.resolve(name), layers), "latest")) {
      return new ImageImport(source, registry.store(), registry.repository(NAME), n -> {})
          .run()
          .digest();
    }
  }

  private static byte[] noise(int length) {
    var bytes = new byte[length];
    new Random(1).nextBytes(bytes);
    return bytes;
  }

  private Conversions conversions() {
    return new Conversions(registry, ConversionOptions.DEFAULT, 2);
  }

  private int artifacts() throws IOException {
    return registry.repository(NAME).referrers(image, MediaTypes.STREAMING_ARTIFACT).size();
  }

  @Test
  void conversionEndsWithArtifactThatRefersToTheImage() throws Exception {
    try (var conversions = conversions()) {
      var operation = conversions.await(conversions.start(NAME, image, ConversionListener.NONE));
      assertThat(operation.status()).isEqualTo(Operation.Status.Succeeded);
      assertThat(operation.progress()).isEqualTo("100%");
      assertThat(operation.resource()).isEqualTo("team/app@" + image);
      assertThat(artifacts()).isEqualTo(1);
    }
  }

  @Test
  void twoRequestsForOneImageShareOneConversion() throws Exception {
    var begun = new AtomicInteger();
    var listener =
        new ConversionListener() {
          @Override
          public void begin(long totalBytes) {
            begun.incrementAndGet();
          }
        };
    try (var one = conversions();
        var other = conversions()) {
      var first = one.start(NAME, image, listener);
      var second = other.start(NAME, image, listener);
      assertThat(second.id()).isEqualTo(first.id());
      assertThat(other.await(second).status()).isEqualTo(Operation.Status.Succeeded);
      assertThat(one.await(first).status()).isEqualTo(Operation.Status.Succeeded);
    }
    assertThat(begun.get()).isEqualTo(1);
  }

  @Test
  void operationsThatTellNothingAnyMoreAreForgotten() throws Exception {
    try (var conversions = conversions()) {
      var first = conversions.await(conversions.start(NAME, image, ConversionListener.NONE));
      var second = conversions.await(conversions.start(NAME, image, ConversionListener.NONE));
      assertThat(old(Duration.ofHours(1)).forget(false)).isZero();
      assertThat(old(Duration.ZERO).forget(true)).isEqualTo(1);
      assertThat(conversions.list(NAME)).hasSize(2);
      assertThat(old(Duration.ZERO).forget(false)).isEqualTo(1);
      assertThat(conversions.find(NAME, first.id())).isEmpty();
      assertThat(conversions.last(NAME, image)).contains(second);
      registry.repository(NAME).deletions().deleteManifest(image);
      assertThat(old(Duration.ZERO).forget(false)).isEqualTo(1);
      assertThat(registry.store().list("operations/", "", 10)).isEmpty();
      registry.repository(NAME).deletions().restore(image, Optional.empty(), false);
      conversions.await(conversions.start(NAME, image, ConversionListener.NONE));
      assertThat(conversions.list(NAME)).hasSize(1);
    }
  }

  private void copyImage(RepositoryName to) throws IOException {
    try (var source = Archives.open(folder.resolve("in"), "latest")) {
      new ImageImport(source, registry.store(), registry.repository(to), n -> {}).run();
    }
  }

  private OldOperations old(Duration grace) {
    return new OldOperations(registry, grace, OldOperations.DEFAULT_MOST);
  }

  @Test
  void oldestOperationsBeyondTheNumberThatIsKeptAreForgotten() throws Exception {
    var pause = new Pause();
    try (var conversions = conversions()) {
      var all = new ArrayList<String>();
      for (int i = 0; i < 5; i++) {
        all.add(conversions.await(conversions.start(NAME, image, ConversionListener.NONE)).id());
        Thread.sleep(20); // ages are told apart by the file system's clock
      }
      var other = new RepositoryName("team/other");
      copyImage(other);
      conversions.await(conversions.start(other, image, ConversionListener.NONE));
      var running = conversions.start(NAME, image, pause);
      assertThat(pause.inTheMiddle.await(20, TimeUnit.SECONDS)).isTrue();
      var kept = new OldOperations(registry, Duration.ofHours(1), 2);
      assertThat(kept.forget(true)).isEqualTo(3);
      assertThat(kept.forget(false)).isEqualTo(3);
      assertThat(conversions.list(NAME))
          .extracting(Operation::id)
          .containsExactlyInAnyOrder(all.get(3), all.get(4), running.id());
      assertThat(conversions.list(other)).hasSize(1);
      pause.goOn.countDown();
      conversions.await(running);
      // The last one of an image that is there stays, whatever the number.
      assertThat(new OldOperations(registry, Duration.ofHours(1), 0).forget(false)).isEqualTo(2);
      assertThat(conversions.last(NAME, image)).map(Operation::id).contains(running.id());
    }
  }

  @Test
  void operationThatIsNotOverIsNotForgotten() throws Exception {
    var pause = new Pause();
    try (var conversions = conversions()) {
      var operation = conversions.start(NAME, image, pause);
      assertThat(pause.inTheMiddle.await(20, TimeUnit.SECONDS)).isTrue();
      registry.repository(NAME).deletions().deleteManifest(image);
      assertThat(old(Duration.ZERO).forget(false)).isZero();
      pause.goOn.countDown();
      assertThat(conversions.await(operation).status().isOver()).isTrue();
    }
  }

  @Test
  void sameNewsThatComesAgainConvertsOnce() throws Exception {
    try (var conversions = conversions()) {
      var first =
          conversions.await(conversions.start(NAME, image, "upload 1", ConversionListener.NONE));
      assertThat(conversions.start(NAME, image, "upload 1", ConversionListener.NONE))
          .isEqualTo(first);
      assertThat(conversions.list(NAME)).hasSize(1);
      var second = conversions.start(NAME, image, "upload 2", ConversionListener.NONE);
      assertThat(conversions.await(second).id()).isNotEqualTo(first.id());
      assertThat(conversions.list(NAME)).hasSize(2);
    }
  }

  @Test
  void requestThatComesWhileAnotherIsFiledJoinsIt() throws Exception {
    try (var other = conversions()) {
      var filed = new AtomicReference<Operation>();
      var pause = new Pause();
      var store =
          Meanwhile.afterGet(
              registry.store(),
              name -> name.startsWith("operations/team/app/_images/"),
              () -> filed.set(other.start(NAME, image, pause)));
      try (var conversions = new Conversions(new Registry(store), ConversionOptions.DEFAULT, 2)) {
        var joined = conversions.start(NAME, image, ConversionListener.NONE);
        assertThat(joined.id()).isEqualTo(filed.get().id());
        assertThat(conversions.list(NAME)).hasSize(1);
      } finally {
        pause.goOn.countDown();
      }
      other.await(filed.get());
    }
  }

  /** Holds the conversion in the middle of the first layer, until it is released. */
  private static final class Pause implements ConversionListener {
    private final CountDownLatch inTheMiddle = new CountDownLatch(1);
    private final CountDownLatch goOn = new CountDownLatch(1);

    @Override
    public void read(long bytes) {
      inTheMiddle.countDown();
      try {
        goOn.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  @Test
  void canceledConversionStopsWithinASecondAndShowsNoArtifact() throws Exception {
    try (var conversions = conversions()) {
      var pause = new Pause();
      var operation = conversions.start(NAME, image, pause);
      assertThat(pause.inTheMiddle.await(20, TimeUnit.SECONDS)).isTrue();
      var canceled = conversions.cancel(NAME, operation.id()).orElseThrow();
      assertThat(canceled.status()).isEqualTo(Operation.Status.Canceled);
      pause.goOn.countDown();
      assertThat(conversions.await(operation).status()).isEqualTo(Operation.Status.Canceled);
      assertThat(stagingIsEmptyWithin(Duration.ofSeconds(5))).isTrue();
      assertThat(artifacts()).isZero();
      // It can be asked for again.
      var again = conversions.await(conversions.start(NAME, image, ConversionListener.NONE));
      assertThat(again.id()).isNotEqualTo(operation.id());
      assertThat(again.status()).isEqualTo(Operation.Status.Succeeded);
    }
  }

  @Test
  void conversionIsCanceledByAnotherProcessToo() throws Exception {
    try (var worker = conversions();
        var other = conversions()) {
      var pause = new Pause();
      var operation = worker.start(NAME, image, pause);
      assertThat(pause.inTheMiddle.await(20, TimeUnit.SECONDS)).isTrue();
      assertThat(other.cancel(NAME, operation.id())).isPresent();
      // The worker sees it at its next heartbeat, without being let go on.
      assertThat(stagingIsEmptyWithin(Duration.ofSeconds(5))).isTrue();
      pause.goOn.countDown();
      assertThat(artifacts()).isZero();
    }
  }

  private boolean stagingIsEmptyWithin(Duration time) throws Exception {
    var end = Instant.now().plus(time);
    while (Instant.now().isBefore(end)) {
      try (var files = Files.list(folder.resolve("store/staging"))) {
        if (files.findAny().isEmpty()) {
          return true;
        }
      }
      Thread.sleep(20);
    }
    return false;
  }

  @Test
  void imageThatIsBrokenFailsWithItsReason() throws Exception {
    var tar = new Tar().hardLink("a", "nowhere");
    image = put("broken", Layer.gzip(tar));
    try (var conversions = conversions()) {
      var operation = conversions.await(conversions.start(NAME, image, ConversionListener.NONE));
      assertThat(operation.status()).isEqualTo(Operation.Status.Failed);
      assertThat(operation.code()).isEqualTo(FailureCode.INVALID_IMAGE);
      assertThat(operation.details()).contains("hard link to 'nowhere', which does not exist");
      assertThat(artifacts()).isZero();
    }
  }

  @Test
  void conversionGoesOnWhenTheStoreHasFailedForAMoment() throws Exception {
    var store =
        Meanwhile.beforePut(
            registry.store(),
            name -> name.startsWith("chains/"),
            text -> true,
            () -> {
              throw new StoreException("the store is busy", true, new IOException("busy"));
            });
    try (var conversions = new Conversions(new Registry(store), ConversionOptions.DEFAULT, 2)) {
      var operation = conversions.start(NAME, image, ConversionListener.NONE);
      assertThat(conversions.await(operation).status()).isEqualTo(Operation.Status.Succeeded);
      assertThat(artifacts()).isEqualTo(1);
      assertThat(conversions.list(NAME)).hasSize(1);
    }
  }

  @Test
  void storeThatAlwaysFailsEndsTheConversionAfterFiveTries() throws Exception {
    var failures = new AtomicInteger();
    var store =
        Meanwhile.beforeEachPut(
            registry.store(),
            name -> name.startsWith("chains/"),
            text -> true,
            () -> {
              failures.incrementAndGet();
              throw new StoreException("the store is busy", true, new IOException("busy"));
            });
    try (var conversions = new Conversions(new Registry(store), ConversionOptions.DEFAULT, 2)) {
      var operation = conversions.await(conversions.start(NAME, image, ConversionListener.NONE));
      assertThat(operation.status()).isEqualTo(Operation.Status.Failed);
      assertThat(operation.code()).isEqualTo(FailureCode.UNKNOWN_ERROR);
      assertThat(operation.details()).contains("the store is busy");
      assertThat(failures.get()).isEqualTo(5);
      assertThat(artifacts()).isZero();
    }
  }

  @Test
  void conversionThatEndsWithAnErrorIsBegunFiveTimesAndTellsWhoCounts() throws Exception {
    var begun = new AtomicInteger();
    var running = new AtomicInteger();
    var store =
        Meanwhile.beforeEachPut(
            registry.store(),
            name -> name.startsWith("chains/"),
            text -> true,
            () -> {
              throw new StackOverflowError();
            });
    var counting =
        new OperationListener() {
          @Override
          public void started(Operation operation) {
            begun.incrementAndGet();
            running.incrementAndGet();
          }

          @Override
          public void left(Operation operation) {
            running.decrementAndGet();
          }
        };
    try (var conversions =
        new Conversions(new Registry(store), ConversionOptions.DEFAULT, 2, counting)) {
      var operation = conversions.await(conversions.start(NAME, image, ConversionListener.NONE));
      assertThat(operation.status()).isEqualTo(Operation.Status.Failed);
      assertThat(operation.code()).isEqualTo(FailureCode.UNKNOWN_ERROR);
      assertThat(operation.details())
          .isEqualTo("a fault in Headwater itself, which the log describes");
      assertThat(conversions.recover(ConversionListener.NONE)).isEmpty();
      assertThat(conversions.list(NAME)).hasSize(1);
    }
    assertThat(begun.get()).isEqualTo(5);
    assertThat(running.get()).isZero();
  }

  /** Each time the process died, as when memory is out: nothing was written of it. */
  @Test
  void conversionThatKillsItsProcessIsBegunFiveTimesAtMost() throws Exception {
    var operation = leftBy(5);
    try (var next = conversions()) {
      next.recover(ConversionListener.NONE);
      var ended = next.await(operation);
      assertThat(ended.status()).isEqualTo(Operation.Status.Failed);
      assertThat(ended.details()).contains("was begun 5 times and each time its worker died");
    }
    assertThat(artifacts()).isZero();
  }

  @Test
  void conversionThatIsLeftInGoodOrderAgainAndAgainIsStillConverted() throws Exception {
    var operation = leftBy(1);
    for (int i = 0; i < 6; i++) {
      var pause = new Pause();
      try (var next = conversions()) {
        next.recover(pause);
        assertThat(pause.inTheMiddle.await(20, TimeUnit.SECONDS)).isTrue();
        pause.goOn.countDown();
      }
    }
    try (var last = conversions()) {
      last.recover(ConversionListener.NONE);
      assertThat(last.await(operation).status()).isEqualTo(Operation.Status.Succeeded);
    }
  }

  /** An operation that was begun so often, and whose last worker is gone. */
  private Operation leftBy(int tries) throws Exception {
    var pause = new Pause();
    Operation operation;
    try (var first = conversions()) {
      operation = first.start(NAME, image, pause);
      assertThat(pause.inTheMiddle.await(20, TimeUnit.SECONDS)).isTrue();
      pause.goOn.countDown();
    }
    rewrite(operation, "\"tries\":0", "\"tries\":" + tries);
    return operation;
  }

  @Test
  void operationThatCannotBeReadLeavesTheOthersAlone() throws Exception {
    var operation = leftBy(0);
    for (var folder : new String[] {"unfinished/", "operations/"}) {
      registry
          .store()
          .put(
              folder + NAME + "/_ids/00000000-broken",
              "[null]".getBytes(java.nio.charset.StandardCharsets.UTF_8),
              "application/json",
              io.headwater.store.Condition.ALWAYS);
    }
    try (var next = conversions()) {
      assertThat(next.recover(ConversionListener.NONE))
          .extracting(Operation::id)
          .containsExactly(operation.id());
      assertThat(next.await(operation).status()).isEqualTo(Operation.Status.Succeeded);
      assertThat(old(Duration.ZERO).forget(true)).isZero();
    }
  }

  @Test
  void imageThatIsNotThereFailsWithTheContractsCode() throws Exception {
    try (var conversions = conversions()) {
      var operation =
          conversions.await(
              conversions.start(NAME, Digest.of(new byte[7]), ConversionListener.NONE));
      assertThat(operation.code()).isEqualTo(FailureCode.RESOURCE_NOT_FOUND);
    }
  }

  /** Closing is what a process does that ends: the work is left for the next one. */
  @Test
  void nextProcessTakesOverWhatOneLeft() throws Exception {
    var pause = new Pause();
    Operation operation;
    try (var first = conversions()) {
      operation = first.start(NAME, image, pause);
      assertThat(pause.inTheMiddle.await(20, TimeUnit.SECONDS)).isTrue();
      pause.goOn.countDown();
    }
    assertThat(artifacts()).isZero();
    try (var second = conversions()) {
      assertThat(second.recover(ConversionListener.NONE))
          .extracting(Operation::id)
          .containsExactly(operation.id());
      assertThat(second.await(operation).status()).isEqualTo(Operation.Status.Succeeded);
      assertThat(artifacts()).isEqualTo(1);
    }
  }

  @Test
  void workerWhoseClockIsWrongKeepsItsWork() throws Exception {
    var pause = new Pause();
    try (var one = conversions();
        var other = conversions()) {
      var operation = one.start(NAME, image, pause);
      assertThat(pause.inTheMiddle.await(20, TimeUnit.SECONDS)).isTrue();
      // As a worker writes it whose clock is years behind.
      rewrite(operation, "\"sign\":\"2", "\"sign\":\"1");
      assertThat(other.recover(ConversionListener.NONE)).isEmpty();
      assertThat(other.start(NAME, image, ConversionListener.NONE).id()).isEqualTo(operation.id());
      assertThat(other.recover(ConversionListener.NONE)).isEmpty();
      pause.goOn.countDown();
    }
  }

  /** Who pushes joins an operation that is not over, although its artifact went with the image. */
  @Test
  void imagePushedAgainWhileItsConversionEndsIsConvertedAgain() throws Exception {
    var repository = registry.repository(NAME);
    var joined = new AtomicReference<Operation>();
    var store =
        Meanwhile.beforePut(
            registry.store(),
            name -> name.startsWith("operations/team/app/_ids/"),
            text -> text.contains("Succeeded"),
            () -> {
              var pushed = repository.manifest(image).orElseThrow();
              repository.deletions().deleteManifest(image);
              repository.putManifest(pushed.bytes(), pushed.mediaType());
              try (var other = conversions()) {
                joined.set(other.start(NAME, image, ConversionListener.NONE));
              }
            });
    try (var conversions = new Conversions(new Registry(store), ConversionOptions.DEFAULT, 2)) {
      var operation = conversions.await(conversions.start(NAME, image, ConversionListener.NONE));
      assertThat(joined.get().id()).isEqualTo(operation.id());
    }
    assertThat(artifacts()).isZero();
    try (var conversions = conversions()) {
      assertThat(conversions.recover(ConversionListener.NONE)).hasSize(1);
      var again = conversions.await(conversions.last(NAME, image).orElseThrow());
      assertThat(again.status()).isEqualTo(Operation.Status.Succeeded);
      assertThat(again.id()).isNotEqualTo(joined.get().id());
      assertThat(artifacts()).isEqualTo(1);
      assertThat(conversions.last(NAME, image)).contains(again);
    }
  }

  @Test
  void imagePushedAgainWhileItsConversionFindsItGoneIsConverted() throws Exception {
    var repository = registry.repository(NAME);
    var pushed = repository.manifest(image).orElseThrow();
    repository.deletions().deleteManifest(image);
    var store =
        Meanwhile.beforePut(
            registry.store(),
            name -> name.startsWith("operations/team/app/_ids/"),
            text -> text.contains("RESOURCE_NOT_FOUND"),
            () -> repository.putManifest(pushed.bytes(), pushed.mediaType()));
    try (var conversions = new Conversions(new Registry(store), ConversionOptions.DEFAULT, 2)) {
      var operation = conversions.await(conversions.start(NAME, image, ConversionListener.NONE));
      assertThat(operation.status()).isEqualTo(Operation.Status.Failed);
    }
    try (var conversions = conversions()) {
      assertThat(conversions.recover(ConversionListener.NONE)).hasSize(1);
      conversions.await(conversions.last(NAME, image).orElseThrow());
      assertThat(artifacts()).isEqualTo(1);
    }
  }

  private void rewrite(Operation operation, String from, String to) throws IOException {
    var name = "operations/" + NAME + "/_ids/" + operation.id();
    var stored = registry.store().get(name).orElseThrow();
    registry
        .store()
        .put(
            name,
            stored.text().replace(from, to).getBytes(java.nio.charset.StandardCharsets.UTF_8),
            stored.mediaType(),
            io.headwater.store.Condition.ALWAYS);
  }

  @Test
  void secondRepositoryReusesLayersOfTheFirst() throws Exception {
    var other = new RepositoryName("other/app");
    copyImage(other);
    var reused = new AtomicInteger();
    var listener =
        new ConversionListener() {
          @Override
          public void layerDone(LayerReport layer) {
            reused.addAndGet(layer.reused() ? 1 : 0);
          }
        };
    try (var conversions = conversions()) {
      conversions.await(conversions.start(NAME, image, listener));
      assertThat(reused.get()).isZero();
      conversions.await(conversions.start(other, image, listener));
      assertThat(reused.get()).isEqualTo(2);
      assertThat(registry.repository(other).referrers(image, "")).hasSize(1);
    }
  }

  /** Of an index, a line for each image that is left out, and the others are converted. */
  @Test
  void operationOfAnIndexHasALineForEachImageThatIsLeftOut() throws Exception {
    var images = Images.in(folder.resolve("part"));
    var amd64 = images.image(Platform.of("linux", "amd64"), Layer.gzip(new Tar().file("a", "b")));
    var arm64 = images.image(Platform.of("linux", "arm64"), Layer.gzip(new Tar().file("c", "d")));
    var empty = images.image(Platform.of("linux", "s390x"));
    var index = images.index(images.indexBlob(MediaTypes.OCI_INDEX, List.of(amd64, arm64, empty)));
    images.remove(arm64);
    try (var source = Archives.open(folder.resolve("part"), "latest");
        var conversions = conversions()) {
      new ImageImport(source, registry.store(), registry.repository(NAME), n -> {}).run();
      var operation =
          conversions.await(conversions.start(NAME, index.digest(), ConversionListener.NONE));
      assertThat(operation.status()).isEqualTo(Operation.Status.Succeeded);
      assertThat(operation.details())
          .endsWith("made 1 streaming artifact(s) and left out 2 image(s)");
      assertThat(operation.leftOut())
          .satisfiesExactlyInAnyOrder(
              line -> assertThat(line).startsWith("linux/arm64").endsWith("is not here"),
              line -> assertThat(line).startsWith("linux/s390x").endsWith("it has no layers"));
    }
    assertThat(registry.repository(NAME).referrers(amd64.digest(), MediaTypes.STREAMING_ARTIFACT))
        .hasSize(1);
  }

  @Test
  void whatIsStreamableAlreadyIsConvertedNeitherByItselfNorWhenAskedFor() throws Exception {
    var images = Images.in(folder.resolve("obd"));
    var image = images.overlaybd(Platform.of("linux", "amd64"), Vectors.bytes("image-layer1.obd"));
    var index = images.index(images.indexBlob(MediaTypes.OCI_INDEX, List.of(image)));
    var repository = registry.repository(NAME);
    repository.putStreaming(StreamingSettings.of(true));
    try (var source = Archives.open(folder.resolve("obd"), "latest");
        var conversions = conversions()) {
      new ImageImport(source, registry.store(), repository, n -> {}).run();
      var automatic = new AutoConversion(registry, conversions);
      for (var digest : List.of(image.digest(), index.digest())) {
        assertThat(automatic.pushed(NAME, repository.manifest(digest).orElseThrow())).isEmpty();
        assertThat(conversions.list(NAME)).isEmpty();
      }
      for (var digest : List.of(image.digest(), index.digest())) {
        var asked = conversions.await(conversions.start(NAME, digest, ConversionListener.NONE));
        assertThat(asked.status()).isEqualTo(Operation.Status.Failed);
        assertThat(asked.code()).isEqualTo(FailureCode.UNSUPPORTED_ARTIFACT_TYPE);
        assertThat(asked.details()).contains("is streamable already (overlaybd)");
      }
      assertThat(repository.referrers(image.digest(), "")).isEmpty();
    }
  }

  /** A push that comes while the process ends files its conversion for the next one. */
  @Test
  void whatIsFiledWhileThisIsClosedIsFreeForTheNextProcess() throws Exception {
    var conversions = conversions();
    conversions.close();
    var filed = conversions.start(NAME, image, ConversionListener.NONE);
    assertThat(conversions.find(NAME, filed.id()).orElseThrow().workOrNone().free()).isTrue();
    try (var next = conversions()) {
      assertThat(next.await(filed).status()).isEqualTo(Operation.Status.Succeeded);
    }
  }

  /** The folder store tells the age of a document by its file. */
  private void letPass(Duration time) throws IOException {
    try (var files = Files.walk(folder.resolve("store"))) {
      for (var file : files.filter(f -> f.toString().contains("_ids")).toList()) {
        Files.setLastModifiedTime(file, FileTime.from(Instant.now().minus(time)));
      }
    }
  }

  private ContentStore beforeItIsTheLast(Meanwhile.Event event) {
    return Meanwhile.beforePut(
        registry.store(),
        name -> name.startsWith("operations/team/app/_images/"),
        text -> true,
        event);
  }

  /** The id of an operation whose process died before it was the image's last one. */
  private String filingBreaksOff() throws IOException {
    var dying =
        beforeItIsTheLast(
            () -> {
              throw new IllegalStateException("killed");
            });
    try (var killed = new Conversions(new Registry(dying), ConversionOptions.DEFAULT, 2)) {
      assertThatThrownBy(() -> killed.start(NAME, image, ConversionListener.NONE))
          .hasMessage("killed");
    }
    return registry.store().names("unfinished/").next().replaceFirst(".*/", "");
  }

  @Test
  void operationWhoseFilingBrokeOffIsNotListedAndGoes() throws Exception {
    var id = filingBreaksOff();
    try (var conversions = conversions()) {
      assertThat(conversions.list(NAME)).isEmpty();
      var operation = conversions.await(conversions.start(NAME, image, ConversionListener.NONE));
      letPass(Duration.ofMinutes(1));
      assertThat(conversions.recover(ConversionListener.NONE)).isEmpty();
      assertThat(conversions.list(NAME)).containsExactly(operation);
      assertThat(conversions.find(NAME, id)).isEmpty();
    }
    var names = registry.store().names("unfinished/");
    assertThat(names.hasNext()).isFalse();
    assertThat(artifacts()).isEqualTo(1);
  }

  @Test
  void markOfAFilingThatBrokeOffBeforeItsOperationGoesOnceItIsOld() throws Exception {
    var mark = "unfinished/team/app/_ids/5f0c";
    registry.store().put(mark, new byte[0], "text/plain", Condition.IF_ABSENT);
    try (var conversions = conversions()) {
      letPass(Duration.ofHours(23));
      conversions.recover(ConversionListener.NONE);
      assertThat(registry.store().get(mark)).isPresent();
      letPass(Duration.ofHours(25));
      conversions.recover(ConversionListener.NONE);
      assertThat(registry.store().get(mark)).isEmpty();
    }
  }

  /** It only took long: the one who files sees that it was removed, and files another one. */
  @Test
  void operationThatIsRemovedWhileItIsFiledIsFiledAgain() throws Exception {
    var slow =
        beforeItIsTheLast(
            () -> {
              letPass(Duration.ofMinutes(1));
              try (var other = conversions()) {
                assertThat(other.recover(ConversionListener.NONE)).isEmpty();
              }
            });
    try (var conversions = new Conversions(new Registry(slow), ConversionOptions.DEFAULT, 2)) {
      var operation = conversions.await(conversions.start(NAME, image, ConversionListener.NONE));
      assertThat(operation.status()).isEqualTo(Operation.Status.Succeeded);
      assertThat(conversions.list(NAME)).containsExactly(operation);
    }
    assertThat(artifacts()).isEqualTo(1);
  }

  /** The other order: whoever removes it sees that it was filed meanwhile, and files another. */
  @Test
  void operationThatIsFiledWhileItIsRemovedIsFiledAgain() throws Exception {
    var id = filingBreaksOff();
    letPass(Duration.ofMinutes(1));
    var store =
        Meanwhile.beforeDelete(
            registry.store(),
            deleted -> deleted.startsWith("operations/team/app/_ids/"),
            () -> {
              var name = "operations/team/app/_images/" + image.toString().replace(':', '-');
              var text = id.getBytes(StandardCharsets.UTF_8);
              registry.store().put(name, text, "text/plain", Condition.IF_ABSENT);
            });
    try (var conversions = new Conversions(new Registry(store), ConversionOptions.DEFAULT, 2)) {
      conversions.recover(ConversionListener.NONE);
      var again = conversions.await(conversions.last(NAME, image).orElseThrow());
      assertThat(again.id()).isNotEqualTo(id);
      assertThat(again.status()).isEqualTo(Operation.Status.Succeeded);
      assertThat(conversions.list(NAME)).containsExactly(again);
    }
  }

  /**
   * What is filed for an image that was pushed again meanwhile may be removed in between as well.
   */
  @Test
  void operationThatAnEndedOneFilesAndThatIsRemovedMeanwhileIsFiledAgain() throws Exception {
    var repository = registry.repository(NAME);
    var overtaking =
        Meanwhile.beforePut(
            registry.store(),
            name -> name.startsWith("operations/team/app/_ids/"),
            text -> text.contains("Succeeded"),
            () -> {
              var pushed = repository.manifest(image).orElseThrow();
              repository.deletions().deleteManifest(image);
              repository.putManifest(pushed.bytes(), pushed.mediaType());
            });
    var filings = new AtomicInteger();
    var slow =
        Meanwhile.beforeEachPut(
            overtaking,
            name -> name.startsWith("operations/team/app/_images/"),
            text -> true,
            () -> {
              if (filings.incrementAndGet() == 2) {
                letPass(Duration.ofMinutes(1));
                try (var other = conversions()) {
                  assertThat(other.recover(ConversionListener.NONE)).isEmpty();
                }
              }
            });
    try (var conversions = new Conversions(new Registry(slow), ConversionOptions.DEFAULT, 2)) {
      conversions.await(conversions.start(NAME, image, ConversionListener.NONE));
    }
    assertThat(filings).hasValue(3);
    assertThat(artifacts()).isZero();
    try (var conversions = conversions()) {
      assertThat(conversions.recover(ConversionListener.NONE)).hasSize(1);
      conversions.await(conversions.last(NAME, image).orElseThrow());
    }
    assertThat(artifacts()).isEqualTo(1);
  }
}
