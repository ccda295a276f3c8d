package io.headwater.functions.local;

import static io.headwater.functions.local.FunctionsWorld.NAME;
import static io.headwater.functions.local.FunctionsWorld.archive;
import static io.headwater.functions.local.FunctionsWorld.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.headwater.convert.ConversionListener;
import io.headwater.convert.FailureCode;
import io.headwater.oci.Digest;
import io.headwater.oci.MediaTypes;
import io.headwater.oci.Platform;
import io.headwater.oci.Tag;
import io.headwater.operation.ConversionRequest;
import io.headwater.operation.Operation;
import io.headwater.registry.PushedManifest;
import io.headwater.registry.StreamingSettings;
import io.headwater.sample.Images;
import io.headwater.sample.Layer;
import io.headwater.sample.Tar;
import io.headwater.source.Archives;
import io.headwater.source.RegistryAccounts;
import io.headwater.source.Unpacking;
import io.headwater.store.Condition;
import io.headwater.tool.Azurite;
import io.headwater.tool.FaultyProxy;
import io.headwater.upload.ImportedUploads;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The triggers, end to end, over Azurite. */
@org.junit.jupiter.api.Tag("tools")
@SuppressWarnings("NullAway.Init")
class LocalHostTest {
  @TempDir private Path folder = Path.of("");
  private FunctionsWorld world;

  @BeforeEach
  void start() throws IOException {
    world = new FunctionsWorld();
  }

  @AfterEach
  void stop() {
    world.close();
  }

  private static Layer layer() {
    return Layer.gzip(new Tar().file("etc/motd", "hello"));
  }

  private static Layer noise(int bytes) {
    var noise = new byte[bytes];
    new Random(bytes).nextBytes(noise);
    return Layer.gzip(new Tar().file("noise", noise));
  }

  private static String request(Digest image) {
    return new ConversionRequest(NAME, image, "").toMessage();
  }

  private static boolean writesBlob(String method, URI uri) {
    return method.equals("PUT") && uri.getPath().matches(".*/(staging|blobs/sha256)/.*");
  }

  @Test
  void uploadedArchiveBecomesStreamingArtifact() throws Exception {
    world.host();
    world.upload("team/app/v1.tar", archive(Images.layout(folder.resolve("in"), layer())));
    var repository = world.registry().repository(NAME);
    var image = until(() -> repository.tag(new Tag("v1")).orElse(null));
    assertThat(world.ended(image).status()).isEqualTo(Operation.Status.Succeeded);
    assertThat(world.artifacts(image)).isEqualTo(1);
    assertThat(world.uploads().find("team/app/v1.tar")).isPresent();
  }

  /** Whoever filed its conversion died before that was remembered. */
  @Test
  void uploadThatComesAgainAfterTheEndConvertsOnce() throws Exception {
    var host = world.host();
    world.upload("team/app/v1.tar", archive(Images.layout(folder.resolve("in"), layer())));
    var image = until(() -> world.registry().repository(NAME).tag(new Tag("v1")).orElse(null));
    world.ended(image);
    var store = world.registry().store();
    var receipt = until(() -> store.list("uploads/", "", 1).stream().findFirst().orElse(null));
    host.close();
    store.delete(receipt, Condition.ALWAYS);
    try (var conversions = world.conversions()) {
      var options =
          new ImportedUploads.Options(Set.of(), RegistryAccounts.NONE, false, Unpacking.ofSystem());
      var said =
          new ImportedUploads(world.uploads(), world.registry(), conversions, options)
              .take("team/app/v1.tar");
      assertThat(conversions.list(NAME)).hasSize(1);
      assertThat(said).endsWith("operation " + conversions.list(NAME).getFirst().id());
    }
  }

  @Test
  void uploadIsDeletedOnceItIsImportedIfThatIsWanted() throws Exception {
    world.host("HEADWATER_DELETE_UPLOADS", "true");
    world.upload("team/app/v1.tar", archive(Images.layout(folder.resolve("in"), layer())));
    until(() -> world.registry().repository(NAME).tag(new Tag("v1")).isPresent());
    until(() -> world.uploads().find("team/app/v1.tar").isEmpty());
  }

