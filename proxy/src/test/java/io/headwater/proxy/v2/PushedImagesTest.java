package io.headwater.proxy.v2;

import static org.assertj.core.api.Assertions.assertThat;

import io.headwater.convert.ConversionOptions;
import io.headwater.oci.RepositoryName;
import io.headwater.oci.Tag;
import io.headwater.operation.Conversions;
import io.headwater.proxy.Login;
import io.headwater.proxy.RunningProxy;
import io.headwater.registry.Registry;
import io.headwater.registry.Repository;
import io.headwater.registry.StoredManifest;
import io.headwater.registry.StreamingSettings;
import io.headwater.sample.Images;
import io.headwater.sample.Layer;
import io.headwater.sample.Tar;
import io.headwater.source.Archives;
import io.headwater.source.ImageImport;
import io.headwater.store.Meanwhile;
import io.headwater.store.StoreException;
import io.headwater.store.file.FileStore;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An image that a tag names, in a repository whose streaming is Active, gets its artifact. */
@SuppressWarnings("NullAway.Init")
class PushedImagesTest {
  private static final RepositoryName NAME = new RepositoryName("team/app");
  private static final Tag TAG = new Tag("v1");
  private static final String PATH = "/v2/team/app/manifests/";

  @TempDir private Path folder = Path.of("");
  private FileStore store;
  private Repository repository;
  private StoredManifest image;

  @BeforeEach
  void importWithoutTag() throws IOException {
    store = FileStore.open(folder.resolve("store"));
    repository = new Registry(store).repository(NAME);
    repository.putStreaming(StreamingSettings.of(true));
    var layout = Images.layout(folder.resolve("in"), Layer.gzip(new Tar().file("a", "b")));
    try (var source = Archives.open(layout, "latest")) {
      image = new ImageImport(source, store, repository, n -> {}).run();
    }
  }

  private int operations() throws IOException {
    try (var conversions = new Conversions(new Registry(store), ConversionOptions.DEFAULT, 1)) {
      return conversions.list(NAME).size();
    }
  }

  private int push(RunningProxy proxy) throws IOException, InterruptedException {
    return proxy
        .send(
            "PUT",
            PATH + TAG,
            image.bytes(),
            "Authorization",
            Login.header(),
            "Content-Type",
            image.mediaType())
        .statusCode();
  }

  @Test
  void noTagNamesAnImageWhoseConversionCannotBeFiled() throws Exception {
    var failing =
        Meanwhile.beforePut(
            store,
            name -> name.startsWith("operations/"),
            text -> true,
            () -> {
              throw new StoreException("the store is busy", true, new IOException("busy"));
            });
    try (var proxy = new RunningProxy(failing, Login.options(folder))) {
      assertThat(push(proxy)).isEqualTo(503);
      assertThat(repository.tag(TAG)).isEmpty();
      assertThat(push(proxy)).isEqualTo(201);
      assertThat(repository.tag(TAG)).contains(image.digest());
      assertThat(operations()).isEqualTo(1);
    }
  }

  /** Another proxy, which dies in between, has pushed it again. */
  @Test
  void imageThatIsThereAgainAfterItsDeletionIsConverted() throws Exception {
    var beside =
        Meanwhile.beforeDelete(
            store,
            name -> name.contains("/_manifests/"),
            () ->
                repository.putTags(
                    List.of(TAG), repository.putManifest(image.bytes(), image.mediaType())));
    try (var proxy = new RunningProxy(beside, Login.options(folder))) {
      var deleted = proxy.send("DELETE", PATH + image.digest(), "Authorization", Login.header());
      assertThat(deleted.statusCode()).isEqualTo(202);
      assertThat(repository.manifest(image.digest())).isPresent();
      assertThat(operations()).isEqualTo(1);
    }
  }

  @Test
  void imageThatIsRestoredWithoutItsArtifactIsConverted() throws Exception {
    repository.deletions().deleteManifest(image.digest());
    try (var proxy = new RunningProxy(store, Login.options(folder))) {
      var path = "/acr/v1/_deleted/team/app/_manifests/" + image.digest();
      assertThat(proxy.send("POST", path, "Authorization", Login.header()).statusCode())
          .isEqualTo(200);
      assertThat(operations()).isEqualTo(1);
      proxy.convert(NAME.value(), image.digest()); // joins it, or does it once more
      assertThat(operations()).isBetween(1, 2);
      var before = operations();
      repository.deletions().deleteManifest(image.digest());
      assertThat(proxy.send("POST", path, "Authorization", Login.header()).statusCode())
          .isEqualTo(200);
      assertThat(operations()).isEqualTo(before);
    }
  }

  @Test
  void imageThatIsDeletedBetweenItsManifestAndItsTagIsConverted() throws Exception {
    var beside =
        Meanwhile.beforePut(
            store,
            name -> name.endsWith("_tags/v1"),
            text -> true,
            () -> {
              try (var conversions =
                  new Conversions(new Registry(store), ConversionOptions.DEFAULT, 1)) {
                for (var operation : conversions.list(NAME)) {
                  conversions.await(operation);
                }
              }
              repository.deletions().deleteManifest(image.digest());
            });
    try (var proxy = new RunningProxy(beside, Login.options(folder))) {
      assertThat(push(proxy)).isEqualTo(201);
      assertThat(repository.manifest(image.digest())).isPresent();
      assertThat(operations()).isEqualTo(2);
    }
  }
}
