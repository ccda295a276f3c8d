package io.headwater.operation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headwater.convert.ConversionListener;
import io.headwater.convert.ConversionOptions;
import io.headwater.convert.FailureCode;
import io.headwater.convert.RegistryTarget;
import io.headwater.oci.Descriptor;
import io.headwater.oci.Digest;
import io.headwater.oci.ImageManifest;
import io.headwater.oci.Json;
import io.headwater.oci.MediaTypes;
import io.headwater.oci.RepositoryName;
import io.headwater.registry.GarbageCollection;
import io.headwater.registry.Registry;
import io.headwater.registry.RegistryException;
import io.headwater.registry.Repository;
import io.headwater.registry.StoredManifest;
import io.headwater.sample.Layer;
import io.headwater.sample.Tar;
import io.headwater.store.ContentStore;
import io.headwater.store.azure.AzureStore;
import io.headwater.store.file.FileStore;
import io.headwater.tool.Azurite;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Eve may push to a repository of her own, and knows every digest and diffID of somebody else's
 * image. None of them gives her its content.
 */
class EarnedContentTest {
  private static final RepositoryName VICTIM = new RepositoryName("victim/app");
  private static final RepositoryName EVE = new RepositoryName("eve/app");
  private static final byte[] JUNK =
      "fifty bytes that are no layer of anybody's at all.".getBytes(StandardCharsets.UTF_8);

  @Nested
  class OverFolder extends Eve {
    @TempDir private Path folder = Path.of("");

    @Override
    ContentStore store() throws IOException {
      return FileStore.open(folder);
    }
  }

  @Nested
  @Tag("tools")
  class OverAzure extends Eve {
    @Override
    ContentStore store() throws IOException {
      return AzureStore.open(Azurite.start().connectionString(), "eve-" + UUID.randomUUID());
    }
  }

  @SuppressWarnings("NullAway.Init")
  abstract static class Eve {
    private final Layer base = Layer.gzip(new Tar().file("etc/os", "common"));
    private final Layer secret = Layer.gzip(new Tar().file("etc/key", "the victim's secret"));
    private Registry registry;

    abstract ContentStore store() throws IOException;

    @BeforeEach
    void open() throws IOException {
      registry = new Registry(store());
    }

    private Repository repository(RepositoryName name) {
      return registry.repository(name);
    }

    private Descriptor put(RepositoryName name, byte[] bytes, String type) throws IOException {
      try (var stage = registry.store().stage(0)) {
        stage.body().write(bytes);
        var blob = stage.seal(new byte[0], Optional.empty());
        repository(name).linkBlob(blob.digest(), blob.size());
        return Descriptor.of(type, blob.digest(), blob.size());
      }
    }

    private StoredManifest push(RepositoryName name, List<Digest> diffIds, List<Descriptor> layers)
        throws IOException {
      var config = Json.object();
      config.put("architecture", "amd64").put("os", "linux");
      var ids = config.putObject("rootfs").put("type", "layers").putArray("diff_ids");
      diffIds.forEach(id -> ids.add(id.toString()));
      var described = put(name, Json.write(config), MediaTypes.OCI_CONFIG);
      var type = MediaTypes.OCI_MANIFEST;
      var manifest = new ImageManifest(2, type, null, described, layers, null, null);
      return repository(name).putManifest(manifest.toJson(), type);
    }

    private StoredManifest push(RepositoryName name, Layer... layers) throws IOException {
      var diffIds = new ArrayList<Digest>();
      var blobs = new ArrayList<Descriptor>();
      for (var layer : layers) {
        diffIds.add(layer.diffId());
        blobs.add(put(name, layer.blob(), layer.mediaType()));
      }
      return push(name, diffIds, blobs);
    }

    private Operation convert(RepositoryName name, StoredManifest image) throws Exception {
      try (var conversions = new Conversions(registry, ConversionOptions.DEFAULT, 1)) {
        return conversions.await(conversions.start(name, image.digest(), ConversionListener.NONE));
      }
    }

    private List<Descriptor> layersOf(RepositoryName name, Descriptor artifact) throws IOException {
      var stored = repository(name).manifest(artifact.digest()).orElseThrow();
      return ((ImageManifest) stored.parse()).layers();
    }