  @Test
  void uploadThatIsNoImageIsRefusedInAFileBesideIt() throws Exception {
    world.host();
    var file = Files.writeString(folder.resolve("x"), "no tar at all, but long enough");
    world.upload("team/app/v1.tar", file);
    var error = until(() -> world.uploads().find("team/app/v1.tar.error").orElse(null));
    var said = new byte[(int) error.sizeBytes()];
    world.uploads().open(error).read(0, java.nio.ByteBuffer.wrap(said));
    assertThat(new String(said, java.nio.charset.StandardCharsets.UTF_8))
        .startsWith("'team/app/v1.tar' is not imported: ")
        .doesNotContain("Exception");
    // A right one in its place is taken, and the complaint goes away.
    world.upload("team/app/v1.tar", archive(Images.layout(folder.resolve("in"), layer())));
    until(() -> world.registry().repository(NAME).tag(new Tag("v1")).isPresent());
    until(() -> world.uploads().find("team/app/v1.tar.error").isEmpty());
  }

  @Test
  void uploadThatIsStillBeingWrittenIsWaitedFor() throws Exception {
    var bytes = Files.readAllBytes(archive(Images.layout(folder.resolve("in"), noise(100_000))));
    world.host(Duration.ofSeconds(6));
    var half = bytes.length / 2;
    world.append("team/app/v1.tar", Arrays.copyOf(bytes, half));
    Thread.sleep(3000);
    world.append("team/app/v1.tar", Arrays.copyOfRange(bytes, half, bytes.length));
    until(() -> world.registry().repository(NAME).tag(new Tag("v1")).isPresent());
    assertThat(world.uploads().find("team/app/v1.tar.error")).isEmpty();
  }

  @Test
  void importDocumentOfAHostThatIsNotAllowedIsRefused() throws Exception {
    world.host("HEADWATER_IMPORT_HOSTS", "registry.example.com");
    var file = Files.writeString(folder.resolve("x"), "{\"source\":\"127.0.0.1:1/team/app:v1\"}");
    world.upload("team/app/v1.import.json", file);
    until(() -> world.uploads().find("team/app/v1.import.json.error").isPresent());
  }

  @Test
  void announcedPushIsConvertedOnlyWhereStreamingIsActive() throws Exception {
    var image = world.image(folder.resolve("in"), layer());
    world.host();
    PushedManifest.announce(world.registry().store(), NAME, image);
    until(() -> world.registry().store().list("pushed/", "", 1).isEmpty());
    assertThat(world.artifacts(image)).isZero();
    world.registry().repository(NAME).putStreaming(StreamingSettings.of(true));
    PushedManifest.announce(world.registry().store(), NAME, image);
    assertThat(world.ended(image).status()).isEqualTo(Operation.Status.Succeeded);
    until(() -> world.registry().store().list("pushed/", "", 1).isEmpty());
  }

  @Test
  void announcementOfAnImageThatIsGoneIsDropped() throws Exception {
    world.host();
    PushedManifest.announce(world.registry().store(), NAME, Digest.of(new byte[0]));
    until(() -> world.registry().store().list("pushed/", "", 1).isEmpty());
    assertThat(world.poison().size()).isZero();
  }

  @Test
  void indexBecomesOneMessageForEachPlatformAndOneOperation() throws Exception {
    var images = Images.in(folder.resolve("in"));
    var amd = images.image(Platform.of("linux", "amd64"), layer());
    var arm = images.image(Platform.of("linux", "arm64"), noise(1000));
    images.index(images.indexBlob(MediaTypes.OCI_INDEX, List.of(amd, arm)));
    Digest index;
    try (var source = Archives.open(folder.resolve("in"), "latest")) {
      index = world.image(source);
    }
    try (var conversions = world.conversions()) {
      conversions.start(NAME, index, ConversionListener.NONE);
      assertThat(world.queue().size()).isEqualTo(2);
      world.host();
      var whole = world.ended(index);
      assertThat(whole.status()).isEqualTo(Operation.Status.Succeeded);
      assertThat(whole.layers()).hasSize(2);
      assertThat(world.artifacts(index)).isEqualTo(2);
    }
  }

