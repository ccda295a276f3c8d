package io.headwater.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.luben.zstd.Zstd;
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
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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

  private static byte[] dockerArchive(Tar extra, String... tags) {
    var config =
        "{\"architecture\":\"amd64\",\"os\":\"linux\",\"rootfs\":{\"diff_ids\":[\""
            + Digest.of(BASE.build())
            + "\"]}}";
    var names = String.join("\",\"", tags);
    var list =
        "[{\"Config\":\"config.json\",\"RepoTags\":[\""
            + names
            + "\"],\"Layers\":[\"layer.tar\"]}]";
    return extra
        .file("manifest.json", list)
        .file("config.json", config)
        .file("layer.tar", BASE.build())
        .build();
  }

  private static byte[] dockerArchive(String... tags) {
    return dockerArchive(new Tar(), tags);
  }

  /** By what they are, whatever their names say. */
  @Test
  void archivesThatAreCompressedAsAWholeAreReadByTheirContent() throws IOException {
    var tar = dockerArchive("app:1");
    for (var bytes : List.of(tar, Layer.gzip(tar), Zstd.compress(tar))) {
      var archive = Files.write(folder.resolve("x.tar"), bytes);
      try (var source = Archives.open(archive, "", new Unpacking(folder.resolve("tmp"), 1 << 20))) {
        assertThat(manifest(source).layers())
            .extracting(Descriptor::digest)
            .containsExactly(Digest.of(BASE.build()));
        assertThat(imported(source, repository()).digest()).isEqualTo(source.root().digest());
      }
    }
    try (var left = Files.list(folder.resolve("tmp"))) {
      assertThat(left).isEmpty();
    }
  }

  @Test
  void compressedArchiveThatExpandsBeyondTheLimitIsRefusedAndLeavesNothing() throws IOException {
    var tar = new Tar().file("zeros", new byte[3 << 20]).build();
    for (var bytes : List.of(Layer.gzip(tar), Zstd.compress(tar))) {
      var archive = Files.write(folder.resolve("x.tgz"), bytes);
      assertThat(bytes.length).isLessThan(100_000);
      assertThatThrownBy(
              () -> Archives.open(archive, "", new Unpacking(folder.resolve("tmp"), 1 << 20)))
          .isInstanceOf(LimitException.class)
          .hasMessageContainingAll("x.tgz", "more than 1048576 bytes (max-archive-size)");
    }
    try (var left = Files.list(folder.resolve("tmp"))) {
      assertThat(left).isEmpty();
    }
  }

  @Test
  void compressedArchiveThatBreaksOffIsNamed() throws IOException {
    var whole = Layer.gzip(dockerArchive("app:1"));
    var archive = Files.write(folder.resolve("x.tgz"), Arrays.copyOf(whole, whole.length - 20));
    assertFault(
        archive, "", FormatException.class, "archive ", "x.tgz: gzip: the stream is truncated");
  }

  @ParameterizedTest
  @CsvSource({"xz, fd377a585a00", "bzip2, 425a6839", "zip, 504b0304", "lz4, 04224d18"})
  void archiveThatIsCompressedBySomethingElseIsNamed(String format, String begin)
      throws IOException {
    var bytes = Arrays.copyOf(HexFormat.of().parseHex(begin), 2048);
    var archive = Files.write(folder.resolve("x.tar"), bytes);
    assertFault(
        archive, "", FormatException.class, "is compressed with " + format + ",", "gzip or zstd");
  }

  @Test
  void layersOfADockerArchiveMayBeCompressedEachByItself() throws IOException {
    for (var layer : List.of(Layer.gzip(BASE), Layer.zstd(BASE))) {
      var config =
          "{\"architecture\":\"amd64\",\"os\":\"linux\",\"rootfs\":{\"diff_ids\":[\""
              + layer.diffId()
              + "\"]}}";
      var list = "[{\"Config\":\"config.json\",\"RepoTags\":null,\"Layers\":[\"layer.tar\"]}]";
      var tar =
          new Tar()
              .file("manifest.json", list)
              .file("config.json", config)
              .file("layer.tar", layer.blob());
      var archive = Files.write(folder.resolve("x.tar"), tar.build());
      try (var source = Archives.open(archive, "")) {
        var kind = layer.mediaType().endsWith("gzip") ? ".gzip" : ".zstd";
        assertThat(manifest(source).layers())
            .containsExactly(
                Descriptor.of(
                    MediaTypes.DOCKER_LAYER_TAR + kind,
                    Digest.of(layer.blob()),
                    layer.blob().length));
        assertThat(imported(source, repository()).digest()).isEqualTo(source.root().digest());
      }
    }
  }

  @Test
  void whatNoImageNeedsInAnArchiveIsNotJudged() throws IOException {
    var stray =
        new Tar()
            .symlink("README", "/etc/motd")
            .symlink("other", "../../x")
            .hardLink("third", "../x")
            .file("../outside", "x")
            .file("/etc/passwd", "x")
            .characterDevice("dev/null", 1, 3)
            .fifo("pipe");
    var archive = Files.write(folder.resolve("x.tar"), dockerArchive(stray, "app:1"));
    try (var source = Archives.open(archive, "")) {
      assertThat(imported(source, repository()).digest()).isEqualTo(source.root().digest());
    }
  }

  @Test
  void linkThatAnImageNeedsAndThatLeadsOutsideIsNamed() throws IOException {
    var archive =
        Files.write(
            folder.resolve("x.tar"), new Tar().symlink("manifest.json", "/etc/passwd").build());
    assertFault(archive, "", FormatException.class, "the link 'manifest.json' leads outside");
    for (var name : new String[] {"../index.json", "/manifest.json", "a/../../manifest.json"}) {
      Files.write(archive, new Tar().file(name, "[]").build());
      assertFault(archive, "", FormatException.class, "is no image");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "app:1",
    "docker.io/library/app:1",
    "index.docker.io/library/app:1",
    "library/app:1",
    "docker.io/app:1",
    "1",
    "host:5000/team/app:v2",
    "v2",
    "localhost/app:latest",
    "localhost/app",
    "latest"
  })
  void imageOfADockerArchiveIsChosenByAnyNameThatItCarries(String name) throws IOException {
    var archive =
        Files.write(
            folder.resolve("x.tar"),
            dockerArchive("app:1", "host:5000/team/app:v2", "localhost/app:latest"));
    try (var source = Archives.open(archive, name)) {
      assertThat(manifest(source).layers()).hasSize(1);
    }
  }

  /** Not even where there is but one. */
  @ParameterizedTest
  @CsvSource({"app:2", "2", "team/app:v2", "app", "5000/team/app:v2", "other/app:1", "v"})
  void neverIsAnotherImageTakenThanWasAskedFor(String name) throws IOException {
    var archive =
        Files.write(folder.resolve("x.tar"), dockerArchive("app:1", "host:5000/team/app:v2"));
    assertFault(
        archive,
        name,
        FormatException.class,
        "manifest.json names no image '" + name + "'; it has app:1, host:5000/team/app:v2");
  }

  @Test
  void imageWithoutANameIsTakenOnlyWhenNoneIsAskedFor() throws IOException {
    var tar = new String(dockerArchive("x"), StandardCharsets.ISO_8859_1);
    var archive =
        Files.write(
            folder.resolve("x.tar"),
            tar.replace("[\"x\"]", "null ").getBytes(StandardCharsets.ISO_8859_1));
    assertFault(archive, "app:1", FormatException.class, "names no image 'app:1'", "no named ones");
    try (var source = Archives.open(archive, "")) {
      assertThat(manifest(source).layers()).hasSize(1);
    }
  }

  private static Descriptor named(Descriptor image, String... annotations) {
    var map = new java.util.HashMap<String, String>();
    for (int i = 0; i < annotations.length; i += 2) {
      map.put(annotations[i], annotations[i + 1]);
    }
    return image.withAnnotations(map);
  }

  @Test
  void imageOfALayoutIsChosenByTheNamesOfOciAndOfContainerd() throws IOException {
    var refName = "org.opencontainers.image.ref.name";
    var containerd = "io.containerd.image.name";
    var images = Images.in(folder.resolve("several"));
    var first = images.image(Platform.of("linux", "amd64"), Layer.gzip(BASE));
    var second = images.image(Platform.of("linux", "amd64"), Layer.gzip(TOP));
    images.indexOf(
        named(first, refName, "1", containerd, "docker.io/library/app:1"),
        named(first, refName, "new", containerd, "docker.io/library/app:new"),
        named(second, refName, "1", containerd, "host:5000/team/app:1"));
    var layout = folder.resolve("several");
    for (var name : List.of("app:1", "docker.io/library/app:1", "app:new", "new")) {
      try (var source = Archives.open(layout, name)) {
        assertThat(source.root().digest()).as(name).isEqualTo(first.digest());
      }
    }
    for (var name : List.of("host:5000/team/app:1", second.digest().toString())) {
      try (var source = Archives.open(layout, name)) {
        assertThat(source.root().digest()).as(name).isEqualTo(second.digest());
      }
    }
    assertFault(layout, "1", FormatException.class, "several images by the name '1'; say which");
    assertFault(layout, "", FormatException.class, "several images; say which", "app:new");
    assertFault(layout, "team/app:1", FormatException.class, "names no image 'team/app:1'");
    assertFault(layout, "1:latest", FormatException.class, "names no image '1:latest'");
  }

  /** Which `docker save` of a containerd store and `ctr images export` write. */
  @Test
  void ofAnArchiveThatHoldsAPartOfAnIndexWhatIsThereIsImported() throws IOException {
    var images = Images.in(folder.resolve("part"));
    var here = images.image(Platform.of("linux", "amd64"), Layer.gzip(BASE));
    var manifestOnly = images.image(Platform.of("linux", "s390x"), Layer.gzip(TOP));
    images.remove(Descriptor.of("", Digest.of(Layer.gzip(TOP).blob()), 0));
    var nothing = images.image(Platform.of("linux", "arm64"), Layer.plain(TOP));
    images.remove(nothing);
    var root =
        images.index(images.indexBlob(MediaTypes.OCI_INDEX, List.of(here, manifestOnly, nothing)));
    var archive = Files.write(folder.resolve("x.tar"), Images.archive(folder.resolve("part")));
    var repository = repository();
    try (var source = Archives.open(archive, "")) {
      var copy =
          new ImageImport(source, FileStore.open(folder.resolve("store")), repository, n -> {});
      assertThat(copy.run().digest()).isEqualTo(root.digest());
      assertThat(copy.missing())
          .extracting(Descriptor::digest)
          .containsExactly(manifestOnly.digest(), nothing.digest());
    }
    assertThat(repository.manifest(here.digest())).isPresent();
    assertThat(repository.manifest(manifestOnly.digest())).isEmpty();
  }

  @Test
  void indexOfWhichNothingIsThereIsRefused() throws IOException {
    var images = Images.in(folder.resolve("none"));
    var image = images.image(Platform.of("linux", "amd64"), Layer.gzip(BASE));
    var root = images.index(images.indexBlob(MediaTypes.OCI_INDEX, List.of(image)));
    images.remove(image);
    var repository = repository();
    try (var source = Archives.open(folder.resolve("none"), "")) {
      assertThatThrownBy(() -> imported(source, repository))
          .isInstanceOf(FormatException.class)
          .hasMessageContaining("none of the images that index " + root.digest() + " lists");
    }
    assertThat(repository.manifest(root.digest())).isEmpty();
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
    assertFault(folder.resolve("deep"), "", LimitException.class, "nested deeper than 100");
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
