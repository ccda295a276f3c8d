package io.headwater.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headwater.fault.FormatException;
import io.headwater.fault.LimitException;
import io.headwater.oci.Descriptor;
import io.headwater.oci.Digest;
import io.headwater.oci.ImageIndex;
import io.headwater.oci.ImageManifest;
import io.headwater.oci.MediaTypes;
import io.headwater.oci.Platform;
import io.headwater.oci.RepositoryName;
import io.headwater.registry.Registry;
import io.headwater.registry.Repository;
import io.headwater.registry.StoredManifest;
import io.headwater.sample.Images;
import io.headwater.sample.Layer;
import io.headwater.sample.Tar;
import io.headwater.store.file.FileStore;
import io.headwater.tool.Command;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ArchivesTest {
  private static final Tar BASE = new Tar().file("etc/motd", "hello");
  private static final Tar TOP = new Tar().file("app", "run");

  @TempDir private Path folder = Path.of("");

  private Path layout() throws IOException {
    return Images.layout(folder.resolve("layout"), Layer.gzip(BASE), Layer.zstd(TOP));
  }

  private static ImageManifest manifest(ImageSource source) throws IOException {
    return (ImageManifest) source.root().parse();
  }

  private Repository repository() throws IOException {
    return new Registry(FileStore.open(folder.resolve("store")))
        .repository(new RepositoryName("test/image"));
  }

  private StoredManifest imported(ImageSource source, Repository repository) throws IOException {
    return new ImageImport(source, FileStore.open(folder.resolve("store")), repository, n -> {})
        .run();
  }

  @Test
  void layoutFolderIsRead() throws IOException {
    try (var source = Archives.open(layout(), "")) {
      assertThat(manifest(source).layers()).hasSize(2);
    }
  }

  @Tag("tools")
  @Test
  void ociArchiveKeepsEveryByteOfTheLayout() throws Exception {
    var archive = folder.resolve("image.tar");
    Command.succeed(
        "skopeo",
        "--insecure-policy",
        "copy",
        "-q",
        "oci:" + layout() + ":latest",
        "oci-archive:" + archive + ":v1");
    try (var layout = Archives.open(layout(), "latest");
        var source = Archives.open(archive, "v1")) {
      assertThat(source.root().bytes()).isEqualTo(layout.root().bytes());
      for (var layer : manifest(source).layers()) {
        try (var one = source.blob(layer);
            var other = layout.blob(layer)) {
          assertThat(one.readAllBytes()).isEqualTo(other.readAllBytes());
        }
      }
    }
  }

  @Tag("tools")
  @Test
  void dockerArchiveBecomesSchema2Image() throws Exception {
    var archive = folder.resolve("image.tar");
    Command.succeed(
        "skopeo",
        "--insecure-policy",
        "copy",
        "-q",
        "oci:"
            + Images.layout(folder.resolve("gzip"), Layer.gzip(BASE), Layer.gzip(TOP))
            + ":latest",
        "docker-archive:" + archive + ":team/app:v1");
    try (var source = Archives.open(archive, "v1")) {
      var manifest = manifest(source);
      assertThat(manifest.mediaType()).isEqualTo(MediaTypes.DOCKER_MANIFEST);
      assertThat(manifest.layers())
          .extracting(Descriptor::digest)
          .containsExactly(Digest.of(BASE.build()), Digest.of(TOP.build()));
      var stored = imported(source, repository());
      assertThat(stored.digest()).isEqualTo(source.root().digest());
    }
    try (var source = Archives.open(archive, "team/app:v1")) {
      assertThat(manifest(source).layers()).hasSize(2);
    }
  }

  @Test
  void importKeepsExactBytesOfIndexesWithinIndexes() throws IOException {
    var images = Images.in(folder.resolve("multi"));
    var amd64 = images.image(Platform.of("linux", "amd64"), Layer.gzip(BASE));
    var arm64 =
        images.image(
            Platform.of("linux", "arm64"),
            MediaTypes.DOCKER_MANIFEST,
            MediaTypes.DOCKER_CONFIG,
            Layer.gzip(TOP));
    var inner = images.indexBlob(MediaTypes.DOCKER_INDEX, List.of(arm64));
    var outer = images.index(images.indexBlob(MediaTypes.OCI_INDEX, List.of(amd64, inner)));
    var repository = repository();
    try (var source = Archives.open(folder.resolve("multi"), "latest")) {
      assertThat(imported(source, repository).digest()).isEqualTo(outer.digest());
    }
    for (var descriptor : List.of(amd64, arm64, inner, outer)) {
      var stored = repository.manifest(descriptor.digest()).orElseThrow();
      assertThat(Digest.of(stored.bytes())).isEqualTo(descriptor.digest());
      assertThat(stored.mediaType()).isEqualTo(descriptor.mediaType());
    }
    assertThat(repository.manifest(outer.digest()).orElseThrow().parse())
        .isInstanceOf(ImageIndex.class);
  }

  @Tag("tools")
  @Test
  void truncatedArchiveIsNamed() throws Exception {
    var archive = folder.resolve("whole.tar");
    Command.succeed("tar", "-C", layout(), "-cf", archive, ".");
    var cut = folder.resolve("cut.tar");
    Files.write(cut, Arrays.copyOf(Files.readAllBytes(archive), 3000));
    assertFault(cut, "", FormatException.class, "cut.tar: ", "breaks off at byte");
  }

  private static void assertFault(
      Path path, String tag, Class<? extends Exception> type, String... parts) {
    assertThatThrownBy(
            () -> {
              try (var source = Archives.open(path, tag)) {
                source.root();
              }
            })
        .isInstanceOf(type)
        .hasMessageContainingAll(parts);
  }

  @Test
  void archiveWithoutManifestIsNamed() throws IOException {
    var archive = Files.write(folder.resolve("x.tar"), BASE.build());
    assertFault(
        archive, "", FormatException.class, "x.tar", "neither index.json", "nor manifest.json");
  }

  @Test
  void fileThatIsNoTarIsNamed() throws IOException {
    var archive =
        Files.write(
            folder.resolve("x.tar"),
            "hello, this is no tar ".repeat(50).getBytes(StandardCharsets.UTF_8));
    assertFault(archive, "", FormatException.class, "x.tar", "not a tar header");
  }

  @Test
  void compressedArchiveIsNamed() throws IOException {
    var archive = Files.write(folder.resolve("x.tar"), Layer.gzip(BASE.build()));
    assertFault(
        archive, "", FormatException.class, "compressed as a whole (gzip)", "expand it first");
  }

  @Test
  void archiveWithPathOutsideIsRefused() throws IOException {
    for (var name : new String[] {"../index.json", "/etc/passwd", "a/../../b"}) {
      var archive = Files.write(folder.resolve("x.tar"), new Tar().file(name, "x").build());
      assertFault(archive, "", FormatException.class, "leads outside");
    }
  }

  @Test
  void dockerArchiveThatLacksALayerIsNamed() throws IOException {
    var config =
        "{\"architecture\":\"amd64\",\"os\":\"linux\",\"rootfs\":{\"diff_ids\":[\""
            + Digest.of(BASE.build())
            + "\"]}}";
    var list = "[{\"Config\":\"config.json\",\"RepoTags\":null,\"Layers\":[\"layer.tar\"]}]";
    var archive =
        Files.write(
            folder.resolve("x.tar"),
            new Tar().file("manifest.json", list).file("config.json", config).build());
    assertFault(archive, "", FormatException.class, "'layer.tar'", "is missing");
  }

  @Test
  void layoutThatLacksABlobLeavesNoManifest() throws IOException {
    var layout = layout();
    var repository = repository();
    try (var source = Archives.open(layout, "")) {
      var lost = manifest(source).layers().getLast().digest();
      Files.delete(Images.blob(layout, lost));
      assertThatThrownBy(() -> imported(source, repository))
          .isInstanceOf(FormatException.class)
          .hasMessageContaining("blob " + lost + " is missing");
      assertThat(repository.manifest(source.root().digest())).isEmpty();
    }
  }

  @Test
  void blobThatIsNotOfItsDigestIsNotKept() throws IOException {
    var layout = layout();
    var repository = repository();
    try (var source = Archives.open(layout, "")) {
      var layer = manifest(source).layers().getFirst();
      var file = Images.blob(layout, layer.digest());
      var bytes = Files.readAllBytes(file);
      bytes[20] ^= 1;
      Files.write(file, bytes);
      assertThatThrownBy(() -> imported(source, repository))
          .isInstanceOf(FormatException.class)
          .hasMessageContaining(layer.digest().toString());
      assertThat(repository.blobSize(layer.digest())).isEmpty();
      Files.write(file, Arrays.copyOf(bytes, 30));
      assertThatThrownBy(() -> imported(source, repository))
          .hasMessageContaining("has 30 bytes, its descriptor says");
    }
  }

  @Test
  void manifestOfMoreThan4MiBIsRefused() throws IOException {
    var images = Images.in(folder.resolve("large"));
    var root =
        images.put(
            ("{\"x\":\"" + "y".repeat(5 << 20) + "\"}").getBytes(StandardCharsets.UTF_8),
            MediaTypes.OCI_MANIFEST);
    images.index(root);
    assertFault(folder.resolve("large"), "latest", LimitException.class, "at most 4194304");
  }

  @Test
  void manifestWithInvalidUtf8IsNamed() throws IOException {
    var images = Images.in(folder.resolve("utf8"));
    images.index(
        images.put(
            new byte[] {'{', '"', (byte) 0xff, '"', ':', '1', '}'}, MediaTypes.OCI_MANIFEST));
    assertThatThrownBy(
            () -> {
              try (var source = Archives.open(folder.resolve("utf8"), "latest")) {
                source.root().parse();
              }
            })
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("not valid JSON");
  }

  @Test
  void jsonOfEndlessDepthIsRefused() {
    Images images;
    try {
      images = Images.in(folder.resolve("deep"));
      images.indexText("[".repeat(100_000));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    assertFault(folder.resolve("deep"), "", FormatException.class, "not valid JSON");
  }

  @Test
  void unknownTagNamesThoseThatThereAre() throws IOException {
    assertFault(layout(), "v9", FormatException.class, "names no image 'v9'; it has latest");
  }

  @Test
  void missingFileIsNamed() {
    assertFault(folder.resolve("nothing"), "", FormatException.class, "there is no file or folder");
  }
}
