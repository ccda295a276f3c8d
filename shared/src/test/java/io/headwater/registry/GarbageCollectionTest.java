package io.headwater.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headwater.oci.Descriptor;
import io.headwater.oci.Digest;
import io.headwater.oci.ImageIndex;
import io.headwater.oci.ImageManifest;
import io.headwater.oci.MediaTypes;
import io.headwater.oci.RepositoryName;
import io.headwater.oci.Tag;
import io.headwater.store.Condition;
import io.headwater.store.ContentStore;
import io.headwater.store.Meanwhile;
import io.headwater.store.file.FileStore;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@SuppressWarnings("NullAway.Init")
class GarbageCollectionTest {
  @TempDir private Path folder = Path.of("");
  private ContentStore store;
  private Registry registry;
  private Repository app;

  @BeforeEach
  void open() throws IOException {
    store = FileStore.open(folder);
    registry = new Registry(store, Duration.ZERO);
    app = repository("team/app");
  }

  private Repository repository(String name) {
    return registry.repository(new RepositoryName(name));
  }

  private static Descriptor push(Repository to, String content) throws IOException {
    var bytes = content.getBytes(StandardCharsets.UTF_8);
    var uploads = to.uploads();
    var id = uploads.begin();
    try (var writer = uploads.find(id).append()) {
      writer.write(java.nio.ByteBuffer.wrap(bytes));
    }
    uploads.finish(id, Digest.of(bytes));
    return Descriptor.of(MediaTypes.OCI_LAYER_TAR, Digest.of(bytes), bytes.length);
  }

  private static StoredManifest image(Repository to, String... layers) throws IOException {
    return image(to, null, null, layers);
  }

  private static StoredManifest image(
      Repository to,
      @org.jspecify.annotations.Nullable String artifactType,
      @org.jspecify.annotations.Nullable Descriptor subject,
      String... layers)
      throws IOException {
    var config = push(to, "config of " + String.join(",", layers));
    var descriptors = new java.util.ArrayList<Descriptor>();
    for (var layer : layers) {
      descriptors.add(push(to, layer));
    }
    var manifest =
        new ImageManifest(
            2, MediaTypes.OCI_MANIFEST, artifactType, config, descriptors, subject, null);
    return to.putManifest(manifest.toJson(), MediaTypes.OCI_MANIFEST);
  }

  private static StoredManifest artifact(Repository to, StoredManifest of, String layer)
      throws IOException {
    return image(to, MediaTypes.STREAMING_ARTIFACT, of.descriptor(), layer);
  }

  private GarbageCollection.Report collect() throws IOException {
    return GarbageCollection.run(registry, Duration.ZERO, false);
  }

  private boolean has(String content) throws IOException {
    return store.size(Digest.of(content.getBytes(StandardCharsets.UTF_8))).isPresent();
  }

  /** As a process leaves it that ends between removing a manifest and looking for its names. */
  private void brokenOffDeletion(Repository from, StoredManifest image) throws IOException {
    from.deletions().deleteManifest(image.digest());
    store.put(
        from.layout().tag(new Tag("meanwhile")),
        image.digest().toString().getBytes(StandardCharsets.UTF_8),
        "text/plain",
        Condition.ALWAYS);
  }

  @Test
  void tagThatABrokenOffDeletionHasLeftGetsItsImageBackWithItsArtifact() throws IOException {
    var soft = new Registry(store, Duration.ofDays(1));
    var from = soft.repository(new RepositoryName("team/app"));
    var image = image(from, "layer");
    var artifact = artifact(from, image, "converted");
    brokenOffDeletion(from, image);
    assertThat(StoreCheck.run(soft).faults()).hasSize(1);
    GarbageCollection.run(soft, Duration.ofDays(1), true);
    assertThat(from.manifest(image.digest())).isEmpty();
    GarbageCollection.run(soft, Duration.ofDays(1), false);
    assertThat(from.manifest(image.digest())).isPresent();
    assertThat(from.tag(new Tag("meanwhile"))).contains(image.digest());
    assertThat(from.referrers(image.digest(), "")).hasSize(1);
    assertThat(from.manifest(artifact.digest())).isPresent();
    assertThat(StoreCheck.run(soft).faults()).isEmpty();
  }

