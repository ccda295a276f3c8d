package io.headwater.overlaybd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headwater.ext4.FileType;
import io.headwater.fault.FormatException;
import io.headwater.fault.LimitException;
import io.headwater.sample.Tar;
import java.io.IOException;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/** What layers mean (OCI image spec, layer.md), read back from the disk that they make. */
class LayerApplierTest {
  private static final Instant OLD = Instant.parse("2001-01-01T00:00:00Z");
  private static final Instant NEW = Instant.parse("2020-02-02T02:02:02.5Z");

  @Test
  void whiteoutHidesFileOfLowerLayer() throws IOException {
    var disk =
        SampleDisk.of(
            new Tar().file("etc/motd", "hello").file("etc/keep", ""),
            new Tar().whiteout("etc/motd"));
    assertThat(disk.paths()).containsExactly("etc/", "etc/keep");
  }

  @Test
  void whiteoutHidesWholeDirectory() throws IOException {
    var disk =
        SampleDisk.of(
            new Tar().file("a/b/c/d", "x").symlink("a/b/l", "c").file("z", ""),
            new Tar().whiteout("a"));
    assertThat(disk.paths()).containsExactly("z");
  }

  /**
   * Directories one below the other, far deeper than any path is long: each link leads to the end
   * of the path before.
   */
  private static Tar deep() {
    var tar = new Tar();
    var names = "/d".repeat(1900).substring(1);
    var way = "";
    for (int i = 0; i < 24; i++) {
      tar.directory(way + names).symlink("link" + i, "/" + way + names);
      way = "link" + i + "/";
    }
    return tar;
  }

  @Test
  void whiteoutRemovesDirectoriesDeeperThanAStack() throws IOException {
    var disk = SampleDisk.of(deep().file("z", ""), new Tar().whiteout("d"));
    assertThat(disk.paths()).hasSize(25).doesNotContain("d/");
  }

  @Test
  void whiteoutLooksAtDirectoriesDeeperThanAStackOneByOne() throws IOException {
    // The upper layer goes through all of them, so that none can be removed as a whole.
    var disk = SampleDisk.of(deep().file("z", "below"), deep().whiteout("d").file("z", "above"));
    assertThat(disk.text("z")).isEqualTo("above");
  }

  @Test
  void whiteoutOfNothingDoesNothing() throws IOException {
    var disk =
        SampleDisk.of(new Tar().file("a", ""), new Tar().whiteout("b").whiteout("no/such/path"));
    assertThat(disk.paths()).containsExactly("a");
  }

  @Test
  void whiteoutNeverHidesWhatItsOwnLayerPuts() throws IOException {
    var below = new Tar().file("d/old", "1").file("f", "1");
    var before = new Tar().whiteout("f").file("f", "2").whiteout("d").file("d/new", "2");
    var after = new Tar().file("f", "2").whiteout("f").file("d/new", "2").whiteout("d");
    for (var layer : new Tar[] {before, after}) {
      var disk = SampleDisk.of(below, layer);
      assertThat(disk.paths()).containsExactly("d/", "d/new", "f");
      assertThat(disk.text("f")).isEqualTo("2");
    }
  }

  @Test
  void opaqueDirectoryHidesLowerChildrenInAnyOrder() throws IOException {
    var below = new Tar().file("d/old", "1").file("d/sub/older", "1");
    var first = new Tar().directory("d").opaque("d").file("d/new", "2").file("d/sub/newer", "2");
    var last = new Tar().file("d/new", "2").file("d/sub/newer", "2").directory("d").opaque("d");
    for (var layer : new Tar[] {first, last}) {
      assertThat(SampleDisk.of(below, layer).paths())
          .containsExactly("d/", "d/new", "d/sub/", "d/sub/newer");
    }
  }

  @Test
  void fileReplacesDirectoryAndTheReverse() throws IOException {
    var disk =
        SampleDisk.of(
            new Tar().file("becomes-file/child", "").file("becomes-directory", "x"),
            new Tar().file("becomes-file", "now").file("becomes-directory/child", "now"));
    assertThat(disk.paths())
        .containsExactly("becomes-directory/", "becomes-directory/child", "becomes-file");
  }

  @Test
  void fileOfTheSameLayerIsNoParent() {
    assertThatThrownBy(() -> SampleDisk.of(new Tar().file("f", "").file("f/child", "")))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("its parent 'f' is no directory");
  }

  @Test
  void directoryEntryReplacesFile() throws IOException {
    var disk =
        SampleDisk.of(
            new Tar().file("x", "file").directory("y").file("y/in", ""),
            new Tar().directory("x").file("x/in", "2").file("y", "2"));
    assertThat(disk.paths()).containsExactly("x/", "x/in", "y");
  }

  @Test
  void missingParentsAreMadeWith0755Root() throws IOException {
    var disk = SampleDisk.of(new Tar().time(NEW).owner(7, 8).file("a/b/c", ""));
    for (var path : new String[] {"a", "a/b"}) {
      var status = disk.status(path);
      assertThat(status.permissions()).isEqualTo(0755);
      assertThat(status.uid()).isZero();
      assertThat(status.gid()).isZero();
    }
  }

