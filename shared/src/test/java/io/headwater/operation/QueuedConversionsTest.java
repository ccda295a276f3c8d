package io.headwater.operation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headwater.convert.ConversionListener;
import io.headwater.convert.ConversionOptions;
import io.headwater.convert.FailureCode;
import io.headwater.fault.FormatException;
import io.headwater.oci.Descriptor;
import io.headwater.oci.Digest;
import io.headwater.oci.MediaTypes;
import io.headwater.oci.Platform;
import io.headwater.oci.RepositoryName;
import io.headwater.registry.PushedManifest;
import io.headwater.registry.Registry;
import io.headwater.registry.StreamingSettings;
import io.headwater.sample.Images;
import io.headwater.sample.Layer;
import io.headwater.sample.Tar;
import io.headwater.source.Archives;
import io.headwater.source.ImageImport;
import io.headwater.store.Meanwhile;
import io.headwater.store.StoreException;
import io.headwater.store.file.FileStore;
import io.headwater.upstream.Upstreams;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Conversions that wait in a queue, here a list. */
class QueuedConversionsTest {
  private static final RepositoryName NAME = new RepositoryName("team/app");

  @TempDir private Path folder = Path.of("");
  private final Queue<ConversionRequest> messages = new ArrayDeque<>();

  @SuppressWarnings("NullAway.Init")
  private Registry registry;

  @SuppressWarnings("NullAway.Init")
  private Conversions conversions;

  @SuppressWarnings("NullAway.Init")
  private ConversionWorker worker;

  @BeforeEach
  void start() throws IOException {
    registry = new Registry(FileStore.open(folder.resolve("store")));
    conversions =
        Conversions.inQueue(registry, Upstreams.NONE, ConversionOptions.DEFAULT, messages::add);
    worker = worker(registry, OperationListener.NONE);
  }

  private ConversionWorker worker(Registry registry, OperationListener observer) {
    return new ConversionWorker(
        registry, Upstreams.NONE, ConversionOptions.DEFAULT, conversions, 1, observer);
  }

  private static Layer layer(String content) {
    return Layer.gzip(new Tar().file("etc/motd", content));
  }

  private Digest index(Platform... platforms) throws IOException {
    var images = Images.in(folder.resolve("in"));
    var listed = new java.util.ArrayList<Descriptor>();
    for (var platform : platforms) {
      listed.add(images.image(platform, layer(platform.toString())));
    }
    images.index(images.indexBlob(MediaTypes.OCI_INDEX, List.copyOf(listed)));
    try (var source = Archives.open(folder.resolve("in"), "latest")) {
      return new ImageImport(source, registry.store(), registry.repository(NAME), n -> {})
          .run()
          .digest();
    }
  }

  private Operation now(Operation operation) throws IOException {
    return conversions.find(NAME, operation.id()).orElseThrow();
  }

  @Test
  void operationOfAnIndexIsOverWhenThoseOfItsImagesAre() throws Exception {
    var index = index(Platform.of("linux", "amd64"), Platform.of("linux", "arm64"));
    var whole = conversions.start(NAME, index, ConversionListener.NONE);
    assertThat(messages).hasSize(2);
    worker.work(messages.remove());
    assertThat(now(whole).status()).isEqualTo(Operation.Status.Running);
    assertThat(now(whole).progress()).isEqualTo("50%");
    worker.work(messages.remove());
    assertThat(now(whole).status()).isEqualTo(Operation.Status.Succeeded);
    assertThat(now(whole).layers()).hasSize(2);
    assertThat(registry.repository(NAME).referrers(index, MediaTypes.STREAMING_ARTIFACT))
        .hasSize(2);
  }

  @Test
  void indexWithoutLinuxFailsWhenItIsFiled() throws Exception {
    var index = index(Platform.of("windows", "amd64"));
    var operation = conversions.start(NAME, index, ConversionListener.NONE);
    assertThat(operation.code()).isEqualTo(FailureCode.NO_SUPPORTED_PLATFORM_FOUND);
    assertThat(messages).isEmpty();
  }

  @Test
  void cancelingAnIndexCancelsItsImages() throws Exception {
    var index = index(Platform.of("linux", "amd64"), Platform.of("linux", "arm64"));
    var whole = conversions.start(NAME, index, ConversionListener.NONE);
    conversions.cancel(NAME, whole.id());
    for (var message : messages) {
      assertThat(worker.work(message).orElseThrow().status()).isEqualTo(Operation.Status.Canceled);
    }
    assertThat(registry.repository(NAME).referrers(index, "")).isEmpty();
  }

  @Test
  void messageThatComesAgainAfterTheEndDoesNothing() throws Exception {
    var index = index(Platform.of("linux", "amd64"));
    conversions.start(NAME, index, ConversionListener.NONE);
    var message = messages.remove();
    var first = worker.work(message).orElseThrow();
    assertThat(worker.work(message)).contains(first);
  }

