package io.headwater.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headwater.block.MemoryDevice;
import io.headwater.fault.FormatException;
import io.headwater.oci.Descriptor;
import io.headwater.oci.Digest;
import io.headwater.oci.ImageIndex;
import io.headwater.oci.ImageManifest;
import io.headwater.oci.MediaTypes;
import io.headwater.oci.Platform;
import io.headwater.oci.RepositoryName;
import io.headwater.registry.Registry;
import io.headwater.registry.RegistryException;
import io.headwater.sample.Layer;
import io.headwater.sample.OddDocuments;
import io.headwater.sample.OddDocuments.Odd;
import io.headwater.sample.Tar;
import io.headwater.store.file.FileStore;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Archives with odd documents in them are imported, or refused in one sentence. */
class OddArchivesTest {
  private static final Layer LAYER = Layer.plain(new Tar().file("etc/motd", "hello"));
  private static final byte[] CONFIG =
      ("{\"os\":\"linux\",\"architecture\":\"amd64\",\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\""
              + LAYER.diffId()
              + "\"]}}")
          .getBytes(StandardCharsets.UTF_8);
  private static final byte[] ITEMS =
      "[{\"Config\":\"config.json\",\"RepoTags\":[\"app:1\"],\"Layers\":[\"layer.tar\"]}]"
          .getBytes(StandardCharsets.UTF_8);

  private static final Unpacking UNPACKING = Unpacking.ofSystem();

  @TempDir private Path folder = Path.of("");

  private static byte[] tar(Map<String, byte[]> files) {
    var tar = new Tar();
    files.forEach(tar::file);
    return tar.build();
  }

  private static byte[] dockerArchive(byte[] items, byte[] config) {
    var files = new LinkedHashMap<String, byte[]>();
    files.put("config.json", config);
    files.put("layer.tar", LAYER.blob());
    files.put("manifest.json", items);
    return tar(files);
  }

  private static void put(Map<String, byte[]> files, byte[] blob) {
    files.put("blobs/sha256/" + Digest.of(blob).hex(), blob);
  }

  private static byte[] ociArchive(byte[] index, byte[]... blobs) {
    var files = new LinkedHashMap<String, byte[]>();
    files.put("oci-layout", "{\"imageLayoutVersion\":\"1.0.0\"}".getBytes(StandardCharsets.UTF_8));
    put(files, LAYER.blob());
    put(files, CONFIG);
    for (var blob : blobs) {
      put(files, blob);
    }
    files.put("index.json", index);
    return tar(files);
  }

  private static Descriptor descriptor(String type, byte[] content) {
    return Descriptor.of(type, Digest.of(content), content.length);
  }

  private static byte[] manifest() {
    return new ImageManifest(
            2,
            MediaTypes.OCI_MANIFEST,
            null,
            descriptor(MediaTypes.OCI_CONFIG, CONFIG),
            List.of(descriptor(LAYER.mediaType(), LAYER.blob())),
            null,
            Map.of("a", "b"))
        .toJson();
  }

  private static byte[] index(byte[] manifest) {
    var image = descriptor(MediaTypes.OCI_MANIFEST, manifest);
    return ImageIndex.of(
            List.of(
                new Descriptor(
                    image.mediaType(),
                    image.digest(),
                    image.size(),
                    null,
                    Map.of(LayoutSource.REF_NAME, "1"),
                    null,
                    null,
                    Platform.of("linux", "amd64"))))
        .toJson();
  }

  private boolean isImported(Odd odd, byte[] archive) throws IOException {
    try (var store = FileStore.open(folder.resolve("store"));
        var source = Archives.open("image.tar", new MemoryDevice(archive), "", UNPACKING)) {
      var repository = new Registry(store).repository(new RepositoryName("odd"));
      var image = new ImageImport(source, store, repository, n -> {}).run();
      assertThat(repository.manifest(image.digest())).isPresent();
      return true;
    } catch (FormatException | RegistryException e) {
      assertThat(e.getMessage())
          .as(odd.what())
          .doesNotContain("\n")
          .doesNotContainPattern("headwater|java\\.|jackson|Exception");
      return false;
    } catch (RuntimeException e) {
      throw new AssertionError(odd.what(), e);
    }
  }

  @Test
  void dockerArchiveWithOddDocumentsIsImportedOrRefused() throws IOException {
    var imported = 0;
    for (var odd : OddDocuments.of(ITEMS)) {
      imported += isImported(odd, dockerArchive(odd.bytes(), CONFIG)) ? 1 : 0;
    }
    for (var odd : OddDocuments.of(CONFIG)) {
      imported += isImported(odd, dockerArchive(ITEMS, odd.bytes())) ? 1 : 0;
    }
    assertThat(imported).isGreaterThan(10);
  }

  @Test
  void ociArchiveWithOddDocumentsIsImportedOrRefused() throws IOException {
    var imported = 0;
    for (var odd : OddDocuments.of(index(manifest()))) {
      imported += isImported(odd, ociArchive(odd.bytes(), manifest())) ? 1 : 0;
    }
    for (var odd : OddDocuments.of(manifest())) {
      imported += isImported(odd, ociArchive(index(odd.bytes()), odd.bytes())) ? 1 : 0;
    }
    assertThat(imported).isGreaterThan(20);
  }

  private static void assertRefused(String items, String sentence) {
    var archive = dockerArchive(items.getBytes(StandardCharsets.UTF_8), CONFIG);
    assertThatThrownBy(
            () -> Archives.open("image.tar", new MemoryDevice(archive), "", UNPACKING).close())
        .isInstanceOf(FormatException.class)
        .hasMessage("image.tar: manifest.json: " + sentence);
  }

  @Test
  void refusalSaysWhatManifestJsonHas() {
    assertRefused("[null]", "[0]: null, an entry is wanted");
    assertRefused("[{\"Layers\":[]}]", "[0].Config is missing; a text is wanted");
    assertRefused("[{\"Config\":5}]", "[0].Config: 5, a text is wanted");
    assertRefused(
        "[{\"Config\":\"config.json\",\"Layers\":[null]}]",
        "[0].Layers[0]: null, an entry is wanted");
    assertRefused("{}", "an empty object, a list is wanted");
  }

  /** What docker save writes of an image that has no tag. */
  @Test
  void imageWithoutTagsIsRead() throws IOException {
    var items = "[{\"Config\":\"config.json\",\"RepoTags\":null,\"Layers\":[\"layer.tar\"]}]";
    var archive = dockerArchive(items.getBytes(StandardCharsets.UTF_8), CONFIG);
    assertThat(isImported(new Odd(items, archive), archive)).isTrue();
  }
}