  @Test
  void tagOfWhatCannotBeRestoredGoesOnceItIsOld() throws IOException {
    var image = image(app, "layer");
    image(app, "another");
    brokenOffDeletion(app, image);
    GarbageCollection.run(registry, Duration.ofDays(1), false);
    assertThat(app.tag(new Tag("meanwhile"))).contains(image.digest());
    collect();
    assertThat(app.tag(new Tag("meanwhile"))).isEmpty();
    assertThat(StoreCheck.run(registry).faults()).isEmpty();
  }

  @Test
  void blobsThatNoManifestNamesAreRemovedAndSharedOnesStay() throws IOException {
    var first = image(app, "shared", "first");
    image(repository("team/other"), "shared", "other");
    push(app, "never used");
    app.deletions().deleteManifest(first.digest());
    var dry = GarbageCollection.run(registry, Duration.ZERO, true);
    assertThat(has("first")).isTrue();
    var report = collect();
    assertThat(has("first")).isFalse();
    assertThat(has("never used")).isFalse();
    assertThat(has("shared")).isTrue();
    assertThat(has("other")).isTrue();
    assertThat(report.blobs()).isEqualTo(3).isEqualTo(dry.blobs());
    assertThat(report.bytes())
        .isEqualTo("first".length() + "never used".length() + "config of shared,first".length())
        .isEqualTo(dry.bytes());
    assertThat(StoreCheck.run(registry).faults()).isEmpty();
    assertThat(collect().blobs()).isZero();
  }

  @Test
  void whatIsYoungerThanTheGraceTimeStays() throws IOException {
    push(app, "on its way");
    assertThat(GarbageCollection.run(registry, Duration.ofMinutes(1), false).blobs()).isZero();
    assertThat(has("on its way")).isTrue();
  }

  @Test
  void deletedImageIsPurgedAfterItsRetentionAndNotBefore() throws IOException {
    registry = new Registry(store, Duration.ofDays(7));
    app = repository("team/app");
    var image = image(app, "layer");
    artifact(app, image, "streaming layer");
    app.deletions().deleteManifest(image.digest());
    collect();
    assertThat(has("layer")).isTrue();
    assertThat(has("streaming layer")).isTrue();
    var later = new Registry(store, Duration.ofMillis(1));
    var report = GarbageCollection.run(later, Duration.ZERO, false);
    assertThat(report.purgedImages()).isEqualTo(1);
    assertThat(has("layer")).isFalse();
    assertThat(has("streaming layer")).isFalse();
    assertThatThrownBy(() -> app.deletions().restore(image.digest(), Optional.empty(), false))
        .isInstanceOf(RegistryException.class)
        .hasMessageContaining("no deleted image");
  }

  @Test
  void artifactDoesNotStayBehindItsImage() throws IOException {
    var image = image(app, "layer");
    app.deletions().deleteManifest(image.digest());
    // A conversion that was under way puts its artifact after the image was deleted.
    var late = artifact(app, image, "streaming layer");
    assertThat(GarbageCollection.run(registry, Duration.ofMinutes(1), false).orphans()).isZero();
    assertThat(collect().orphans()).isEqualTo(1);
    assertThat(app.manifest(late.digest())).isEmpty();
    assertThat(has("streaming layer")).isFalse();
  }