  @Test
  void messageThatIsNoneGoesToThePoisonQueueWithItsReason() throws Exception {
    world.host();
    for (var message :
        new String[] {"", "x", "{}", "{\"repository\":\"../x\",\"digest\":\"sha256:1\"}"}) {
      world.queue().send(message.isEmpty() ? " " : message);
    }
    until(() -> world.poison().size() == 4);
    assertThat(world.poison().peek(4))
        .allMatch(poison -> poison.contains("\"reason\":\"") && !poison.contains("Exception"));
    assertThat(world.queue().size()).isZero();
  }

  @Test
  void imageThatIsNotThereEndsWithItsCodeAndNoRetry() throws Exception {
    world.host();
    var image = Digest.of(new byte[0]);
    world.queue().send(request(image));
    var ended = world.ended(image);
    assertThat(ended.code()).isEqualTo(FailureCode.RESOURCE_NOT_FOUND);
    until(() -> world.queue().size() == 0);
    assertThat(world.poison().size()).isZero();
  }

  @Test
  void twoHostsWithTheSameMessageConvertOnce() throws Exception {
    var image = world.image(folder.resolve("in"), noise(8_000_000));
    try (var conversions = world.conversions()) {
      var operation = conversions.start(NAME, image, ConversionListener.NONE);
      world.queue().send(new ConversionRequest(NAME, image, operation.id()).toMessage());
      world.host();
      world.host();
      assertThat(world.ended(image).status()).isEqualTo(Operation.Status.Succeeded);
      until(() -> world.queue().size() == 0);
      assertThat(conversions.list(NAME)).hasSize(1);
      assertThat(world.ended(image).layers()).allMatch(layer -> !layer.reused());
      assertThat(world.artifacts(image)).isEqualTo(1);
    }
  }

  @Test
  void conversionThatIsCanceledMeanwhileStopsWithinASecond() throws Exception {
    var image = world.image(folder.resolve("in"), noise(60_000_000));
    try (var conversions = world.conversions()) {
      var operation = conversions.start(NAME, image, ConversionListener.NONE);
      world.host();
      until(
          () ->
              conversions.find(NAME, operation.id()).orElseThrow().status()
                  == Operation.Status.Running);
      var canceled = Instant.now();
      conversions.cancel(NAME, operation.id());
      until(() -> world.queue().size() == 0);
      assertThat(Duration.between(canceled, Instant.now())).isLessThan(Duration.ofSeconds(3));
      assertThat(world.artifacts(image)).isZero();
      assertThat(world.ended(image).status()).isEqualTo(Operation.Status.Canceled);
    }
  }

  @Test
  void storeThatAlwaysFailsEndsInThePoisonQueueAfterFiveTries() throws Exception {
    var image = world.image(folder.resolve("in"), layer());
    try (var faulty =
        new FaultyProxy(
            Azurite.start().blobPort(), (method, uri) -> writesBlob(method, uri) ? 403 : 0)) {
      world.host("HeadwaterStorage", Azurite.start().connectionString(faulty.port()));
      try (var conversions = world.conversions()) {
        conversions.start(NAME, image, ConversionListener.NONE);
      }
      var ended = world.ended(image);
      assertThat(ended.status()).isEqualTo(Operation.Status.Failed);
      assertThat(ended.code()).isEqualTo(FailureCode.UNKNOWN_ERROR);
      until(() -> world.poison().size() == 1);
      assertThat(world.poison().peek(1).getFirst()).contains(image.toString()).contains("403");
      until(() -> world.queue().size() == 0);
      assertThat(world.artifacts(image)).isZero();
    }
  }

