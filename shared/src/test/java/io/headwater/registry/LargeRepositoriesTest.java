package io.headwater.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headwater.oci.Descriptor;
import io.headwater.oci.Digest;
import io.headwater.oci.ImageIndex;
import io.headwater.oci.ImageManifest;
import io.headwater.oci.Json;
import io.headwater.oci.MediaTypes;
import io.headwater.oci.RepositoryName;
import io.headwater.store.ContentStore;
import io.headwater.store.file.FileStore;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What clients can make large in a repository is listed, deleted and collected within bounds. */
@SuppressWarnings("NullAway.Init")
class LargeRepositoriesTest {
  @TempDir private Path folder = Path.of("");
  private ContentStore store;
  private Registry registry;
  private Repository app;

  @BeforeEach
  void open() throws IOException {
    store = FileStore.open(folder);
    registry = new Registry(store, Duration.ofDays(1));
    app = registry.repository(new RepositoryName("team/app"));
  }

  @AfterEach
  void close() {
    store.close();
  }

  private static Descriptor blob(Repository to, String content) throws IOException {
    var bytes = content.getBytes(StandardCharsets.UTF_8);
    var id = to.uploads().begin();
    try (var writer = to.uploads().find(id).append()) {
      writer.write(ByteBuffer.wrap(bytes));
    }
    to.uploads().finish(id, Digest.of(bytes));
    return Descriptor.of(MediaTypes.OCI_CONFIG, Digest.of(bytes), bytes.length);
  }

  private StoredManifest image(
      String name, @Nullable String type, @Nullable Descriptor subject, int bytes)
      throws IOException {
    var manifest =
        new ImageManifest(
            2,
            MediaTypes.OCI_MANIFEST,
            type,
            blob(app, "config"),
            List.of(),
            subject,
            Map.of("name", name, "filling", "x".repeat(bytes)));
    return app.putManifest(manifest.toJson(), MediaTypes.OCI_MANIFEST);
  }

  private StoredManifest index(StoredManifest... images) throws IOException {
    var listed = new ArrayList<Descriptor>();
    for (var image : images) {
      listed.add(image.descriptor());
    }
    return app.putManifest(ImageIndex.of(listed).toJson(), MediaTypes.OCI_INDEX);
  }

  private List<List<Digest>> pages(Digest subject, String type, int limit) throws IOException {
    var pages = new ArrayList<List<Digest>>();
    var after = Optional.<Digest>empty();
    while (true) {
      var page = app.referrers(subject, type, after, limit);
      pages.add(page.referrers().stream().map(Descriptor::digest).toList());
      if (!page.hasMore()) {
        return pages;
      }
      after = Optional.of(pages.getLast().getLast());
    }
  }

  private static List<Digest> all(List<List<Digest>> pages) {
    return pages.stream().flatMap(List::stream).toList();
  }

  @Test
  void referrersOfAnIndexAndOfItsImagesComeInOnePagedOrder() throws Exception {
    var first = image("first", null, null, 0);
    var second = image("second", null, null, 0);
    var index = index(first, second);
    var expected = new TreeSet<Digest>();
    for (int i = 0; i < 7; i++) {
      expected.add(image("of index " + i, "x/sbom", index.descriptor(), 0).digest());
      expected.add(
          image("of first " + i, MediaTypes.STREAMING_ARTIFACT, first.descriptor(), 0).digest());
      expected.add(
          image("of second " + i, MediaTypes.STREAMING_ARTIFACT, second.descriptor(), 0).digest());
      image("not shown " + i, "x/sbom", second.descriptor(), 0);
    }
    for (var limit : List.of(1, 2, 20, 21, 22)) {
      var pages = pages(index.digest(), "", limit);
      assertThat(all(pages)).as("pages of %s", limit).containsExactlyElementsOf(expected);
      assertThat(pages).hasSize((21 + limit - 1) / limit);
    }
    assertThat(all(pages(index.digest(), MediaTypes.STREAMING_ARTIFACT, 4))).hasSize(14);
    assertThat(all(pages(index.digest(), "x/sbom", 4))).hasSize(7);
    assertThat(all(pages(index.digest(), "x/other", 4))).isEmpty();
  }

  @Test
  void pageOfReferrersIsNoLargerThanAnAnswerMayBe() throws Exception {
    var image = image("image", null, null, 0);
    for (int i = 0; i < 5; i++) {
      image("referrer " + i, "x/large", image.descriptor(), 900_000);
    }
    var pages = pages(image.digest(), "", 1000);
    assertThat(pages).extracting(List::size).containsExactly(2, 2, 1);
    assertThat(all(pages)).doesNotHaveDuplicates();
    // One that is larger than a page by itself is shown all the same.
    image("very large", "x/large", image.descriptor(), 3_000_000);
    assertThat(all(pages(image.digest(), "", 1000))).hasSize(6);
  }