  @Test
  void lastOfDuplicatesWins() throws IOException {
    var disk =
        SampleDisk.of(
            new Tar().file("f", "first").file("f", "second").directory("g").file("g", "3"));
    assertThat(disk.text("f")).isEqualTo("second");
    assertThat(disk.status("g").type()).isEqualTo(FileType.FILE);
  }

  @Test
  void directoryThatOnlyItsChildrenChangeKeepsItsTimes() throws IOException {
    var disk =
        SampleDisk.of(
            new Tar().time(OLD).directory("d").time(OLD).file("d/a", ""),
            new Tar().time(NEW).file("d/b", ""));
    assertThat(disk.status("d").modified()).isEqualTo(OLD);
  }

  @Test
  void directoryEntryGivesLowerDirectoryNewAttributes() throws IOException {
    var disk =
        SampleDisk.of(
            new Tar().directory("d").file("d/a", ""),
            new Tar().time(NEW).mode(01700).owner(5, 6).xattr("user.n", "v").directory("d"));
    var status = disk.status("d");
    assertThat(status.modified()).isEqualTo(NEW);
    assertThat(status.permissions()).isEqualTo(01700);
    assertThat(disk.files().xattrs(status)).containsKey("user.n");
    assertThat(disk.paths()).contains("d/a");
  }

  @Test
  void spellingsOfOnePathAreOneFile() throws IOException {
    var disk =
        SampleDisk.of(
            new Tar().file("./x", "1").file("/x", "2").file("x", "3").file("y//z/./w", ""));
    assertThat(disk.paths()).containsExactly("x", "y/", "y/z/", "y/z/w");
    assertThat(disk.text("x")).isEqualTo("3");
  }

  @Test
  void pathsAndLinksNeverLeaveTheRoot() throws IOException {
    var disk =
        SampleDisk.of(
            new Tar()
                .file("../../etc/up", "1")
                .symlink("out", "/")
                .file("out/through", "2")
                .symlink("far", "../../..")
                .file("far/away", "3")
                .hardLink("link", "../../etc/up"));
    assertThat(disk.paths())
        .containsExactly("away", "etc/", "etc/up", "far", "link", "out", "through");
  }

  @Test
  void hardLinksAcrossDirectoriesAndLayersShareOneFile() throws IOException {
    var disk =
        SampleDisk.of(
            new Tar().file("a/one", "same").hardLink("b/two", "a/one"),
            new Tar().hardLink("c/three", "b/two"));
    assertThat(disk.status("c/three").inode()).isEqualTo(disk.status("a/one").inode());
    assertThat(disk.status("a/one").links()).isEqualTo(3);
  }

  @Test
  void whiteoutOfOneNameLeavesTheOthers() throws IOException {
    var disk =
        SampleDisk.of(
            new Tar().file("one", "same").hardLink("two", "one"), new Tar().whiteout("one"));
    assertThat(disk.paths()).containsExactly("two");
    assertThat(disk.status("two").links()).isEqualTo(1);
  }

  @Test
  void devicesAndFifosKeepTheirNumbers() throws IOException {
    var disk =
        SampleDisk.of(new Tar().characterDevice("c", 5, 1).blockDevice("b", 259, 300000).fifo("p"));
    assertThat(disk.status("c").deviceMajor()).isEqualTo(5);
    assertThat(disk.status("b").deviceMinor()).isEqualTo(300000);
    assertThat(disk.status("p").type()).isEqualTo(FileType.FIFO);
  }

  @Test
  void rawByteNamesAreKept() throws IOException {
    var disk = SampleDisk.of(new Tar().file("\u00ff\u0001", "").file(Tar.utf8("ünïcödé 🐳"), ""));
    assertThat(disk.paths()).contains("\u00ff\u0001", Tar.utf8("ünïcödé 🐳"));
  }

  @Test
  void hardLinkToNothingIsNamed() {
    assertThatThrownBy(() -> SampleDisk.of(new Tar().hardLink("a", "no/where")))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("entry 'a': hard link to 'no/where', which does not exist");
  }

  @Test
  void nameLongerThanLinuxTakesIsNamed() {
    assertThatThrownBy(() -> SampleDisk.of(new Tar().file("n".repeat(256), "")))
        .isInstanceOf(LimitException.class)
        .hasMessageContaining("file name of 256 bytes");
  }

  @Test
  void linkThatGoesInCirclesIsNamed() {
    assertThatThrownBy(
            () -> SampleDisk.of(new Tar().symlink("a", "b").symlink("b", "a").file("a/x", "")))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("too many symbolic links");
  }

  @Test
  void goingOnFromBlobsGivesTheSameBytes() throws IOException {
    var layers =
        new Tar[] {
          new Tar().file("a", "1".repeat(9000)).file("d/x", "").symlink("l", "t".repeat(100)),
          new Tar()
              .file("b", "2")
              .whiteout("a")
              .xattr("user.big", "v".repeat(1000))
              .file("d/y", ""),
          new Tar().opaque("d").file("d/z", "3".repeat(70_000)),
        };
    assertThat(SampleDisk.resumed(layers).blobs())
        .usingElementComparator(java.util.Arrays::compare)
        .containsExactlyElementsOf(SampleDisk.of(layers).blobs());
  }
}