    private StoredManifest pushVictim(boolean converted) throws Exception {
      var image = push(VICTIM, base, secret);
      if (converted) {
        assertThat(convert(VICTIM, image).status()).isEqualTo(Operation.Status.Succeeded);
      }
      return image;
    }

    /** Eve gets nothing, and the victim's artifact is what its own layers are, before or after. */
    private void assertRefused(StoredManifest victim, StoredManifest eves) throws Exception {
      var operation = convert(EVE, eves);
      assertThat(operation.status()).isEqualTo(Operation.Status.Failed);
      assertThat(operation.code()).isEqualTo(FailureCode.INVALID_IMAGE);
      assertThat(repository(EVE).artifacts().of(eves)).isEmpty();
      assertThat(repository(EVE).referrers(eves.digest(), "")).isEmpty();
      assertThat(convert(VICTIM, victim).status()).isEqualTo(Operation.Status.Succeeded);
      var artifact = repository(VICTIM).artifacts().of(victim).getFirst();
      var layers = layersOf(VICTIM, artifact);
      for (int i = 0; i < layers.size(); i++) {
        if (repository(EVE).blobSize(layers.get(i).digest()).isPresent()) {
          var original = Digest.of(List.of(base, secret).get(i).blob());
          assertThat(repository(EVE).blobSize(original)).isPresent();
        }
      }
      var alone = new RepositoryName("alone/app");
      var copy = push(alone, base, secret);
      convert(alone, copy);
      assertThat(repository(alone).artifacts().of(copy)).containsExactly(artifact);
    }

    private void playEve(List<Digest> diffIds, List<Descriptor> layers) throws Exception {
      var eves = push(EVE, diffIds, layers);
      assertRefused(pushVictim(false), eves);
    }

    private void playEveLate(List<Digest> diffIds, List<Descriptor> layers) throws Exception {
      var victim = pushVictim(true);
      assertRefused(victim, push(EVE, diffIds, layers));
    }

    private List<Descriptor> junk() throws IOException {
      var blob = put(EVE, JUNK, MediaTypes.OCI_LAYER_TAR);
      return List.of(blob, blob);
    }

    private List<Digest> claimed() {
      return List.of(base.diffId(), secret.diffId());
    }

    private static Descriptor foreign(Layer layer) {
      return Descriptor.of(
          "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
          Digest.of(layer.blob()),
          layer.blob().length);
    }

    private static Descriptor elsewhere(Layer layer) {
      return new Descriptor(
          layer.mediaType(),
          Digest.of(layer.blob()),
          layer.blob().length,
          List.of("https://example.com/layer"),
          null,
          null,
          null,
          null);
    }

    @Test
    void junkUnderDiffIdsOfOthersIsRefusedBeforeTheyConvert() throws Exception {
      playEve(claimed(), junk());
    }

    @Test
    void junkUnderDiffIdsOfOthersIsRefusedAfterTheyConverted() throws Exception {
      playEveLate(claimed(), junk());
    }

    @Test
    void ownLowerLayerGivesNothingOfTheOneAboveBefore() throws Exception {
      var own = put(EVE, base.blob(), base.mediaType());
      playEve(claimed(), List.of(own, junk().getFirst()));
    }

    @Test
    void ownLowerLayerGivesNothingOfTheOneAboveAfter() throws Exception {
      var own = put(EVE, base.blob(), base.mediaType());
      playEveLate(claimed(), List.of(own, junk().getFirst()));
    }

    @Test
    void foreignLayersThatTheRepositoryDoesNotHoldAreRefusedBefore() throws Exception {
      playEve(claimed(), List.of(foreign(base), foreign(secret)));
    }

    @Test
    void foreignLayersThatTheRepositoryDoesNotHoldAreRefusedAfter() throws Exception {
      playEveLate(claimed(), List.of(foreign(base), foreign(secret)));
    }

    @Test
    void layersWithUrlsThatTheRepositoryDoesNotHoldAreRefusedBefore() throws Exception {
      playEve(claimed(), List.of(elsewhere(base), elsewhere(secret)));
    }

