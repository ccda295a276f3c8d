package io.headwater.overlaybd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headwater.block.MemoryDevice;
import io.headwater.fault.FormatException;
import io.headwater.sample.Tar;
import io.headwater.sample.Vectors;
import io.headwater.tool.Command;
import io.headwater.tool.Disks;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OverlaybdImageTest {
  private static OverlaybdImage reference() throws Exception {
    return OverlaybdImage.open(
        List.of(Vectors.device("image-layer1.obd"), Vectors.device("image-layer2.obd")));
  }

  @Test
  void readsTheDiskThatTheReferenceMade() throws Exception {
    var disk = reference().disk();
    var digest = io.headwater.oci.Digest.sha256();
    for (long at = 0; at < disk.sizeBytes(); at += 1 << 20) {
      digest.update(disk.read(at, 1 << 20));
    }
    assertThat(java.util.HexFormat.of().formatHex(digest.digest()))
        .isEqualTo("3c8f9fd5ed29cb041e0678a9caa809e4e79fc1645d1f081b547213d9c0a1bc5f");
  }

  @Test
  void readsTheFilesOnIt() throws Exception {
    var files = reference().fileSystem();
    var lines = Files.readAllLines(Path.of("src/test/resources/vectors/image-tree.tsv"));
    for (var line : lines) {
      var field = line.split("\t", -1);
      var status = files.resolve(field[0], false).orElseThrow(() -> new AssertionError(field[0]));
      assertThat(Integer.toOctalString(status.permissions())).as(field[0]).isEqualTo(field[2]);
      assertThat(status.uid() + ":" + status.gid()).as(field[0]).isEqualTo(field[3]);
      assertThat(status.links()).as(field[0]).isEqualTo(Integer.parseInt(field[5]));
      assertThat(status.modified().getEpochSecond())
          .as(field[0])
          .isEqualTo(Long.parseLong(field[6].substring(0, 10)));
      if (field[1].equals("f")) {
        assertThat(status.sizeBytes()).as(field[0]).isEqualTo(Long.parseLong(field[4]));
      }
      if (field[1].equals("l")) {
        assertThat(files.readLink(status)).isEqualTo(field[7]);
      }
    }
  }

  /** The reference's tars, converted by us, give the tree that the reference made of them. */
  @Test
  void convertsTheReferencesLayersToTheSameTree() throws Exception {
    var ours = SampleDisk.of(tar("image-layer1.tar"), tar("image-layer2.tar"));
    var theirs = reference().fileSystem();
    for (var line : Files.readAllLines(Path.of("src/test/resources/vectors/image-tree.tsv"))) {
      var path = line.split("\t", -1)[0];
      var their = theirs.resolve(path, false).orElseThrow();
      var our = ours.files().resolve(path, false).orElseThrow(() -> new AssertionError(path));
      assertThat(our.type()).as(path).isEqualTo(their.type());
      assertThat(our.permissions()).as(path).isEqualTo(their.permissions());
      assertThat(our.links()).as(path).isEqualTo(their.links());
      assertThat(ours.files().xattrs(our).keySet())
          .as(path)
          .isEqualTo(theirs.xattrs(their).keySet());
      if (our.type() == io.headwater.ext4.FileType.FILE) {
        assertThat(ours.text(path))
            .isEqualTo(
                new String(
                    theirs.content(their).read(0, (int) their.sizeBytes()).array(),
                    java.nio.charset.StandardCharsets.UTF_8));
      }
    }
    // The count includes the root's own line and leaves out lost+found.
    assertThat(ours.paths()).hasSize(10);
  }

  private static Tar tar(String vector) throws Exception {
    return new Tar().bytes(Vectors.bytes(vector));
  }

  @org.junit.jupiter.api.Tag("tools")
  @Test
  void anotherReaderTakesOurBlobsAndTheKernelMountsThem(@TempDir Path folder) throws Exception {
    var noise = new byte[300_000];
    new Random(2).nextBytes(noise);
    var disk =
        SampleDisk.of(
            new Tar().file("noise", noise).directory("d").file("d/gone", "1").symlink("l", "d"),
            new Tar().opaque("d").file("d/here", "2").hardLink("again", "noise"));
    var raw = folder.resolve("theirs");
    Command.succeed(
        Command.line(disk.files(folder), "python3", Command.ours("obdread"), "dump", raw));
    var ours = disk.export(folder.resolve("ours"));
    assertThat(Command.run("cmp", raw, ours).output()).isEmpty();
    Disks.assertClean(raw);
    Disks.mounted(
        raw,
        root -> {
          assertThat(Files.readAllBytes(root.resolve("again"))).isEqualTo(noise);
          assertThat(root.resolve("l/here")).hasContent("2");
          assertThat(root.resolve("d/gone")).doesNotExist();
        });
  }

  /** Plain OCI tools take the blob for a layer with one file. */
  @org.junit.jupiter.api.Tag("tools")
  @Test
  void blobIsTarForEverybodyElse(@TempDir Path folder) throws Exception {
    var file = SampleDisk.of(new Tar().file("a", "b")).files(folder).getFirst();
    assertThat(Command.succeed("tar", "-tf", file)).isEqualTo("overlaybd.commit\n");
  }

  @Test
  void openingTakesFewReads() throws Exception {
    var noise = new byte[20_000_000];
    new Random(2).nextBytes(noise);
    var blob = SampleDisk.of(new Tar().file("noise", noise)).blobs().getFirst();
    var reads = new int[1];
    var bytes = new long[1];
    var counted =
        new io.headwater.block.BlockDevice() {
          private final MemoryDevice device = new MemoryDevice(blob);

          @Override
          public long sizeBytes() {
            return blob.length;
          }

          @Override
          public void read(long offset, java.nio.ByteBuffer out) throws java.io.IOException {
            reads[0]++;
            bytes[0] += out.remaining();
            device.read(offset, out);
          }
        };
    try (var image = OverlaybdImage.open(List.of(counted))) {
      assertThat(image.layers()).hasSize(1);
    }
    assertThat(reads[0]).isLessThanOrEqualTo(12);
    assertThat(bytes[0]).isLessThan(blob.length / 100);
  }

  @Test
  void brokenLayerIsNamedByItsNumber() throws Exception {
    var blobs = SampleDisk.of(new Tar().file("a", "1"), new Tar().file("b", "2")).blobs();
    var bad = blobs.get(1).clone();
    bad[1536 + 30] ^= 1; // the ZFile's header
    assertThatThrownBy(
            () ->
                OverlaybdImage.open(List.of(new MemoryDevice(blobs.get(0)), new MemoryDevice(bad))))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("overlaybd layer 2 of 2");
  }

  @Test
  void wrapperThatPromisesTooMuchIsRefused() throws Exception {
    var blob = SampleDisk.of(new Tar().file("a", "1")).blobs().getFirst();
    var cut = java.util.Arrays.copyOf(blob, blob.length - 1600);
    assertThatThrownBy(() -> OverlaybdImage.open(List.of(new MemoryDevice(cut))))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("tar wrapper: a file of");
  }
}