  @Test
  void moreManifestsThanFitIntoMemoryAreNotDeletedTogether() throws Exception {
    var images = new StoredManifest[5];
    for (int i = 0; i < images.length; i++) {
      images[i] = image("large " + i, null, null, 2_000_000);
    }
    var index = index(images);
    assertThatThrownBy(() -> app.deletions().deleteManifest(index.digest()))
        .isInstanceOf(RegistryException.class)
        .hasMessageContaining("8388608 bytes")
        .hasMessageContaining("delete some of them first");
    assertThat(app.manifest(index.digest())).isPresent();
    assertThat(app.deletions().list()).isEmpty();
    for (var image : images) {
      assertThat(app.manifest(image.digest())).isPresent();
    }
    app.deletions().deleteManifest(images[0].digest());
    app.deletions().deleteManifest(index.digest());
    assertThat(app.hasManifests()).isFalse();
    app.deletions().restore(index.digest(), Optional.empty(), false);
    assertThat(app.manifest(images[4].digest())).isPresent();
    assertThat(StoreCheck.run(registry).faults()).isEmpty();
  }

  @Test
  void imageOfMoreTagsThanARecordMayHaveIsNotDeletedAndCollectingGoesOn() throws Exception {
    var image = image("image", null, null, 0);
    for (int i = 0; i <= 10_000; i++) {
      store.put(
          "repositories/team/app/_tags/v" + i,
          image.digest().toString().getBytes(StandardCharsets.UTF_8),
          "text/plain",
          io.headwater.store.Condition.ALWAYS);
    }
    assertThatThrownBy(() -> app.deletions().deleteManifest(image.digest()))
        .isInstanceOf(RegistryException.class)
        .hasMessageContaining("delete some of its tags");
    assertThat(app.tags("", 3)).hasSize(3);
    GarbageCollection.run(registry, Duration.ZERO, false);
    assertThat(app.manifest(image.digest())).isPresent();
  }

  @Test
  void whatIsKeptOfAnImageThatIsDeletedAgainAndAgainHasABound() throws Exception {
    for (int round = 0; round < 3; round++) {
      var image = image("image", null, null, 0);
      for (int i = 0; i < 3; i++) {
        image(
            "artifact " + round + i, MediaTypes.STREAMING_ARTIFACT, image.descriptor(), 2_000_000);
      }
      app.deletions().deleteManifest(image.digest());
    }
    var kept = new ArrayList<Integer>();
    app.deletions().forEach(image -> kept.add(image.manifests().size()));
    assertThat(kept).containsExactly(4);
  }

  @Test
  void namingTheBlobOfAnotherRepositoryKeepsNothingOfItFromBeingCollected() throws Exception {
    var victim = registry.repository(new RepositoryName("victim/app"));
    var secret = blob(victim, "secret");
    var foreign =
        Json.object()
            .put("mediaType", "application/vnd.oci.image.layer.nondistributable.v1.tar")
            .put("digest", secret.digest().toString())
            .put("size", secret.size());
    var manifest = Json.object().put("schemaVersion", 2).put("mediaType", MediaTypes.OCI_MANIFEST);
    manifest
        .putObject("config")
        .put("mediaType", MediaTypes.OCI_CONFIG)
        .put("digest", blob(app, "config").digest().toString())
        .put("size", "config".length());
    manifest.putArray("layers").add(foreign);
    app.putManifest(Json.write(manifest), MediaTypes.OCI_MANIFEST);
    GarbageCollection.run(registry, Duration.ZERO, false);
    assertThat(store.size(secret.digest())).isEmpty();
    assertThat(store.size(Digest.of("config".getBytes(StandardCharsets.UTF_8)))).isPresent();
  }

  @Test
  void repositoriesComeInPagesThatGoOnWhereTheOneBeforeEnded() throws Exception {
    var names = List.of("a", "a-b", "a/c", "a/c/d", "b", "b.c", "c_d/e");
    for (var name : names) {
      blob(registry.repository(new RepositoryName(name)), "x");
    }
    for (var limit : List.of(1, 3, 100)) {
      var found = new ArrayList<String>();
      for (var page = registry.repositories("", limit); !page.isEmpty(); ) {
        page.forEach(name -> found.add(name.value()));
        page = registry.repositories(page.getLast().value(), limit);
      }
      assertThat(found).as("pages of %s", limit).containsExactlyInAnyOrderElementsOf(names);
    }
  }
}
