package io.headwater.proxy.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.headwater.oci.Digest;
import io.headwater.oci.MediaTypes;
import io.headwater.oci.Platform;
import io.headwater.sample.Images;
import io.headwater.sample.Layer;
import io.headwater.sample.Tar;
import io.headwater.sample.Vectors;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

/** What users type and see. */
class HeadwaterTest {
  @TempDir private Path folder = Path.of("");

  private record Result(int exitCode, String out, String err) {}

  private static Result run(Object... arguments) {
    var out = new ByteArrayOutputStream();
    var err = new ByteArrayOutputStream();
    var before = System.out;
    var beforeErr = System.err;
    System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
    System.setErr(new PrintStream(err, true, StandardCharsets.UTF_8));
    try {
      var words = java.util.Arrays.stream(arguments).map(Object::toString).toArray(String[]::new);
      var code = Headwater.run(words);
      return new Result(
          code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    } finally {
      System.setOut(before);
      System.setErr(beforeErr);
    }
  }

  private Path layout() throws IOException {
    return Images.layout(
        folder.resolve("in"),
        Layer.gzip(new Tar().file("etc/motd", "hello\n").symlink("etc/link", "motd")),
        Layer.gzip(new Tar().mode(04755).file("bin/su", "x").whiteout("etc/nothing")));
  }

  @Test
  void convertedImageIsInspectedListedReadVerifiedAndExported() throws IOException {
    var out = folder.resolve("out");
    var converted = run("convert", layout(), "-o", out);
    assertThat(converted.exitCode()).as(converted.err()).isZero();
    assertThat(converted.out())
        .contains("linux/amd64 sha256:")
        .contains("is the streaming artifact of sha256:");
    assertThat(converted.err()).contains("layer 1 of 2").contains("layer 2 of 2");
    for (var argument : new String[] {out.toString(), out + ":latest"}) {
      var verified = run("verify", argument);
      assertThat(verified.exitCode()).as(verified.out() + verified.err()).isZero();
      assertThat(verified.out()).contains("is good: ");
    }
    assertThat(run("inspect", out).out())
        .contains("platform  linux/amd64")
        .contains("32k")
        .contains("ext4");
    assertThat(run("ls", out, "/etc").out())
        .contains("lrwxrwxrwx")
        .contains("link -> motd")
        .contains("-rw-r--r--");
    assertThat(run("ls", out, "bin/su").out()).contains("-rwsr-xr-x");
    var cat = run("cat", out, "/etc/link");
    assertThat(cat.out()).isEqualTo("hello\n");
    assertThat(cat.err()).containsPattern("fetched .* in \\d+ ranges, of an artifact of ");
    assertThat(run("export", out, folder.resolve("disk")).exitCode()).isZero();
    assertThat(Files.size(folder.resolve("disk"))).isEqualTo(64L << 30);
    assertThat(folder.resolve("disk.unfinished")).doesNotExist();
  }

  @Test
  void artifactOnlyLeavesTheOriginalOut() throws IOException {
    var out = folder.resolve("out");
    assertThat(run("convert", layout(), "-o", out, "--artifact-only").exitCode()).isZero();
    assertThat(Files.readString(out.resolve("index.json"))).doesNotContain("latest");
    try (var blobs = Files.list(out.resolve("blobs/sha256"))) {
      assertThat(blobs.count()).isEqualTo(4); // two layers, config, manifest
    }
  }

  /** The conversion reads the layers of linux; the others are looked at as well. */
  @Test
  void damagedLayerOfAnotherPlatformIsNoticedToo() throws IOException {
    var images = Images.in(folder.resolve("multi"));
    var linux = images.image(Platform.of("linux", "amd64"), Layer.gzip(new Tar().file("a", "1")));
    var other = Layer.gzip(new Tar().file("b", "2"));
    var windows = images.image(Platform.of("windows", "amd64"), other);
    images.index(images.indexBlob(MediaTypes.OCI_INDEX, List.of(linux, windows)));
    assertThat(run("convert", folder.resolve("multi"), "-o", folder.resolve("good")).exitCode())
        .isZero();
    var digest = Digest.of(other.blob());
    var file = Images.blob(folder.resolve("multi"), digest);
    Files.delete(file); // the copy may be another name of the same file
    var bytes = other.blob().clone();
    bytes[bytes.length - 1] ^= 1;
    Files.write(file, bytes);
    var result = run("convert", folder.resolve("multi"), "-o", folder.resolve("out"));
    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.err()).contains("the content of " + digest + " has the digest ");
    assertThat(Images.blob(folder.resolve("out"), digest)).doesNotExist();
    assertThat(Files.readString(folder.resolve("out/index.json"))).doesNotContain("latest");
  }