  /** Converting an image that is pushed again makes the same artifact. */
  @Test
  void artifactThatIsMadeAgainWhileItIsCollectedStays() throws Exception {
    var image = image(app, "layer");
    var artifact = artifact(app, image, "streaming layer");
    store.delete(
        "repositories/team/app/_manifests/sha256/" + image.digest().hex(), Condition.ALWAYS);
    var beside =
        Meanwhile.beforeDelete(
            store,
            name -> name.endsWith(artifact.digest().hex()),
            () -> {
              app.putManifest(image.bytes(), image.mediaType());
              app.putManifest(artifact.bytes(), artifact.mediaType());
            });
    Thread.sleep(1600);
    var report = GarbageCollection.run(new Registry(beside), Duration.ofMillis(1500), false);
    assertThat(report.orphans()).isZero();
    assertThat(app.referrers(image.digest(), MediaTypes.STREAMING_ARTIFACT)).hasSize(1);
    assertThat(has("streaming layer")).isTrue();
    assertThat(StoreCheck.run(registry).faults()).isEmpty();
  }

  /** Who looked for it in between did not find it, and has to be told. */
  @Test
  void deletingSaysWhenTheImageIsThereAgain() throws IOException {
    var tag = new Tag("v1");
    var image = image(app, "layer");
    var beside =
        Meanwhile.beforeDelete(
            store,
            name -> name.contains("/_manifests/"),
            () -> app.putTags(List.of(tag), app.putManifest(image.bytes(), image.mediaType())));
    var deletions = new Registry(beside).repository(app.name()).deletions();
    assertThat(deletions.deleteManifest(image.digest()))
        .map(StoredManifest::digest)
        .contains(image.digest());
    assertThat(app.manifest(image.digest())).isPresent();
    app.deleteTag(tag);
    assertThat(app.deletions().deleteManifest(image.digest())).isEmpty();
  }

  @Test
  void imagesOfADeletedIndexGoWithItUnlessSomethingElseNamesThem() throws IOException {
    var alone = image(app, "alone");
    var tagged = image(app, "tagged");
    var shared = image(app, "in another index");
    app.putTag(new Tag("kept"), tagged.digest());
    var index = index(alone, tagged, shared);
    index(shared);
    var artifact = artifact(app, alone, "streaming");
    app.deletions().deleteManifest(index.digest());
    assertThat(app.manifest(alone.digest())).isEmpty();
    assertThat(app.manifest(artifact.digest())).isEmpty();
    assertThat(app.manifest(tagged.digest())).isPresent();
    assertThat(app.manifest(shared.digest())).isPresent();
  }

  @Test
  void imageThatAnotherIndexListsWhileItsOwnIsDeletedStays() throws IOException {
    var image = image(app, "alone");
    var index = index(image);
    var beside =
        Meanwhile.beforeDelete(
            store, name -> name.endsWith(image.digest().hex()), () -> index(image, image));
    new Registry(beside, Duration.ZERO)
        .repository(app.name())
        .deletions()
        .deleteManifest(index.digest());
    assertThat(app.manifest(index.digest())).isEmpty();
    assertThat(app.manifest(image.digest())).isPresent();
  }

  private StoredManifest index(StoredManifest... images) throws IOException {
    var list = java.util.Arrays.stream(images).map(StoredManifest::descriptor).toList();
    return app.putManifest(ImageIndex.of(list).toJson(), MediaTypes.OCI_INDEX);
  }

  @Test
  void fallbackTagGoesWithItsSubjectAndForgetsDeletedReferrers() throws IOException {
    var image = image(app, "layer");
    var one = image(app, "x/sbom", image.descriptor(), "one");
    var other = image(app, "x/sbom", image.descriptor(), "other");
    var tag = new Tag("sha256-" + image.digest().hex());
    app.putTag(tag, index(one, other).digest());
    app.deletions().deleteManifest(one.digest());
    var list = app.manifest(app.tag(tag).orElseThrow()).orElseThrow();
    assertThat(((ImageIndex) list.parse()).manifests())
        .extracting(Descriptor::digest)
        .containsExactly(other.digest());
    app.deletions().deleteManifest(image.digest());
    assertThat(app.tag(tag)).isEmpty();
  }

