package io.headwater.ext4;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headwater.block.FileDevice;
import io.headwater.block.MemoryDevice;
import io.headwater.fault.FormatException;
import io.headwater.tool.Command;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("tools")
class Ext4ReaderTest {
  /**
   * Disks of other makes: usual, small blocks, with checksums, without extents, no 64-bit groups.
   */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "-b 4096",
        "-b 1024",
        "-b 4096 -O metadata_csum,64bit",
        "-b 2048 -O ^extents,^64bit,^metadata_csum,^metadata_csum_seed",
        "-b 4096 -O ^64bit -I 128"
      })
  void readsWhatMke2fsMade(String options, @TempDir Path folder) throws Exception {
    var tree = Files.createDirectories(folder.resolve("tree"));
    Files.writeString(tree.resolve("small"), "hello");
    var noise = new byte[3_000_000];
    new Random(1).nextBytes(noise);
    Files.write(tree.resolve("large"), noise);
    Files.createSymbolicLink(tree.resolve("link"), Path.of("sub/dir/../file"));
    Files.createSymbolicLink(tree.resolve("long"), Path.of("y".repeat(200)));
    Files.createDirectories(tree.resolve("sub/dir"));
    Files.writeString(tree.resolve("sub/file"), "through the link");
    for (int i = 0; i < 500; i++) {
      Files.writeString(tree.resolve("sub/dir/entry number " + i), "");
    }
    var disk = folder.resolve("disk");
    Command.succeed(
        Command.line(
            java.util.List.of("-d", tree, disk, "64M"),
            (Object[]) ("mke2fs -q -F -t ext4 " + options).split(" ")));
    try (var device = FileDevice.open(disk)) {
      var files = Ext4Reader.open(device);
      assertThat(text(files, "small")).isEqualTo("hello");
      assertThat(text(files, "link")).isEqualTo("through the link");
      var large = files.resolve("large", true).orElseThrow();
      assertThat(files.content(large).read(0, noise.length).array()).isEqualTo(noise);
      assertThat(files.list(files.resolve("sub/dir", true).orElseThrow())).hasSize(500);
      assertThat(files.resolve("sub/dir/entry number 499", true)).isPresent();
      assertThat(files.resolve("sub/dir/entry number 500", true)).isEmpty();
      assertThat(files.readLink(files.resolve("long", false).orElseThrow())).hasSize(200);
    }
  }

  private static String text(Ext4Reader files, String path) throws Exception {
    var status = files.resolve(path, true).orElseThrow();
    var bytes = files.content(status).read(0, (int) status.sizeBytes()).array();
    return new String(bytes, StandardCharsets.UTF_8);
  }

  @Test
  void refusesDeviceWithoutFileSystem() {
    assertThatThrownBy(() -> Ext4Reader.open(new MemoryDevice(new byte[1 << 20])))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("ext4");
  }

  /**
   * Broken bytes anywhere in the metadata end in a named fault, never in a loop or another
   * exception.
   */
  @Test
  void brokenMetadataEndsInNamedFault(@TempDir Path folder) throws Exception {
    byte[] good;
    try (var disk = new RawDisk(folder.resolve("disk"), 128 << 20)) {
      disk.format(new RandomTree(3)::change);
      good = Files.readAllBytes(disk.path());
    }
    var random = new Random(9);
    for (int round = 0; round < 300; round++) {
      var bad = good.clone();
      for (int i = 0; i < 40; i++) {
        bad[random.nextInt(round % 2 == 0 ? 4096 : 1 << 20)] = (byte) random.nextInt();
      }
      try {
        walk(Ext4Reader.open(new MemoryDevice(bad)));
      } catch (java.io.IOException e) {
        assertThat(e.getMessage()).isNotBlank();
      }
    }
  }

  private static void walk(Ext4Reader files) throws java.io.IOException {
    walk(files, files.root(), 0);
  }

  private static void walk(Ext4Reader files, FileStatus directory, int depth)
      throws java.io.IOException {
    if (depth > 20) {
      return;
    }
    for (var entry : files.list(directory)) {
      var status = files.status(entry.inode());
      files.xattrs(status);
      switch (status.type()) {
        case DIRECTORY -> walk(files, status, depth + 1);
        case SYMLINK -> files.readLink(status);
        case FILE -> {
          var length = (int) Math.min(4096, status.sizeBytes());
          files.content(status).read(0, length);
        }
        default -> {}
      }
    }
  }
}