    @Test
    void layersWithUrlsThatTheRepositoryDoesNotHoldAreRefusedAfter() throws Exception {
      playEveLate(claimed(), List.of(elsewhere(base), elsewhere(secret)));
    }

    @Test
    void layersThatTheRepositoryDoesNotHoldCannotBePushed() throws Exception {
      pushVictim(true);
      var layer = Descriptor.of(secret.mediaType(), Digest.of(secret.blob()), secret.blob().length);
      assertThatThrownBy(() -> push(EVE, List.of(secret.diffId()), List.of(layer)))
          .isInstanceOf(RegistryException.class)
          .hasMessageContaining("has no blob " + layer.digest());
    }

    @Test
    void whoHoldsTheOriginalsReusesWhatOthersConverted() throws Exception {
      var victim = pushVictim(true);
      var other = new RepositoryName("team/other");
      var operation = convert(other, push(other, base, secret));
      assertThat(operation.layersOrNone()).allMatch(Operation.LayerEntry::reused);
      assertThat(repository(other).artifacts().of(victim))
          .isEqualTo(repository(VICTIM).artifacts().of(victim));
    }

    @Test
    void sameLayerInAnotherCompressionIsExpandedAndGivesTheSame() throws Exception {
      var victim = pushVictim(true);
      var other = new RepositoryName("team/other");
      var image = push(other, base, Layer.zstd(new Tar().file("etc/key", "the victim's secret")));
      var operation = convert(other, image);
      assertThat(operation.layersOrNone())
          .extracting(Operation.LayerEntry::reused)
          .containsExactly(true, false);
      assertThat(layersOf(other, repository(other).artifacts().of(image).getFirst()))
          .isEqualTo(layersOf(VICTIM, repository(VICTIM).artifacts().of(victim).getFirst()));
    }

    @Test
    void artifactThatAClientPushedIsAReferrerButNotServed() throws Exception {
      var image = pushVictim(false);
      var config = put(VICTIM, "{}".getBytes(StandardCharsets.UTF_8), MediaTypes.OCI_CONFIG);
      var fake =
          new ImageManifest(
              2,
              MediaTypes.OCI_MANIFEST,
              MediaTypes.STREAMING_ARTIFACT,
              config,
              List.of(put(VICTIM, JUNK, MediaTypes.OCI_LAYER_TAR)),
              image.descriptor(),
              null);
      repository(VICTIM).putManifest(fake.toJson(), MediaTypes.OCI_MANIFEST);
      assertThat(repository(VICTIM).referrers(image.digest(), "")).hasSize(1);
      assertThat(repository(VICTIM).artifacts().of(image)).isEmpty();
      convert(VICTIM, image);
      assertThat(repository(VICTIM).referrers(image.digest(), "")).hasSize(2);
      assertThat(repository(VICTIM).artifacts().of(image)).hasSize(1);
    }

    @Test
    void artifactComesBackWithItsImageAndIsForgottenWhenItCannot() throws Exception {
      var image = pushVictim(true);
      var deletions = repository(VICTIM).deletions();
      deletions.deleteManifest(image.digest());
      GarbageCollection.run(registry, Duration.ZERO, false);
      assertThat(repository(VICTIM).artifacts().of(image)).isEmpty();
      deletions.restore(image.digest(), Optional.empty(), false);
      assertThat(repository(VICTIM).artifacts().of(image)).hasSize(1);
      deletions.deleteManifest(image.digest());
      var noRetention = new Registry(registry.store(), Duration.ZERO);
      GarbageCollection.run(noRetention, Duration.ZERO, false);
      assertThat(registry.store().list("repositories/victim/app/_artifacts/", "", 10)).isEmpty();
    }

    @Test
    void whatAnotherRegistrySaysOfItsBlobsEarnsNothingOfThisOne() throws Exception {
      pushVictim(true);
      var names = registry.store().list("chains/overlaybd/registry/", "", 10);
      assertThat(names).hasSize(2);
      var name = names.getFirst().substring("chains/overlaybd/registry/".length());
      var store = registry.store();
      assertThat(new RegistryTarget(store, repository(EVE), "registry").reusable(name)).isPresent();
      assertThat(new RegistryTarget(store, repository(EVE), "upstream/mirror_443").reusable(name))
          .isEmpty();
    }
  }
}
