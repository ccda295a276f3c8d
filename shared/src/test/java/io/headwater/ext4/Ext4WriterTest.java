package io.headwater.ext4;

import static io.headwater.ext4.Ext4Writer.ROOT;
import static io.headwater.ext4.RawDisk.PLAIN;
import static io.headwater.ext4.RawDisk.attributes;
import static io.headwater.ext4.RawDisk.bytes;
import static io.headwater.ext4.RawDisk.file;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headwater.block.FileDevice;
import io.headwater.fault.LimitException;
import io.headwater.tool.Command;
import io.headwater.tool.Disks;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("tools")
class Ext4WriterTest {
  private static final long GIB = 1L << 30;

  private RawDisk disk;

  @BeforeEach
  void open(@TempDir Path folder) throws IOException {
    disk = new RawDisk(folder.resolve("disk"), 4 * GIB);
  }

  @AfterEach
  void close() throws IOException {
    disk.close();
  }

  @Test
  void emptyFileSystemIsCleanAndMounts() throws Exception {
    disk.format(files -> {});
    Disks.assertClean(disk.path());
    Disks.mounted(disk.path(), root -> assertThat(root.resolve("lost+found")).isDirectory());
  }

  @Test
  void everyTypeShowsInTheKernel() throws Exception {
    disk.format(
        files -> {
          file(files, ROOT, "file", bytes("hello"));
          var directory = files.createDirectory(ROOT, "directory", attributes(01777, Map.of()));
          files.link(directory, "hard", files.find(ROOT, "file"));
          files.createSymlink(ROOT, "fast", "x".repeat(59), PLAIN);
          files.createSymlink(ROOT, "slow", "x".repeat(60), PLAIN);
          files.createSymlink(ROOT, "longest", "x".repeat(4095), PLAIN);
          files.createSpecial(ROOT, "fifo", FileType.FIFO, 0, 0, PLAIN);
          files.createSpecial(ROOT, "socket", FileType.SOCKET, 0, 0, PLAIN);
          files.createSpecial(ROOT, "null", FileType.CHARACTER_DEVICE, 1, 3, PLAIN);
          files.createSpecial(ROOT, "big", FileType.BLOCK_DEVICE, 4095, 1048575, PLAIN);
        });
    Disks.assertClean(disk.path());
    Disks.mounted(
        disk.path(),
        root -> {
          var tree = Disks.tree(root);
          assertThat(tree)
              .contains("b'./big'\t0o60644\t1000:100\t1\t0\t1709208000123456789\t4095:1048575");
          assertThat(tree).contains("b'./null'\t0o20644\t1000:100\t1\t0\t1709208000123456789\t1:3");
          assertThat(tree)
              .contains("b'./directory/hard'\t0o100644\t1000:100\t2\t5\t1709208000123456789");
          assertThat(tree).contains("b'./directory'\t0o41777");
          assertThat(tree).contains("b'./fifo'\t0o10644").contains("b'./socket'\t0o140644");
          for (var name : new String[] {"fast:59", "slow:60", "longest:4095"}) {
            var link = name.split(":");
            assertThat(Files.readSymbolicLink(root.resolve(link[0])).toString())
                .hasSize(Integer.parseInt(link[1]));
          }
        });
  }

  @Test
  void timesFrom1901To2446KeepTheirNanoseconds() throws Exception {
    var times =
        Map.of(
            "first", Instant.parse("1901-12-13T20:45:52Z"),
            "before 1970", Instant.parse("1969-12-31T23:59:59.000000001Z"),
            "after 2038", Instant.parse("2038-01-19T03:14:08.5Z"),
            "last", Instant.parse("2446-05-10T22:38:55.999999999Z"));
    disk.format(
        files -> {
          for (var time : times.entrySet()) {
            var attributes = new Attributes(0600, 0, 0, time.getValue(), time.getValue(), Map.of());
            files.createFile(ROOT, time.getKey(), attributes).close();
          }
        });
    Disks.assertClean(disk.path());
    Disks.mounted(
        disk.path(),
        root -> {
          for (var time : times.entrySet()) {
            var stat = Command.succeed("stat", "-c", "%.9Y", root.resolve(time.getKey())).strip();
            var at = time.getValue();
            var expected =
                java.math.BigDecimal.valueOf(at.getEpochSecond())
                    .add(java.math.BigDecimal.valueOf(at.getNano(), 9));
            assertThat(new java.math.BigDecimal(stat)).isEqualByComparingTo(expected);
          }
        });
  }