  @Test
  void abandonedUploadsAreRemoved() throws IOException {
    var uploads = app.uploads();
    var id = uploads.begin();
    assertThat(GarbageCollection.run(registry, Duration.ofMinutes(1), false).uploads()).isZero();
    assertThat(uploads.find(id).sizeBytes()).isZero();
    var session = folder.resolve("sessions").resolve(id);
    var old = java.nio.file.attribute.FileTime.from(Instant.now().minusSeconds(3600));
    Files.setLastModifiedTime(session, old);
    assertThat(GarbageCollection.run(registry, Duration.ofMinutes(1), false).uploads())
        .isEqualTo(1);
    assertThatThrownBy(() -> uploads.find(id)).isInstanceOf(RegistryException.class);
  }

  /** Collecting with next to no grace beside pushes that find their blobs there: none is broken. */
  @Test
  void collectingBesidePushesBreaksNone() throws Exception {
    var done = new AtomicBoolean();
    try (var executor = Executors.newVirtualThreadPerTaskExecutor()) {
      var collector =
          executor.submit(
              () -> {
                while (!done.get()) {
                  GarbageCollection.run(registry, Duration.ofSeconds(2), false);
                }
                return null;
              });
      for (int i = 0; i < 60; i++) {
        var image = image(app, "base", "layer " + i % 3);
        assertThat(StoreCheck.run(registry).faults()).isEmpty();
        if (i % 2 == 0) {
          app.deletions().deleteManifest(image.digest());
        }
        Thread.sleep(50);
      }
      done.set(true);
      collector.get();
    }
    assertThat(StoreCheck.run(registry).faults()).isEmpty();
  }

  /** Deleting and pushing the same image at once: a push that was answered is there. */
  @Test
  void imagePushedAgainWhileItIsDeletedIsNotLost() throws Exception {
    var tag = new Tag("v1");
    for (int i = 0; i < 30; i++) {
      var image = image(app, "layer");
      app.putTag(tag, image.digest());
      try (var executor = Executors.newVirtualThreadPerTaskExecutor()) {
        var deleting =
            executor.submit(
                () -> {
                  app.deletions().deleteManifest(image.digest());
                  return null;
                });
        app.putTags(List.of(tag), app.putManifest(image.bytes(), image.mediaType()));
        deleting.get();
        if (app.tag(tag).isPresent()) {
          assertThat(app.manifest(image.digest())).isPresent();
        }
        assertThat(StoreCheck.run(registry).faults()).isEmpty();
      }
    }
  }

  @Test
  void checkFindsWhatIsMissingAndWhatIsCorrupt() throws IOException {
    image(app, "layer", "other layer");
    assertThat(StoreCheck.run(registry).isGood()).isTrue();
    store.deleteBlob(Digest.of("layer".getBytes(StandardCharsets.UTF_8)));
    var other = Digest.of("other layer".getBytes(StandardCharsets.UTF_8));
    Files.writeString(store.file(other).orElseThrow(), "OTHER LAYER");
    assertThat(StoreCheck.run(registry).faults())
        .hasSize(3)
        .anyMatch(fault -> fault.contains("refers to blob"))
        .anyMatch(fault -> fault.contains("has a link to blob"))
        .anyMatch(fault -> fault.contains("has the content of"));
  }

  @Test
  void storageIsCountedOnceHoweverManyShareIt() throws IOException {
    var image = image(app, "layer");
    image(repository("team/other"), "layer");
    artifact(app, image, "streaming layer");
    var report = StorageReport.of(registry);
    assertThat(report.repositories()).hasSize(2);
    var sum = report.repositories().stream().mapToLong(r -> r.use().originals()).sum();
    assertThat(report.total().originals()).isEqualTo(sum / 2);
    assertThat(report.total().streaming()).isGreaterThan("streaming layer".length());
    assertThat(List.of(report.total().all()))
        .containsExactly(report.total().originals() + report.total().streaming());
  }
}