  /** Blobs of the reference's converter, as its images have them: no subject, no artifact type. */
  @Test
  void overlaybdImageOfAnotherMakerIsReadAndNotConverted() throws IOException {
    var in = folder.resolve("obd");
    var images = Images.in(in);
    var image =
        images.overlaybd(
            Platform.of("linux", "amd64"),
            Vectors.bytes("image-layer1.obd"),
            Vectors.bytes("image-layer2.obd"));
    for (var root : List.of(image, images.indexBlob(MediaTypes.OCI_INDEX, List.of(image)))) {
      images.index(root);
      var amd64 = new String[] {"--platform", "linux/amd64"};
      assertThat(run("inspect", in, amd64[0], amd64[1]).out())
          .contains("subject   none")
          .contains("platform  linux/amd64")
          .contains("LZ4");
      assertThat(run("ls", in, "/", amd64[0], amd64[1]).out()).contains("etc");
      var verified = run("verify", in, amd64[0], amd64[1]);
      assertThat(verified.exitCode()).as(verified.err() + verified.out()).isZero();
      assertThat(verified.out()).contains("is good by itself", "no original to compare");
      var disk = folder.resolve("disk");
      assertThat(run("export", in, disk, amd64[0], amd64[1]).exitCode()).isZero();
      assertThat(Files.size(disk)).isEqualTo(1L << 30);
      var converted = run("convert", in, "-o", folder.resolve("out"));
      assertThat(converted.exitCode()).isEqualTo(1);
      assertThat(converted.err())
          .contains("UNSUPPORTED_ARTIFACT_TYPE", "is streamable already (overlaybd)");
    }
  }

  @Test
  void artifactWithoutItsOriginalIsVerifiedByItself() throws IOException {
    var out = folder.resolve("out");
    assertThat(run("convert", layout(), "-o", out, "--artifact-only").exitCode()).isZero();
    assertThat(run("cat", out, "/etc/motd").out()).isEqualTo("hello\n");
    assertThat(run("verify", out).out()).contains("is good by itself", "no original to compare");
  }

  @Test
  void streamableImageOfAFormatThatIsNotReadIsNamed() throws IOException {
    var images = Images.in(folder.resolve("erofs"));
    var config = images.put("{}".getBytes(StandardCharsets.UTF_8), MediaTypes.OCI_CONFIG);
    var layer = images.put(new byte[4096], "application/vnd.erofs.layer.v1");
    images.index(images.manifest(MediaTypes.OCI_MANIFEST, config, List.of(layer), null));
    for (var verb : List.of("inspect", "verify")) {
      assertThat(run(verb, folder.resolve("erofs")).err())
          .contains("is of the format EROFS")
          .contains("only overlaybd images are read here");
    }
  }

  @Test
  void imageOfAnArchiveIsGivenByItsFullNameWithPort() throws IOException {
    var archive = folder.resolve("saved.tar.gz");
    var images = Images.in(folder.resolve("named"));
    var layer = Layer.gzip(new Tar().file("a", "1"));
    images.indexOf(
        images
            .image(Platform.of("linux", "amd64"), layer)
            .withAnnotations(Map.of("io.containerd.image.name", "host:5000/team/app:1")));
    Files.write(archive, Layer.gzip(Images.archive(folder.resolve("named"))));
    var out = folder.resolve("out");
    for (var name : List.of(":host:5000/team/app:1", ":1", "")) {
      var converted = run("convert", archive + name, "-o", out);
      assertThat(converted.exitCode()).as(name + converted.err()).isZero();
    }
    assertThat(run("convert", archive + ":team/app:1", "-o", out).err())
        .contains("names no image 'team/app:1'; it has host:5000/team/app:1");
    try (var left = Files.list(folder)) {
      assertThat(left).noneMatch(file -> file.toString().contains("expanded-"));
    }
  }

  @Test
  void archiveOfOnePlatformOfAnIndexIsConvertedAndTheOthersAreNamed() throws IOException {
    var images = Images.in(folder.resolve("part"));
    var amd64 = images.image(Platform.of("linux", "amd64"), Layer.gzip(new Tar().file("a", "1")));
    var arm64 = images.image(Platform.of("linux", "arm64"), Layer.gzip(new Tar().file("b", "1")));
    images.index(images.indexBlob(MediaTypes.OCI_INDEX, List.of(amd64, arm64)));
    images.remove(arm64);
    var archive = Files.write(folder.resolve("part.tar"), Images.archive(folder.resolve("part")));
    var all = run("convert", archive, "-o", folder.resolve("all"));
    assertThat(all.exitCode()).as(all.err()).isZero();
    assertThat(all.err())
        .contains("linux/arm64 " + arm64.digest() + " is left out: its manifest is not here");
    var verified = run("verify", folder.resolve("all"), "--platform", "linux/amd64");
    assertThat(verified.exitCode()).as(verified.err() + verified.out()).isZero();
    var one =
        run("convert", archive, "-o", folder.resolve("one"), "--only-platform", "linux/amd64");
    assertThat(one.exitCode()).as(one.err()).isZero();
    assertThat(one.err()).doesNotContain("is left out");
  }

  @Test
  void formatOptionsShowInTheArtifact() throws IOException {
    var out = folder.resolve("out");
    var converted =
        run(
            "convert",
            layout(),
            "-o",
            out,
            "--compression",
            "lz4",
            "--block-size",
            "4k",
            "--device-size",
            "256m");
    assertThat(converted.exitCode()).as(converted.err()).isZero();
    assertThat(run("inspect", out).out())
        .contains("LZ4")
        .contains("4k")
        .contains("268.4 MB device");
  }

