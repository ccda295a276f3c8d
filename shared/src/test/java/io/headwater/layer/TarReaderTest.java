package io.headwater.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headwater.fault.FormatException;
import io.headwater.fault.LimitException;
import io.headwater.sample.Tar;
import io.headwater.tool.Command;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TarReaderTest {
  private static TarReader reader(byte[] tar) {
    return new TarReader(new ByteArrayInputStream(tar), LayerLimits.DEFAULT);
  }

  private static TarReader reader(Tar tar) {
    return reader(tar.build());
  }

  private static TarEntry only(Tar tar) throws IOException {
    var entry = reader(tar).next();
    assertThat(entry).isNotNull();
    return java.util.Objects.requireNonNull(entry);
  }

  /** Every file of a tar with its content. */
  private static Map<String, byte[]> files(byte[] tar) throws IOException {
    var files = new TreeMap<String, byte[]>();
    var reader = reader(tar);
    for (var entry = reader.next(); entry != null; entry = reader.next()) {
      var content = new ByteArrayOutputStream();
      reader.content(
          new ContentSink() {
            @Override
            public void write(byte[] bytes, int offset, int length) {
              content.write(bytes, offset, length);
            }

            @Override
            public void hole(long length) {
              content.writeBytes(new byte[(int) length]);
            }
          });
      files.put(entry.name(), content.toByteArray());
    }
    return files;
  }

  @ParameterizedTest
  @ValueSource(strings = {"gnu", "posix", "ustar", "oldgnu"})
  void readsEveryDialectThatGnuTarWrites(String format, @TempDir Path folder) throws Exception {
    var tree = Files.createDirectories(folder.resolve("tree"));
    Files.writeString(tree.resolve("short"), "one");
    var longName = format.equals("ustar") ? "d/" + "n".repeat(98) : "n".repeat(240);
    Files.createDirectories(tree.resolve("d"));
    Files.writeString(tree.resolve(longName), "two");
    Files.createSymbolicLink(
        tree.resolve("link"), Path.of("t".repeat(format.equals("ustar") ? 99 : 220)));
    var tar = folder.resolve("tar");
    Command.succeed("tar", "-C", tree, "--format=" + format, "-cf", tar, ".");
    var files = files(Files.readAllBytes(tar));
    assertThat(files.get("./short")).asString().isEqualTo("one");
    assertThat(files.get("./" + longName)).asString().isEqualTo("two");
    assertThat(files).containsKey("./link");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--format=gnu",
        "--format=posix --sparse-version=0.0",
        "--format=posix --sparse-version=0.1",
        "--format=posix --sparse-version=1.0"
      })
  void readsSparseFilesOfAllFourDialects(String options, @TempDir Path folder) throws Exception {
    var tree = Files.createDirectories(folder.resolve("tree"));
    var sparse = tree.resolve("sparse");
    try (var file = new RandomAccessFile(sparse.toFile(), "rw")) {
      for (int i = 0; i < 60; i++) { // more pieces than one header has room for
        file.seek(i * 65536L);
        file.write(("piece " + i).getBytes(StandardCharsets.UTF_8));
      }
      file.setLength(70 * 65536L);
    }
    var tar = folder.resolve("tar");
    Command.succeed(
        Command.line(
            java.util.List.of("-C", tree, "-cf", tar, "."),
            (Object[]) ("tar -S " + options).split(" ")));
    assertThat(Files.size(tar)).isLessThan(Files.size(sparse));
    assertThat(files(Files.readAllBytes(tar)).get("./sparse"))
        .isEqualTo(Files.readAllBytes(sparse));
  }

  @Test
  void paxRecordsWinOverTheHeader() throws IOException {
    var time = Instant.parse("2024-02-29T12:00:00.123456789Z");
    var entry =
        only(new Tar().time(time).pax("path", "other").pax("uid", "3000000").file("name", "x"));
    assertThat(entry.name()).isEqualTo("other");
    assertThat(entry.uid()).isEqualTo(3_000_000);
    assertThat(entry.modified()).isEqualTo(time);
  }

  @Test
  void timesBefore1970AreRead() throws IOException {
    var entry = only(new Tar().pax("mtime", "-1.5").file("old", ""));
    assertThat(entry.modified()).isEqualTo(Instant.parse("1969-12-31T23:59:58.500Z"));
  }

  @Test
  void xattrsKeepBytesThatAreNoText() throws IOException {
    var value = new byte[] {0, (byte) 0xff, '\n', '=', 0};
    var entry = only(new Tar().xattr("security.capability", value).file("x", ""));
    assertThat(entry.xattrs().get("security.capability")).isEqualTo(value);
  }

  /** Names are bytes: what is no UTF-8 is a name as good as any. */
  @Test
  void namesThatAreNoUtf8AreKept() throws IOException {
    assertThat(only(new Tar().file("\u00ff\u0080name", "")).name()).isEqualTo("\u00ff\u0080name");
  }

  /**
   * POSIX would have them hold for all that follow; no container runtime applies them (containerd,
   * docker and podman unpack with Go's archive/tar), so files would differ here and there.
   */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "13 uid=12345\n",
        "13 path=evil\n",
        "15 linkpath=zz\n",
        "10 size=1\n",
        "29 SCHILY.xattr.user.a=value\n",
        "24 GNU.sparse.size=1000\n",
        "52 comment=0123456789012345678901234567890123456789\n",
        "these are no records"
      })
  void recordsOfGlobalHeaderAreForNobody(String records) throws IOException {
    var plain = new Tar().directory("etc").file("etc/f", "x").symlink("etc/s", "f");
    var global =
        new Tar().global(records).directory("etc").file("etc/f", "x").symlink("etc/s", "f");
    assertThat(entries(global.build())).isEqualTo(entries(plain.build()));
  }

  private static java.util.List<TarEntry> entries(byte[] tar) throws IOException {
    var entries = new java.util.ArrayList<TarEntry>();
    var reader = reader(tar);
    for (var entry = reader.next(); entry != null; entry = reader.next()) {
      entries.add(entry);
    }
    return entries;
  }

  /** Go's archive/tar takes an end in the padding for the end, and so do container runtimes. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 200, 501})
  void tarMayEndInThePaddingOfItsLastEntry(int padding) throws IOException {
    var tar = new Tar().directory("d").file("f", "0123456789").build();
    assertThat(files(Arrays.copyOf(tar, 2 * 512 + 10 + padding)).get("f"))
        .asString()
        .isEqualTo("0123456789");
  }

  @Test
  void tarMayEndWithoutZeroBlocksOrWithOne() throws IOException {
    var tar = new Tar().file("f", "x").build();
    for (var length : new int[] {1024, 1024 + 512, 1024 + 512 + 100, 2048}) {
      assertThat(files(Arrays.copyOf(tar, length))).as("%d bytes", length).containsOnlyKeys("f");
    }
  }

  @Test
  void whatFollowsTwoZeroBlocksIsNotRead() throws IOException {
    var tar = new Tar().file("f", "x").build();
    var noise = Arrays.copyOf(tar, tar.length + 700);
    Arrays.fill(noise, tar.length, noise.length, (byte) 0xee);
    assertThat(files(noise)).containsOnlyKeys("f");
    var another = new Tar().bytes(tar).file("g", "x").build();
    assertThat(files(another)).containsOnlyKeys("f");
  }

  /** Runtimes refuse it, too: whether files follow or garbage, nobody can tell. */
  @Test
  void oneZeroBlockWithinATarIsRefused() {
    var tar = new Tar().file("f", "x").bytes(new byte[512]).file("g", "x").build();
    assertThatThrownBy(() -> files(tar))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("tar entry at byte 1024: one block of zeros");
  }

  @Test
  void entryOfUnknownTypeIsRefusedInALayerAndPassedOverInAnImageArchive() throws IOException {
    var tar = new Tar().file("odd", "content").file("f", "x").build();
    tar[156] = 'M';
    Tar.sealed(tar, 0);
    assertThatThrownBy(() -> files(tar))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("'odd' has the unknown type 77");
    var archive = TarReader.ofImageArchive(new ByteArrayInputStream(tar), LayerLimits.DEFAULT);
    assertThat(java.util.Objects.requireNonNull(archive.next()).name()).isEqualTo("f");
    assertThat(archive.next()).isNull();
  }

  @Test
  void extendedHeaderOfAnEntryThatIsPassedOverIsForThatEntryAlone() throws IOException {
    var tar =
        new Tar()
            .pax("path", "other")
            .pax("size", "600")
            .file("odd", new byte[600])
            .file("f", "x")
            .build();
    // Behind the extended header: as tars have it whose entry's size fits no header.
    var odd = 1024;
    tar[odd + 156] = 'M';
    Arrays.fill(tar, odd + 124, odd + 135, (byte) '0');
    Tar.sealed(tar, odd);
    var archive = TarReader.ofImageArchive(new ByteArrayInputStream(tar), LayerLimits.DEFAULT);
    var entry = java.util.Objects.requireNonNull(archive.next());
    assertThat(entry.name()).isEqualTo("f");
    assertThat(entry.size()).isEqualTo(1);
    assertThat(archive.next()).isNull();
  }

  @Test
  void tarThatBreaksOffNamesTheByte() {
    var tar = Arrays.copyOf(new Tar().file("f", new byte[2000]).build(), 1000);
    assertThatThrownBy(() -> files(tar))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("breaks off at byte 1000");
  }

  @Test
  void noiseIsNoTar() {
    var noise = new byte[4096];
    new Random(1).nextBytes(noise);
    assertThatThrownBy(() -> reader(noise).next())
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("tar entry at byte 0");
  }

  @Test
  void negativeSizeIsRefused() {
    assertThatThrownBy(() -> reader(binarySize((byte) 0xff, (byte) 0xff)).next())
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("size is negative");
  }

  @Test
  void sizeOf8EiBIsRefused() {
    assertThatThrownBy(() -> reader(binarySize((byte) 0x80, (byte) 0x80)).next())
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("does not fit 63 bits");
    assertThatThrownBy(() -> only(new Tar().pax("size", "9223372036854775807").file("f", "")))
        .isInstanceOf(LimitException.class)
        .hasMessageContaining("max-expanded-bytes");
    assertThatThrownBy(() -> only(new Tar().pax("size", "-1").file("f", "")))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("size is '-1'");
  }

  /**
   * A header whose size field is binary: the mark, then the first of the last eight bytes, then
   * zeros.
   */
  private static byte[] binarySize(byte mark, byte high) {
    var block = Arrays.copyOf(new Tar().file("f", "").build(), 512);
    Arrays.fill(block, 124, 136, mark == (byte) 0xff ? (byte) 0xff : 0);
    block[124] = mark;
    block[128] = high;
    return Tar.sealed(block);
  }

  @Test
  void limitsAreNamedWithTheirOption() {
    var limits = new LayerLimits(1000, 2, 20, 50, 600, 1 << 20);
    assertLimit(limits, new Tar().file("f", new byte[2000]), "max-expanded-bytes");
    assertLimit(limits, new Tar().file("a", "").file("b", "").file("c", ""), "max-entries");
    assertLimit(limits, new Tar().file("n".repeat(30), ""), "max-path-bytes");
    assertLimit(limits, new Tar().symlink("l", "t".repeat(30)), "max-path-bytes");
    assertLimit(limits, new Tar().xattr("user.x", new byte[60]).file("f", ""), "max-xattr-bytes");
    assertLimit(
        limits, new Tar().pax("comment", "c".repeat(700)).file("f", ""), "max-header-bytes");
  }

  private static void assertLimit(LayerLimits limits, Tar tar, String option) {
    var reader = new TarReader(new ByteArrayInputStream(tar.build()), limits);
    assertThatThrownBy(
            () -> {
              while (reader.next() != null) {
                // until the limit is met
              }
            })
        .isInstanceOf(LimitException.class)
        .hasMessageContaining(option);
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "5,", "1,2,3", "9999999999,1", "-1,5", "10,20,5,5"})
  void sparseMapThatCannotBeIsRefused(String map) {
    var tar =
        new Tar()
            .pax("GNU.sparse.size", "1000")
            .pax("GNU.sparse.map", map)
            .file("s", new byte[100]);
    assertThatThrownBy(() -> only(tar)).isInstanceOf(FormatException.class);
  }

  /** Whatever bytes come, the answer is entries or a named fault. */
  @Test
  void brokenBytesEndInNamedFault() throws IOException {
    var good =
        new Tar()
            .time(Instant.parse("2024-02-29T12:00:00.5Z"))
            .xattr("user.a", "b")
            .file("f", "content")
            .symlink("l", "t")
            .directory("d")
            .build();
    var random = new Random(7);
    for (int round = 0; round < 3000; round++) {
      var bad = good.clone();
      for (int i = 0; i < 3; i++) {
        bad[random.nextInt(bad.length)] = (byte) random.nextInt();
      }
      for (int at = 0; at + 512 <= bad.length && round % 2 == 0; at += 512) {
        if (bad[at] != 0) {
          Tar.sealed(bad, at);
        }
      }
      try {
        files(bad);
      } catch (IOException e) {
        assertThat(e.getMessage()).isNotBlank();
      }
    }
  }
}