  /** What is claimed and not yet at work is neither worked on nor kept from others. */
  @Test
  void workerThatIsClosedWhileItClaimsFreesWhatItClaimed() throws Exception {
    var index = index(Platform.of("linux", "amd64"));
    conversions.start(NAME, index, ConversionListener.NONE);
    var closers = new java.util.ArrayList<Thread>();
    var closing =
        Meanwhile.beforePut(
            registry.store(),
            name -> name.startsWith("operations/team/app/_ids/"),
            text -> text.contains("\"Running\""),
            () -> {
              closers.add(Thread.ofPlatform().start(() -> worker.close()));
              closers.getFirst().join(200);
              assertThat(closers.getFirst().isAlive()).isTrue();
            });
    worker = worker(new Registry(closing), OperationListener.NONE);
    var message = messages.remove();
    assertThatThrownBy(() -> worker.work(message))
        .isInstanceOf(ConversionWorker.TryAgainException.class);
    closers.getFirst().join();
    var left = conversions.last(NAME, message.digest()).orElseThrow();
    assertThat(left.workOrNone().free()).isTrue();
    assertThat(left.workOrNone().tries()).isZero();
    assertThatThrownBy(() -> worker.work(message)).hasMessageContaining("ending");
  }

  /** Whoever took it died before it was gone. */
  @Test
  void announcementThatComesAgainAfterTheEndConvertsOnce() throws Exception {
    var image = index(Platform.of("linux", "amd64"));
    registry.repository(NAME).putStreaming(StreamingSettings.of(true));
    PushedManifest.announce(registry.store(), NAME, image);
    var name = registry.store().list(PushedManifest.FOLDER, "", 1).getFirst();
    var dying =
        Meanwhile.beforeDelete(
            registry.store(),
            document -> document.equals(name),
            () -> {
              throw new StoreException("killed", true, new IOException("killed"));
            });
    var automatic = new AutoConversion(registry, conversions);
    assertThatThrownBy(() -> new AnnouncedPushes(new Registry(dying), automatic).take(name))
        .hasMessageContaining("killed");
    worker.work(messages.remove());
    new AnnouncedPushes(registry, automatic).take(name);
    assertThat(conversions.last(NAME, image).orElseThrow().status().isOver()).isTrue();
    assertThat(messages).isEmpty();
    assertThat(registry.store().list(PushedManifest.FOLDER, "", 1)).isEmpty();
  }

  private Digest image() throws IOException {
    try (var source = Archives.open(Images.layout(folder.resolve("one"), layer("x")), "latest")) {
      return new ImageImport(source, registry.store(), registry.repository(NAME), n -> {})
          .run()
          .digest();
    }
  }

  @Test
  void conversionThatEndsWithAnErrorIsBegunFiveTimesHoweverOftenItsMessageComes() throws Exception {
    var image = image();
    var begun = new AtomicInteger();
    var failing =
        Meanwhile.beforeEachPut(
            registry.store(),
            name -> name.startsWith("chains/"),
            text -> true,
            () -> {
              throw new AssertionError("not so");
            });
    var counting =
        new OperationListener() {
          @Override
          public void started(Operation operation) {
            begun.incrementAndGet();
          }
        };
    var operation = conversions.start(NAME, image, ConversionListener.NONE);
    var message = messages.remove();
    try (var breaking = worker(new Registry(failing), counting)) {
      for (int delivery = 1; delivery < 10; delivery++) {
        try {
          breaking.work(message);
        } catch (ConversionWorker.TryAgainException e) {
          assertThat(delivery).isLessThan(5);
        }
        conversions.recover(ConversionListener.NONE);
      }
    }
    assertThat(begun.get()).isEqualTo(5);
    assertThat(now(operation).status()).isEqualTo(Operation.Status.Failed);
    assertThat(now(operation).details()).doesNotContain("AssertionError", "not so");
  }

  /** It is filed, and each time that somebody looks at the image the program breaks. */
  @Test
  void operationThatCannotBeSplitIsGivenUpAfterFiveTries() throws Exception {
    var image = image();
    var looked = new AtomicInteger();
    for (int i = 0; i < 8; i++) {
      var store =
          Meanwhile.afterGet(
              registry.store(),
              name -> name.contains("_manifests/"),
              () -> {
                looked.incrementAndGet();
                throw new StackOverflowError();
              });
      var breaking =
          Conversions.inQueue(
              new Registry(store), Upstreams.NONE, ConversionOptions.DEFAULT, messages::add);
      if (i == 0) {
        breaking.start(NAME, image, ConversionListener.NONE);
      } else {
        breaking.recover(ConversionListener.NONE);
      }
    }
    assertThat(conversions.last(NAME, image).orElseThrow().code())
        .isEqualTo(FailureCode.UNKNOWN_ERROR);
    assertThat(looked.get()).isEqualTo(5);
    assertThat(messages).isEmpty();
  }

  @Test
  void requestReadsWhatItWrites() throws FormatException {
    var request = new ConversionRequest(NAME, Digest.of(new byte[0]), "id");
    assertThat(ConversionRequest.parse(request.toMessage())).isEqualTo(request);
    assertThat(
            ConversionRequest.parse(
                    "{\"repository\":\"a\",\"digest\":\"" + request.digest() + "\"}")
                .operation())
        .isEmpty();
    assertThatThrownBy(() -> ConversionRequest.parse("{\"x\":\"" + "y".repeat(5000) + "\"}"))
        .hasMessageContaining("at most");
  }
}