  @Test
  void verifyOfDamagedArtifactFails() throws IOException {
    var out = folder.resolve("out");
    run("convert", layout(), "-o", out);
    try (var blobs = Files.list(out.resolve("blobs/sha256"))) {
      for (var blob : blobs.toList()) {
        var bytes = Files.readAllBytes(blob);
        if (new String(bytes, 0, 13, StandardCharsets.ISO_8859_1).equals("overlaybd.pax")) {
          bytes[bytes.length / 3] ^= 1;
          Files.write(blob, bytes);
        }
      }
    }
    var result = run("verify", out);
    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.err()).startsWith("headwater: ").contains("sha256:").doesNotContain("\tat ");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "verify nowhere | neither an OCI layout folder nor an image reference",
        "convert nowhere.tar -o OUT | there is no file or folder",
        "cat IN /etc/motd | has no streaming artifact",
        "convert IN -o OUT --block-size 5k | give 4096, 8192, 16384 or 32768",
        "convert IN -o OUT --level 99 | give a number from",
        "convert IN -o OUT --device-size 1m | give a multiple of 128 MiB",
        "convert IN -o OUT --max-entries 1 | (max-entries)",
        "convert IN:v7 -o OUT | names no image 'v7'",
        "convert IN -o / | has files in it and is no OCI layout",
        "ls 127.0.0.1:1/x | cannot be reached"
      })
  void badInputGetsOneSentence(String line, String sentence) throws IOException {
    var in = layout();
    var words =
        line.replace("OUT", folder.resolve("out").toString())
            .replace("IN", in.toString())
            .split(" ");
    var result = run((Object[]) words);
    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.err()).contains("headwater: ").contains(sentence).doesNotContain("\tat ");
    assertThat(folder.resolve("out/index.json")).doesNotExist();
  }

  @Test
  void wrongUsageIsExplained() {
    var result = run("convert");
    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.err()).contains("Missing required").contains("Usage: headwater convert");
    assertThat(run("export", "--help").out()).contains("sparse raw file");
  }

  @Test
  void verbThatDoesNotExistIsWrongUsageAlsoWhenHelpIsAskedOfIt() {
    for (var line : new String[][] {{"frobnicate", "--help"}, {"frobnicate"}, {"help", "up"}}) {
      var result = run((Object[]) line);
      assertThat(result.exitCode()).isEqualTo(2);
      assertThat(result.err())
          .startsWith("headwater: there is no verb '" + line[0] + "'; give one of: up, convert, ");
      assertThat(result.out()).isEmpty();
    }
    assertThat(run("--help").exitCode()).isZero();
    assertThat(run("up", "--help").exitCode()).isZero();
  }

  /** Names that would turn, hide or forge what a terminal shows. */
  @Test
  void namesAreListedWithEscapes() throws IOException {
    var tar =
        new Tar()
            .file("a\u001b[31mred\nforged", "x")
            .file(Tar.utf8("txt.\u202eexe"), "x")
            .file(Tar.utf8("gr\u00fc\u00df"), "x")
            .file("latin\u00e9", "x")
            .symlink("link", "\u001b]0;title\u0007");
    var in = Images.layout(folder.resolve("names"), Layer.gzip(tar));
    assertThat(run("convert", in, "-o", folder.resolve("out")).exitCode()).isZero();
    var listed = run("ls", folder.resolve("out"), "/");
    assertThat(listed.exitCode()).isZero();
    assertThat(listed.out())
        .contains(
            "a\\u001b[31mred\\nforged\n",
            "txt.\\u202eexe\n",
            "gr\u00fc\u00df\n",
            "latin\\xe9\n",
            "link -> \\u001b]0;title\\u0007\n")
        .doesNotContain("\u001b", "\u202e");
    var failed = run("cat", folder.resolve("out"), "no\u001b[2J");
    assertThat(failed.err()).contains("no\\u001b[2J").doesNotContain("\u001b");
  }

  @CommandLine.Command
  private static final class Sample implements Runnable {
    @CommandLine.Option(names = "--streaming-port", defaultValue = "1")
    private int port;

    @Override
    public void run() {}
  }

  private static int port(Map<String, String> environment, Properties file, String... arguments) {
    var sample = new Sample();
    var code =
        new CommandLine(sample)
            .setDefaultValueProvider(new Settings(environment, file))
            .execute(arguments);
    assertThat(code).isZero();
    return sample.port;
  }

  @Test
  void settingsComeFromFlagThenEnvironmentThenFileThenDefault() {
    var file = new Properties();
    assertThat(port(Map.of(), file)).isEqualTo(1);
    file.setProperty("streaming-port", "2");
    assertThat(port(Map.of(), file)).isEqualTo(2);
    var environment = Map.of("HEADWATER_STREAMING_PORT", "3");
    assertThat(port(environment, file)).isEqualTo(3);
    assertThat(port(environment, file, "--streaming-port", "4")).isEqualTo(4);
  }
}
