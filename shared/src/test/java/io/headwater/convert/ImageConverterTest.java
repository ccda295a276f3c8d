package io.headwater.convert;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headwater.fault.FormatException;
import io.headwater.fault.LimitException;
import io.headwater.layer.LayerLimits;
import io.headwater.oci.Descriptor;
import io.headwater.oci.Digest;
import io.headwater.oci.ImageConfig;
import io.headwater.oci.ImageManifest;
import io.headwater.oci.MediaTypes;
import io.headwater.oci.Platform;
import io.headwater.sample.Images;
import io.headwater.sample.Layer;
import io.headwater.sample.Tar;
import io.headwater.sample.Vectors;
import io.headwater.source.Archives;
import io.headwater.source.LayoutSource;
import io.headwater.source.LayoutWriter;
import io.headwater.verify.ArtifactVerifier;
import io.headwater.zfile.Compression;
import io.headwater.zfile.ZFileOptions;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImageConverterTest {
  private static final Platform AMD64 = Platform.of("linux", "amd64");
  private static final Layer BASE =
      Layer.gzip(new Tar().file("etc/motd", "hello").file("bin/sh", noise(100_000)));
  private static final Layer TOP = Layer.zstd(new Tar().whiteout("etc/motd").file("app", "run"));

  @TempDir private Path folder = Path.of("");

  private static byte[] noise(int length) {
    var bytes = new byte[length];
    new Random(length).nextBytes(bytes);
    return bytes;
  }

  private Path out(String name) {
    return folder.resolve(name);
  }

  private static List<Artifact> convert(Path layout, Path out, ConversionOptions options)
      throws IOException {
    try (var source = Archives.open(layout, "latest")) {
      return new ImageConverter(options)
          .convert(source, new LayoutTarget(LayoutWriter.open(out)), ConversionListener.NONE);
    }
  }

  private static List<Artifact> convert(Path layout, Path out) throws IOException {
    return convert(layout, out, ConversionOptions.DEFAULT);
  }

  private static ImageManifest manifest(Path out, Descriptor descriptor) throws IOException {
    var bytes = Files.readAllBytes(Images.blob(out, descriptor.digest()));
    return (ImageManifest) io.headwater.oci.Manifest.parse(bytes, descriptor.mediaType());
  }

  @Test
  void artifactIsAsTheContractHasIt() throws IOException {
    var images = Images.in(folder.resolve("in"));
    var subject = images.index(images.image(AMD64, BASE, TOP));
    var artifact = convert(folder.resolve("in"), out("a")).getFirst();
    var manifest = manifest(out("a"), artifact.descriptor());
    assertThat(manifest.artifactType()).isEqualTo("application/vnd.azure.artifact.streaming.v1");
    assertThat(manifest.mediaType()).isEqualTo(MediaTypes.OCI_MANIFEST);
    assertThat(manifest.subject())
        .isEqualTo(Descriptor.of(subject.mediaType(), subject.digest(), subject.size()));
    assertThat(manifest.annotations())
        .containsEntry("streaming.format", "overlaybd")
        .containsEntry("streaming.version", "v1")
        .containsEntry("streaming.platform.os", "linux")
        .containsEntry("streaming.platform.arch", "amd64");
    assertThat(manifest.layers()).hasSize(2);
    for (var layer : manifest.layers()) {
      assertThat(layer.mediaType()).isEqualTo(MediaTypes.OCI_LAYER_TAR);
      assertThat(layer.annotation("containerd.io/snapshot/overlaybd/blob-digest"))
          .isEqualTo(layer.digest().toString());
      assertThat(layer.annotation("containerd.io/snapshot/overlaybd/blob-size"))
          .isEqualTo(Long.toString(layer.size()));
      assertThat(layer.annotation("containerd.io/snapshot/overlaybd/version")).isEqualTo("0.1.0");
      assertThat(Files.size(Images.blob(out("a"), layer.digest()))).isEqualTo(layer.size());
    }
    var config =
        ImageConfig.parse(Files.readAllBytes(Images.blob(out("a"), manifest.config().digest())));
    assertThat(config.diffIds())
        .isEqualTo(manifest.layers().stream().map(Descriptor::digest).toList());
    assertThat(config.json().path("history")).hasSize(2);
    assertThat(config.json().path("config").path("Cmd").get(0).asString()).isEqualTo("/bin/sh");
  }

  @Test
  void convertingTwiceGivesEqualDigests() throws IOException {
    var layout = Images.layout(folder.resolve("in"), BASE, TOP);
    assertThat(convert(layout, out("a"))).isEqualTo(convert(layout, out("b")));
  }

  @Test
  void everyLinuxPlatformOfAnIndexIsConverted() throws IOException {
    var images = Images.in(folder.resolve("in"));
    var arm = new Platform("arm", "linux", "v7", null);
    var inner =
        images.indexBlob(
            MediaTypes.DOCKER_INDEX,
            List.of(images.image(arm, MediaTypes.DOCKER_MANIFEST, MediaTypes.DOCKER_CONFIG, BASE)));
    images.index(
        images.indexBlob(
            MediaTypes.OCI_INDEX,
            List.of(
                images.image(AMD64, BASE, TOP),
                images.image(Platform.of("windows", "amd64"), BASE),
                images.image(Platform.of("linux", "s390x"), TOP),
                inner)));
    assertThat(convert(folder.resolve("in"), out("a")))
        .extracting(artifact -> artifact.platform().toString())
        .containsExactly("linux/amd64", "linux/s390x", "linux/arm/v7");
    var only =
        new ConversionOptions(
            ConversionOptions.DEFAULT.zfile(),
            64L << 30,
            1L << 40,
            LayerLimits.DEFAULT,
            Optional.of(arm));
    assertThat(convert(folder.resolve("in"), out("b"), only)).hasSize(1);
  }

  private void assertCode(Descriptor root, FailureCode code) throws IOException {
    Images.in(folder.resolve("in")).index(root);
    assertThatThrownBy(() -> convert(folder.resolve("in"), out("a")))
        .isInstanceOf(ConversionException.class)
        .satisfies(e -> assertThat(((ConversionException) e).code()).isEqualTo(code));
    assertThat(out("a").resolve("index.json")).doesNotExist();
  }

  @Test
  void whatCannotBeConvertedHasTheContractsCode() throws IOException {
    var images = Images.in(folder.resolve("in"));
    var windows = Platform.of("windows", "amd64");
    assertCode(images.image(windows, BASE), FailureCode.UNSUPPORTED_PLATFORM);
    assertCode(
        images.indexBlob(MediaTypes.OCI_INDEX, List.of(images.image(windows, BASE))),
        FailureCode.NO_SUPPORTED_PLATFORM_FOUND);
    var chart =
        images.put(
            "{}".getBytes(java.nio.charset.StandardCharsets.UTF_8),
            "application/vnd.cncf.helm.config.v1+json");
    assertCode(
        images.manifest(MediaTypes.OCI_MANIFEST, chart, List.of(), null),
        FailureCode.IMAGE_NOT_RUNNABLE);
    assertCode(
        images.put(
            "{}".getBytes(java.nio.charset.StandardCharsets.UTF_8),
            "application/vnd.docker.distribution.manifest.v1+json"),
        FailureCode.UNSUPPORTED_MEDIATYPE);
    var streaming =
        new ImageManifest(
            2,
            MediaTypes.OCI_MANIFEST,
            MediaTypes.STREAMING_ARTIFACT,
            chart,
            List.of(),
            null,
            Map.of());
    assertCode(
        images.put(streaming.toJson(), MediaTypes.OCI_MANIFEST),
        FailureCode.UNSUPPORTED_ARTIFACT_TYPE);
  }

  private static ConversionListener lines(List<String> lines) {
    return new ConversionListener() {
      @Override
      public void passedOver(String line) {
        lines.add(line);
      }
    };
  }

  /** Converts the index of a layout; gives a line for each image that was left out. */
  private List<String> leftOut(Images images, List<Descriptor> children, String... converted)
      throws IOException {
    images.index(images.indexBlob(MediaTypes.OCI_INDEX, children));
    var lines = new ArrayList<String>();
    try (var source = Archives.open(folder.resolve("in"), "latest")) {
      assertThat(
              new ImageConverter(ConversionOptions.DEFAULT)
                  .convert(source, new LayoutTarget(LayoutWriter.open(out("a"))), lines(lines)))
          .extracting(artifact -> artifact.platform().toString())
          .containsExactly(converted);
    }
    return lines;
  }

  @Test
  void imagesOfAnIndexThatCannotBeConvertedLeaveTheOthersAlone() throws IOException {
    var images = Images.in(folder.resolve("in"));
    var broken = TOP.withBlob(Arrays.copyOf(TOP.blob(), TOP.blob().length / 2));
    var emptyConfig = images.put("{}".getBytes(StandardCharsets.UTF_8), MediaTypes.OCI_CONFIG);
    var attestation =
        images.manifest(
            MediaTypes.OCI_MANIFEST, emptyConfig, List.of(), Platform.of("unknown", "unknown"));
    var children =
        List.of(
            images.image(Platform.of("linux", "arm64")),
            images.image(Platform.of("linux", "ppc64le"), broken),
            images.image(AMD64, BASE, TOP),
            images.image(Platform.of("windows", "amd64"), BASE),
            images.manifest(
                MediaTypes.OCI_MANIFEST,
                emptyConfig,
                List.of(Descriptor.of("application/octet-stream", BASE.diffId(), 0)),
                Platform.of("linux", "riscv64")),
            attestation);
    images.put(new byte[0], "");
    assertThat(leftOut(images, children, "linux/amd64"))
        .satisfiesExactlyInAnyOrder(
            line -> assertThat(line).startsWith("linux/arm64 sha256:").contains("has no layers"),
            line -> assertThat(line).startsWith("linux/ppc64le sha256:").contains("layer 1 of 1"),
            line -> assertThat(line).startsWith("windows/amd64").contains("only linux images"),
            line -> assertThat(line).startsWith("linux/riscv64").contains("is not here"));
  }

  @Test
  void ofAPartOfAnIndexWhatIsThereIsConvertedAndWhatIsNotIsSaid() throws IOException {
    var images = Images.in(folder.resolve("in"));
    var here = images.image(AMD64, BASE);
    var arm = images.image(Platform.of("linux", "arm64"), TOP);
    var children = List.of(here, arm);
    images.remove(arm);
    assertCode(
        images.indexBlob(MediaTypes.OCI_INDEX, List.of(arm)),
        FailureCode.NO_SUPPORTED_PLATFORM_FOUND);
    assertThat(leftOut(images, children, "linux/amd64"))
        .containsExactly("linux/arm64 " + arm.digest() + " is left out: its manifest is not here");
  }

  /** What an image runs on comes from its config where the index says nothing. */
  @Test
  void platformComesFromTheConfigWhereTheIndexSaysNothing() throws IOException {
    var images = Images.in(folder.resolve("in"));
    var amd64 = images.image(AMD64, BASE);
    var arm64 = images.image(Platform.of("linux", "arm64"), TOP);
    var windows = images.image(Platform.of("windows", "amd64"), TOP);
    var s390x = images.image(Platform.of("linux", "s390x"), BASE, TOP);
    var children =
        List.of(
            with(amd64, new Platform("", "", null, null)),
            with(arm64, new Platform("arm64", "", null, null)),
            with(windows, new Platform("", "", null, null)),
            with(s390x, null));
    assertThat(leftOut(images, children, "linux/amd64", "linux/arm64", "linux/s390x"))
        .singleElement()
        .asString()
        .contains(windows.digest() + " is left out: ")
        .contains("is for windows/amd64");
  }

  @Test
  void platformThatIsAskedForIsFoundWhereTheIndexSaysNothing() throws IOException {
    var images = Images.in(folder.resolve("in"));
    var arm64 = Platform.of("linux", "arm64");
    var children =
        List.of(
            with(images.image(AMD64, BASE), new Platform("", "", null, null)),
            with(images.image(arm64, TOP), new Platform("", "", null, null)));
    images.index(images.indexBlob(MediaTypes.OCI_INDEX, children));
    var o = ConversionOptions.DEFAULT;
    var only =
        new ConversionOptions(
            o.zfile(),
            o.deviceBytes(),
            o.maxDeviceBytes(),
            LayerLimits.DEFAULT,
            Optional.of(arm64));
    assertThat(convert(folder.resolve("in"), out("a"), only))
        .extracting(Artifact::platform)
        .containsExactly(arm64);
  }

  private static Descriptor with(Descriptor image, @Nullable Platform platform) {
    return new Descriptor(
        image.mediaType(), image.digest(), image.size(), null, null, null, null, platform);
  }

  /** As documents have it: fields that are missing, and not only empty. */
  @Test
  void platformsWithoutFieldsAreRead() throws IOException {
    for (var platform : List.of("{}", "{\"architecture\":\"amd64\"}", "{\"os\":null}")) {
      var images = Images.in(folder.resolve("in"));
      var image = images.image(AMD64, BASE);
      images.index(
          images.put(
              ("{\"schemaVersion\":2,\"manifests\":[{\"mediaType\":\""
                      + MediaTypes.OCI_MANIFEST
                      + "\",\"digest\":\""
                      + image.digest()
                      + "\",\"size\":"
                      + image.size()
                      + ",\"platform\":"
                      + platform
                      + "}]}")
                  .getBytes(StandardCharsets.UTF_8),
              MediaTypes.OCI_INDEX));
      assertThat(convert(folder.resolve("in"), out("a"))).as(platform).hasSize(1);
    }
  }

  /** `crane append` without a base makes such configs; docker and containerd run them as linux. */
  @Test
  void imageWhoseConfigSaysNoPlatformIsTakenForLinux() throws IOException {
    var images = Images.in(folder.resolve("in"));
    var configs =
        List.of(
            io.headwater.oci.Json.object(),
            io.headwater.oci.Json.object().put("os", "").put("architecture", ""));
    for (var config : configs) {
      var image = images.withConfig(config, Platform.of("linux", "arm64"), BASE);
      images.index(image);
      assertThat(convert(folder.resolve("in"), out("a")).getFirst().platform())
          .isEqualTo(Platform.of("linux", "amd64"));
      // What its index says wins over what is only assumed.
      assertThat(leftOut(images, List.of(image), "linux/arm64")).isEmpty();
    }
  }

  @Test
  void imageWithTheArtifactTypeOfItsConfigIsAnImage() throws IOException {
    for (var type : List.of(MediaTypes.OCI_CONFIG, "")) {
      var images = Images.in(folder.resolve("in"));
      var image = images.image(AMD64, BASE).withArtifactType(type);
      assertThat(leftOut(images, List.of(image), "linux/amd64")).isEmpty();
      images.indexOf(image);
      try (var source = Archives.open(folder.resolve("in"), "")) {
        assertThat(source.root().digest()).isEqualTo(image.digest());
      }
    }
  }

  private static Descriptor layer(Images images, String type, String... annotation)
      throws IOException {
    var layer = images.put(BASE.blob(), type);
    return annotation.length == 0
        ? layer
        : layer.withAnnotations(Map.of(annotation[0], annotation[1]));
  }

  @Test
  void imagesThatAreStreamableAlreadyAreNeverConverted() throws IOException {
    var images = Images.in(folder.resolve("in"));
    var config =
        images.put(
            ("{\"os\":\"linux\",\"architecture\":\"amd64\",\"rootfs\":{\"diff_ids\":[\""
                    + BASE.diffId()
                    + "\"]}}")
                .getBytes(StandardCharsets.UTF_8),
            MediaTypes.OCI_CONFIG);
    var tar = MediaTypes.OCI_LAYER_TAR;
    var layers =
        Map.of(
            "overlaybd",
            List.of(
                layer(images, tar, "containerd.io/snapshot/overlaybd/blob-digest", "sha256:0"),
                layer(images, tar + "+gzip", "containerd.io/snapshot/overlaybd/blob-digest", "")),
            "EROFS",
            List.of(
                layer(images, "application/vnd.erofs.layer.v1"),
                layer(images, "application/vnd.erofs+zstd"),
                layer(images, "application/vnd.oci.image.layer.erofs")),
            "Nydus",
            List.of(
                layer(images, "application/vnd.oci.image.layer.nydus.blob.v1"),
                layer(images, tar + "+gzip", "containerd.io/snapshot/nydus-bootstrap", "true")));
    for (var format : layers.entrySet()) {
      for (var layer : format.getValue()) {
        var image = images.manifest(MediaTypes.OCI_MANIFEST, config, List.of(layer), AMD64);
        assertCode(image, FailureCode.UNSUPPORTED_ARTIFACT_TYPE);
        assertThatThrownBy(() -> convert(folder.resolve("in"), out("a")))
            .hasMessageContaining("is streamable already (" + format.getKey() + ")");
        assertCode(
            images.indexBlob(MediaTypes.OCI_INDEX, List.of(image)),
            FailureCode.UNSUPPORTED_ARTIFACT_TYPE);
        assertThat(
                leftOut(
                    images,
                    List.of(image, images.image(Platform.of("linux", "arm64"), BASE)),
                    "linux/arm64"))
            .singleElement()
            .asString()
            .contains("is streamable already (" + format.getKey() + ")");
        Files.delete(out("a").resolve("index.json"));
      }
    }
  }

  @Test
  void refusalOfWhatIsNoImageSaysWhy() throws IOException {
    var images = Images.in(folder.resolve("in"));
    var config =
        images.put(
            "{\"rootfs\":{\"diff_ids\":[]}}".getBytes(StandardCharsets.UTF_8),
            MediaTypes.OCI_CONFIG);
    images.index(
        images.manifest(
            MediaTypes.OCI_MANIFEST, config, List.of(layer(images, "application/x")), AMD64));
    assertThatThrownBy(() -> convert(folder.resolve("in"), out("a")))
        .hasMessageContaining("it has a layer of media type 'application/x'");
    images.index(images.manifest(MediaTypes.OCI_MANIFEST, config, List.of(), AMD64));
    assertThatThrownBy(() -> convert(folder.resolve("in"), out("a")))
        .hasMessageContaining("it has no layers");
  }

  @Test
  void layersConvertedBeforeAreReusedWithoutBeingRead() throws IOException {
    var first = Images.layout(folder.resolve("first"), BASE);
    var second = Images.layout(folder.resolve("second"), BASE, TOP);
    var target = new LayoutTarget(LayoutWriter.open(out("a")));
    var converter = new ImageConverter(ConversionOptions.DEFAULT);
    try (var source = Archives.open(first, "latest")) {
      assertThat(converter.convert(source, target, ConversionListener.NONE)).hasSize(1);
    }
    // There, of the right size, but not to be read without being noticed.
    Files.write(Images.blob(second, Digest.of(BASE.blob())), new byte[BASE.blob().length]);
    var reused = new AtomicLong();
    try (var source = Archives.open(second, "latest")) {
      var artifacts =
          converter.convert(
              source,
              target,
              new ConversionListener() {
                @Override
                public void layerDone(LayerReport layer) {
                  reused.addAndGet(layer.reused() ? 1 : 0);
                }
              });
      assertThat(reused.get()).isEqualTo(1);
      // Going on from a kept layer gives what a conversion in one go gives.
      Images.in(second).put(BASE.blob(), BASE.mediaType());
      assertThat(artifacts).isEqualTo(convert(second, out("b")));
    }
  }

  private void convertWithin(long metadataBytes) throws IOException {
    var tar = new Tar();
    for (int i = 0; i < 2000; i++) {
      tar.xattr("user.a", new byte[3000]).file("file" + i, "");
    }
    var d = LayerLimits.DEFAULT;
    var limits =
        new LayerLimits(
            d.maxExpandedBytes(),
            d.maxEntries(),
            d.maxPathBytes(),
            d.maxXattrBytes(),
            d.maxHeaderBytes(),
            metadataBytes);
    var o = ConversionOptions.DEFAULT;
    var options =
        new ConversionOptions(o.zfile(), o.deviceBytes(), o.maxDeviceBytes(), limits, o.platform());
    var layout = Images.layout(folder.resolve("in" + metadataBytes), Layer.gzip(tar));
    try (var source = Archives.open(layout, "latest")) {
      new ImageConverter(options)
          .convert(
              source,
              new LayoutTarget(LayoutWriter.open(out("out" + metadataBytes))),
              ConversionListener.NONE);
    }
  }

  @Test
  void metadataThatWouldFillTheMemoryIsRefused() throws IOException {
    convertWithin(16 << 20);
    assertThatThrownBy(() -> convertWithin(4 << 20))
        .isInstanceOf(LimitException.class)
        .hasMessageContaining("takes more than 4194304 bytes of memory (max-metadata-bytes)");
  }

  @Test
  void progressEndsAtTheSumOfTheLayers() throws IOException {
    var layout = Images.layout(folder.resolve("in"), BASE, TOP);
    var total = new AtomicLong();
    var read = new AtomicLong();
    try (var source = Archives.open(layout, "latest")) {
      new ImageConverter(ConversionOptions.DEFAULT)
          .convert(
              source,
              new LayoutTarget(LayoutWriter.open(out("a"))),
              new ConversionListener() {
                @Override
                public void begin(long totalBytes) {
                  total.set(totalBytes);
                }

                @Override
                public void read(long bytes) {
                  read.addAndGet(bytes);
                }
              });
    }
    assertThat(read.get()).isEqualTo(total.get()).isEqualTo(BASE.blob().length + TOP.blob().length);
  }

  @Test
  void deviceIsDoubledUntilTheContentFits() throws IOException {
    var layout =
        Images.layout(
            folder.resolve("in"),
            Layer.gzip(new Tar().file("large", noise(80 << 20))),
            Layer.gzip(new Tar().file("larger", noise(80 << 20))));
    var small =
        new ConversionOptions(
            new ZFileOptions(Compression.LZ4, 1, 4096),
            128 << 20,
            1L << 30,
            LayerLimits.DEFAULT,
            Optional.empty());
    assertThat(convert(layout, out("a"), small)).hasSize(1);
    var tooSmall =
        new ConversionOptions(
            small.zfile(), 128 << 20, 128 << 20, LayerLimits.DEFAULT, Optional.empty());
    assertThatThrownBy(() -> convert(layout, out("b"), tooSmall))
        .isInstanceOf(LimitException.class)
        .hasMessageContaining("max-device-size");
    assertThat(out("b").resolve("index.json")).doesNotExist();
  }

  @Test
  void brokenLayerIsNamedAndNoArtifactIsSeen() throws IOException {
    var bad = TOP.withBlob(Arrays.copyOf(TOP.blob(), TOP.blob().length / 2));
    var layout = Images.layout(folder.resolve("in"), BASE, bad);
    assertThatThrownBy(() -> convert(layout, out("a")))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("layer 2 of 2 (" + Digest.of(bad.blob()) + ")");
    assertThat(out("a").resolve("index.json")).doesNotExist();
    try (var staged = Files.list(out("a").resolve("staging"))) {
      assertThat(staged).isEmpty();
    }
  }

  @Test
  void diffIdThatDoesNotMatchIsNamed() throws IOException {
    var layout =
        Images.layout(folder.resolve("in"), new Layer(BASE.blob(), BASE.mediaType(), TOP.diffId()));
    assertThatThrownBy(() -> convert(layout, out("a")))
        .hasMessageContaining("the config's diffID is " + TOP.diffId());
  }

  @Test
  void verifierFindsArtifactGoodOnlyForItsOwnOriginal() throws IOException {
    var layout = Images.layout(folder.resolve("in"), BASE, TOP);
    var other =
        Images.layout(
            folder.resolve("other"),
            BASE,
            Layer.gzip(new Tar().file("app", "other").file("extra", "")));
    var artifact = convert(layout, layout).getFirst();
    try (LayoutSource source = Archives.openLayout(layout, "latest");
        var otherSource = Archives.open(other, "latest")) {
      var manifest = manifest(layout, artifact.descriptor());
      var original = (ImageManifest) source.root().parse();
      assertThat(
              new ArtifactVerifier(source, LayerLimits.DEFAULT)
                  .verify(manifest, original)
                  .differences())
          .isEmpty();
      for (var layer : ((ImageManifest) otherSource.root().parse()).layers()) {
        Images.in(layout)
            .put(Files.readAllBytes(Images.blob(other, layer.digest())), layer.mediaType());
      }
      var otherManifest = (ImageManifest) otherSource.root().parse();
      Images.in(layout)
          .put(
              Files.readAllBytes(Images.blob(other, otherManifest.config().digest())),
              MediaTypes.OCI_CONFIG);
      assertThat(
              new ArtifactVerifier(source, LayerLimits.DEFAULT)
                  .verify(manifest, otherManifest)
                  .differences())
          .anyMatch(difference -> difference.startsWith("/etc/motd is missing"))
          .anyMatch(difference -> difference.startsWith("/extra is missing"))
          .anyMatch(difference -> difference.startsWith("/app "));
    }
  }

  @Test
  void verifierNoticesOneFlippedBit() throws IOException {
    var layout = Images.layout(folder.resolve("in"), BASE, TOP);
    var artifact = convert(layout, layout).getFirst();
    var manifest = manifest(layout, artifact.descriptor());
    var file = Images.blob(layout, manifest.layers().getFirst().digest());
    var bytes = Files.readAllBytes(file);
    bytes[bytes.length / 2] ^= 1;
    Files.write(file, bytes);
    try (LayoutSource source = Archives.openLayout(layout, "latest")) {
      var original = (ImageManifest) source.root().parse();
      assertThatThrownBy(
              () -> new ArtifactVerifier(source, LayerLimits.DEFAULT).verify(manifest, original))
          .isInstanceOf(FormatException.class)
          .hasMessageContaining(manifest.layers().getFirst().digest().toString());
    }
  }

  /** Blobs of the reference's converter, tar-wrapped, and bare as older tools leave them. */
  @Test
  void verifierReadsOverlaybdImagesOfOtherMakersWithoutAnOriginal() throws IOException {
    var first = Vectors.bytes("image-layer1.obd");
    var second = Vectors.bytes("image-layer2.obd");
    var bare = Arrays.copyOfRange(second, 1536, second.length - 1024);
    var wrapped =
        new Tar()
            .file("overlaybd.commit", Arrays.copyOf(bare, bare.length - (bare.length & 511)))
            .build();
    assertThat(bare.length & 511).as("the vector ends on a sector").isZero();
    for (var top : List.of(second, bare, wrapped)) {
      var images = Images.in(folder.resolve("in"));
      var image = images.index(images.overlaybd(AMD64, first, top));
      try (LayoutSource source = Archives.openLayout(folder.resolve("in"), "latest")) {
        var report =
            new ArtifactVerifier(source, LayerLimits.DEFAULT)
                .verify(manifest(folder.resolve("in"), image));
        assertThat(report.differences()).isEmpty();
        assertThat(report.files()).isGreaterThan(5);
      }
    }
  }

  @Test
  void verifierFindsFaultsWithoutAnOriginal() throws IOException {
    var first = Vectors.bytes("image-layer1.obd");
    var images = Images.in(folder.resolve("in"));
    var image = images.overlaybd(AMD64, first);
    images.index(image);
    var layer = manifest(folder.resolve("in"), image).layers().getFirst();
    first[first.length / 2] ^= 1;
    Files.write(Images.blob(folder.resolve("in"), layer.digest()), first);
    try (LayoutSource source = Archives.openLayout(folder.resolve("in"), "latest")) {
      assertThatThrownBy(
              () ->
                  new ArtifactVerifier(source, LayerLimits.DEFAULT)
                      .verify(manifest(folder.resolve("in"), image)))
          .isInstanceOf(FormatException.class)
          .hasMessageContaining(layer.digest().toString());
    }
  }
}