  @Test
  void storeThatThrottlesForAWhileDelaysTheConversionOnly() throws Exception {
    var image = world.image(folder.resolve("in"), noise(1000));
    var left = new AtomicInteger(12);
    try (var faulty =
        new FaultyProxy(
            Azurite.start().blobPort(),
            (method, uri) -> writesBlob(method, uri) && left.getAndDecrement() > 0 ? 503 : 0)) {
      world.host("HeadwaterStorage", Azurite.start().connectionString(faulty.port()));
      try (var conversions = world.conversions()) {
        conversions.start(NAME, image, ConversionListener.NONE);
      }
      assertThat(world.ended(image).status()).isEqualTo(Operation.Status.Succeeded);
      assertThat(faulty.faults()).isEqualTo(12);
      assertThat(world.artifacts(image)).isEqualTo(1);
      assertThat(world.poison().size()).isZero();
    }
  }

  @Test
  void operationWhoseMessageWasLostIsSentAgainByTheSweep() throws Exception {
    var image = world.image(folder.resolve("in"), layer());
    try (var conversions = world.conversions()) {
      var operation = conversions.start(NAME, image, ConversionListener.NONE);
      // A worker takes the message, begins, lets go of the work, and the message is deleted.
      var message = world.queue().receive(1, Duration.ofSeconds(30)).getFirst();
      var document = "operations/" + NAME + "/_ids/" + operation.id();
      var stored = world.registry().store().get(document).orElseThrow();
      world
          .registry()
          .store()
          .put(
              document,
              stored
                  .text()
                  .replace("NotStarted", "Running")
                  .replace("\"free\":false", "\"free\":true")
                  .getBytes(java.nio.charset.StandardCharsets.UTF_8),
              stored.mediaType(),
              io.headwater.store.Condition.ALWAYS);
      world.queue().delete(message);
      world.host();
      assertThat(world.ended(image).status()).isEqualTo(Operation.Status.Succeeded);
    }
  }

  @Test
  void managementRoutesAnswerOverHttp() throws Exception {
    var image = world.image(folder.resolve("in"), layer());
    var host = world.host();
    assertThat(world.get(host, "/acr/v1/team/app/_streaming").body())
        .contains("\"convertPushedImages\":false");
    var created = world.post(host, "/acr/v1/team/app/_streaming/" + image, "{}");
    assertThat(created.statusCode()).isEqualTo(202);
    world.ended(image);
    assertThat(world.get(host, "/acr/v1/team/app/_streaming/" + image).body())
        .contains("Succeeded")
        .doesNotContain("\"work\"");
    var unknown = world.get(host, "/acr/v1/team/app/_operations/none");
    assertThat(unknown.statusCode()).isEqualTo(404);
    assertThat(unknown.body()).contains("OPERATION_UNKNOWN");
    assertThat(unknown.headers().firstValue("X-Content-Type-Options")).hasValue("nosniff");
    assertThat(world.registry().repository(NAME).referrers(image, MediaTypes.STREAMING_ARTIFACT))
        .hasSize(1);
  }

  @Test
  void eventThatIsMalformedOrOfAnUnknownRegistryIsRejectedWithASentence() throws Exception {
    var host = world.host();
    assertThat(world.post(host, "/hooks/registry", "{\"a\":1}").statusCode()).isEqualTo(400);
    var pushed =
        "[{\"eventType\":\"Microsoft.ContainerRegistry.ImagePushed\",\"data\":{\"target\":{\"digest\":\""
            + Digest.of(new byte[0])
            + "\",\"repository\":\"a\"},\"request\":{\"host\":\"other.azurecr.io\"}}}]";
    assertThat(world.post(host, "/runtime/webhooks/EventGrid?functionName=x", pushed).statusCode())
        .isEqualTo(202);
    until(() -> world.poison().size() == 1);
    assertThat(world.poison().peek(1).getFirst()).contains("other.azurecr.io");
  }
}