  @Test
  void xattrsInInodeAndInBlockShowInTheKernel() throws Exception {
    var many = new HashMap<String, byte[]>();
    for (int i = 0; i < 40; i++) {
      many.put("user.name-" + i, bytes("value " + i));
    }
    var capability = new byte[] {1, 0, 0, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
    disk.format(
        files -> {
          files
              .createFile(ROOT, "few", attributes(0644, Map.of("user.note", bytes("kept"))))
              .close();
          files.createFile(ROOT, "many", attributes(0644, many)).close();
          files
              .createFile(
                  ROOT, "capable", attributes(0755, Map.of("security.capability", capability)))
              .close();
          files.createDirectory(
              ROOT, "trusted", attributes(0755, Map.of("trusted.x", new byte[0])));
        });
    Disks.assertClean(disk.path());
    Disks.mounted(
        disk.path(),
        root -> {
          var tree = Disks.tree(root);
          assertThat(tree).contains("user.note=6b657074").contains("trusted.x=");
          assertThat(tree).contains("security.capability=0100000200040000000000000000000000000000");
          for (int i = 0; i < 40; i++) {
            assertThat(tree).contains("user.name-" + i + "=");
          }
        });
  }

  @Test
  void posixAclIsEnforcedByTheKernel() throws Exception {
    // Version 2, then (tag, permissions, id): user::rw-, user:33:r--, group::---, mask::r--,
    // other::---
    var acl =
        java.util.HexFormat.of()
            .parseHex(
                "02000000"
                    + "01000600ffffffff"
                    + "0200040021000000"
                    + "04000000ffffffff"
                    + "10000400ffffffff"
                    + "20000000ffffffff");
    disk.format(
        files ->
            files
                .createFile(
                    ROOT, "shared", attributes(0640, Map.of("system.posix_acl_access", acl)))
                .close());
    Disks.assertClean(disk.path());
    Disks.mounted(
        disk.path(),
        root ->
            assertThat(Command.succeed("getfacl", "-nE", root.resolve("shared")))
                .contains("user:33:r--")
                .contains("mask::r--"));
    var reader = disk.reader();
    var status = reader.resolve("shared", false).orElseThrow();
    assertThat(reader.xattrs(status).get("system.posix_acl_access")).isEqualTo(acl);
  }

  /** More extents than the inode and one block take: 4 and 340. */
  @Test
  void fileOfManyExtentsNeedsTreeOfTwoLevels() throws Exception {
    var piece = new byte[4096];
    disk.format(
        files -> {
          try (var out = files.createFile(ROOT, "holes", PLAIN)) {
            for (int i = 0; i < 2000; i++) {
              Arrays.fill(piece, (byte) (i + 1 | 1));
              out.write(piece, 0, piece.length);
              out.hole(4096);
            }
          }
        });
    Disks.assertClean(disk.path());
    var status = disk.reader().resolve("holes", false).orElseThrow();
    assertThat(status.sizeBytes()).isEqualTo(2000 * 8192L);
    assertThat(status.sectors()).isBetween(2000 * 8L, 2010 * 8L);
    Disks.mounted(
        disk.path(),
        root -> {
          var content = Files.readAllBytes(root.resolve("holes"));
          for (int i = 0; i < 2000; i++) {
            assertThat(content[i * 8192]).isEqualTo((byte) (i + 1 | 1));
            assertThat(content[i * 8192 + 4096]).isZero();
          }
        });
  }

  @Test
  void zeroBlocksTakeNoSpace() throws Exception {
    disk.format(files -> file(files, ROOT, "zeros", new byte[64 << 20]));
    Disks.assertClean(disk.path());
    var status = disk.reader().resolve("zeros", false).orElseThrow();
    assertThat(status.sizeBytes()).isEqualTo(64 << 20);
    assertThat(status.sectors()).isZero();
  }

  @Test
  void fileMayBeLargerThanTheDevice() throws Exception {
    disk.format(
        files -> {
          try (var out = files.createFile(ROOT, "vast", PLAIN)) {
            out.hole(100 * GIB);
            out.write(bytes("end"), 0, 3);
          }
        });
    Disks.assertClean(disk.path());
    Disks.mounted(
        disk.path(),
        root ->
            assertThat(Command.succeed("tail", "-c", "3", root.resolve("vast"))).isEqualTo("end"));
  }

  @Test
  void directoryOf100000NamesIsFoundThroughItsIndex() throws Exception {
    disk.format(
        files -> {
          var directory = files.createDirectory(ROOT, "many", PLAIN);
          for (int i = 0; i < 100_000; i++) {
            files.createFile(directory, "a rather long name of file number " + i, PLAIN).close();
          }
        });
    Disks.assertClean(disk.path());
    Disks.mounted(
        disk.path(),
        root -> {
          for (int i = 0; i < 100_000; i += 9973) {
            assertThat(root.resolve("many/a rather long name of file number " + i)).exists();
          }
          assertThat(root.resolve("many/a rather long name of file number 100000")).doesNotExist();
        });
    var device = new ReadCounter(FileDevice.open(disk.path()));
    var reader = Ext4Reader.open(device);
    var directory = reader.resolve("many", false).orElseThrow();
    var before = device.reads();
    assertThat(reader.find(directory, "a rather long name of file number 77777")).isPresent();
    assertThat(device.reads() - before).isLessThan(12);
    assertThat(reader.list(directory)).hasSize(100_000);
  }

  /** One leaf is followed by a root of one level, then of two: more names than one level takes. */
  @Test
  void directoryIndexGrowsToTwoLevels() throws Exception {
    disk.format(
        files -> {
          var directory = files.createDirectory(ROOT, "more", PLAIN);
          var target = files.createDirectory(ROOT, "x", PLAIN);
          assertThat(target).isNotZero();
          files.createFile(ROOT, "one", PLAIN).close();
          for (int i = 0; i < 12_000; i++) {
            files.link(directory, "%06d".formatted(i) + "-".repeat(249), files.find(ROOT, "one"));
          }
        });
    Disks.assertClean(disk.path());
    assertThat(Command.succeed("debugfs", "-R", "htree_dump /more", disk.path()))
        .contains("Indirect levels: 1");
    assertThat(disk.reader().list(disk.reader().resolve("more", false).orElseThrow()))
        .hasSize(12_000);
  }

  @Test
  void removingAndAddingNamesKeepsLargeDirectoryRight() throws Exception {
    var files =
        disk.format(
            f -> {
              var directory = f.createDirectory(ROOT, "d", PLAIN);
              for (int i = 0; i < 5000; i++) {
                f.createFile(directory, "name-" + i, PLAIN).close();
              }
            });
    disk.write(
        files,
        f -> {
          var directory = f.find(ROOT, "d");
          for (int i = 0; i < 5000; i += 2) {
            f.remove(directory, "name-" + i);
          }
          for (int i = 5000; i < 9000; i++) {
            f.createFile(directory, "name-" + i, PLAIN).close();
          }
        });
    Disks.assertClean(disk.path());
    var reader = disk.reader();
    var directory = reader.resolve("d", false).orElseThrow();
    assertThat(reader.list(directory)).hasSize(6500);
    assertThat(reader.find(directory, "name-2")).isEmpty();
    assertThat(reader.find(directory, "name-8999")).isPresent();
  }

  @Test
  void directoryOfMoreThan65000DirectoriesHasOneLink() throws Exception {
    disk.format(
        files -> {
          var directory = files.createDirectory(ROOT, "wide", PLAIN);
          for (int i = 0; i < 66_000; i++) {
            files.createDirectory(directory, Integer.toString(i), PLAIN);
          }
        });
    Disks.assertClean(disk.path());
    assertThat(disk.reader().resolve("wide", false).orElseThrow().links()).isEqualTo(1);
  }

  @Test
  void fileTakesNoMoreThan65000Names() {
    assertThatThrownBy(
            () ->
                disk.format(
                    files -> {
                      files.createFile(ROOT, "one", PLAIN).close();
                      for (int i = 0; i < 65_000; i++) {
                        files.link(ROOT, "link-" + i, files.find(ROOT, "one"));
                      }
                    }))
        .isInstanceOf(LimitException.class)
        .hasMessageContaining("more than 65000 hard links");
  }

  @Test
  void layerWritesOnlyTheBlocksThatItChanges() throws Exception {
    var files =
        disk.format(
            f -> {
              for (int i = 0; i < 2000; i++) {
                file(f, ROOT, "file-" + i, bytes("content " + i));
              }
            });
    var small = disk.write(files, f -> f.setAttributes(f.find(ROOT, "file-7"), PLAIN));
    assertThat(small).isLessThan(10 * 4096);
    var nothing = disk.write(files, f -> {});
    assertThat(nothing).isLessThanOrEqualTo(4 * 4096);
    Disks.assertClean(disk.path());
  }

  @Test
  void deviceThatIsFullSaysSo(@TempDir Path folder) throws Exception {
    try (var small = new RawDisk(folder.resolve("small"), 128 << 20)) {
      var noise = new byte[1 << 20];
      new Random(1).nextBytes(noise);
      assertThatThrownBy(
              () ->
                  small.format(
                      files -> {
                        try (var out = files.createFile(ROOT, "large", PLAIN)) {
                          for (int i = 0; i < 200; i++) {
                            out.write(noise, 0, noise.length);
                          }
                        }
                      }))
          .isInstanceOf(DeviceFullException.class);
    }
  }

  /** Random trees, changed by random layers: the checker finds nothing, resumed or not. */
  @Test
  void randomLayersStayCleanAndResumingGivesTheSameBytes(@TempDir Path folder) throws Exception {
    for (long seed = 1; seed <= 4; seed++) {
      try (var straight = new RawDisk(folder.resolve("straight-" + seed), GIB);
          var resumed = new RawDisk(folder.resolve("resumed-" + seed), GIB)) {
        var first = new RandomTree(seed);
        var second = new RandomTree(seed);
        var files = straight.format(first::change);
        resumed.format(second::change);
        for (int layer = 0; layer < 4; layer++) {
          straight.write(files, first::change);
          var below = folder.resolve("below");
          Command.succeed("cp", "--sparse=always", resumed.path(), below);
          try (var device = FileDevice.open(below)) {
            resumed.write(Ext4Writer.open(device, Long.MAX_VALUE), second::change);
          }
        }
        Disks.assertClean(straight.path());
        assertThat(Command.run("cmp", straight.path(), resumed.path()).output()).isEmpty();
      }
    }
  }
}
