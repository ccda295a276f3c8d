package io.headwater.tool;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Checks a file system in a raw disk file with the tools that every Linux has. */
public final class Disks {
  private static final String PASSES = "(?s).*Pass 1.*Pass 2.*Pass 3.*Pass 4.*Pass 5.*";

  private Disks() {}

  /** Something to do with a folder. */
  public interface Use {
    void on(Path folder) throws IOException, InterruptedException;
  }

  /** Fails unless {@code e2fsck -fn} goes through all passes, repairs nothing and ends with 0. */
  public static void assertClean(Path disk) throws IOException, InterruptedException {
    var fsck = Command.run("e2fsck", "-fn", disk);
    assertThat(fsck.output()).matches(PASSES);
    // One line for each pass, one with the version, one with the sums: nothing else was said.
    assertThat(fsck.output().strip().lines().toList()).as(fsck.output()).hasSize(7);
    assertThat(fsck.exitCode()).as(fsck.output()).isZero();
  }

  /** Mounts a disk read-only for a while. */
  public static void mounted(Path disk, Use use) throws IOException, InterruptedException {
    var folder = Files.createTempDirectory("headwater-mount");
    Command.succeed("mount", "-t", "ext4", "-o", "ro,loop", disk, folder);
    try {
      use.on(folder);
    } finally {
      Command.succeed("umount", folder);
      Files.delete(folder);
    }
  }

  /** The tree of a folder, a line for each file, with all that a container can see of it. */
  public static String tree(Path folder) throws IOException, InterruptedException {
    return Command.succeed("python3", Command.ours("tree"), folder);
  }
}
