package io.headwater.store.file;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Every change that was made to a folder and every fsync, in order; and what a disk may hold of it
 * when the power goes at one of them. What was written to a file is sure once the file was forced,
 * an entry of a folder (a new file or folder, a renaming, a removal) once the folder was forced; of
 * all other changes any may be there, in any order, or not.
 */
final class Journal {
  private static final int ROOT = 0;

  /** One step. */
  sealed interface Step {
    /** A folder's entry names an inode now, which another entry may have named before. */
    record Entry(int folder, String name, int inode, int oldFolder, String oldName)
        implements Step {}

    /** A folder's entry is gone. */
    record Removal(int folder, String name, int inode) implements Step {}

    /** Bytes of a file. */
    record Write(int inode, long offset, byte[] bytes) implements Step {}

    /** A file's end. */
    record Truncation(int inode, long size) implements Step {}

    /** An fsync of a file or a folder. */
    record Force(int inode) implements Step {}
  }

  private final Path root;
  private final List<Step> steps = new ArrayList<>();
  private final Map<Path, Integer> inodes = new HashMap<>();
  private final List<Boolean> folders = new ArrayList<>();

  /** The journal of what happens in a folder, which is there and empty. */
  Journal(Path root) {
    this.root = root;
    inodes.put(root, ROOT);
    folders.add(true);
  }

  synchronized int inode(@Nullable Path path) {
    return path == null ? -1 : inodes.getOrDefault(path, -1);
  }

  synchronized void created(Path file) {
    enter(file, false);
  }

  synchronized void madeFolder(Path folder) {
    enter(folder, true);
  }

  private void enter(Path path, boolean isFolder) {
    if (path.equals(root)) {
      return;
    }
    var inode = folders.size();
    folders.add(isFolder);
    inodes.put(path, inode);
    steps.add(
        new Step.Entry(inode(path.getParent()), path.getFileName().toString(), inode, -1, ""));
  }

  synchronized void deleted(Path path) {
    var inode = inode(path);
    inodes.remove(path);
    steps.add(new Step.Removal(inode(path.getParent()), path.getFileName().toString(), inode));
  }

  synchronized void moved(Path from, Path to) {
    var inode = inode(from);
    inodes.remove(from);
    inodes.put(to, inode);
    steps.add(
        new Step.Entry(
            inode(to.getParent()),
            to.getFileName().toString(),
            inode,
            inode(from.getParent()),
            from.getFileName().toString()));
  }

  synchronized void wrote(int inode, long offset, ByteBuffer bytes) {
    var copy = new byte[bytes.remaining()];
    bytes.get(copy);
    steps.add(new Step.Write(inode, offset, copy));
  }

  synchronized void truncated(int inode, long size) {
    steps.add(new Step.Truncation(inode, size));
  }

  synchronized void forced(int inode) {
    steps.add(new Step.Force(inode));
  }

  /** How many steps there were. */
  synchronized int size() {
    return steps.size();
  }

  /**
   * Puts into an empty folder what the disk holds when the power goes before a step.
   *
   * @param survives which of the steps that nothing was forced after have reached the disk
   */
  synchronized void crash(int before, Predicate<Step> survives, Path target) throws IOException {
    var sure = sure(before);
    var entries = new HashMap<Integer, Map<String, Integer>>();
    var contents = new HashMap<Integer, byte[]>();
    for (int i = 0; i < before; i++) {
      if (sure[i] || survives.test(steps.get(i))) {
        apply(steps.get(i), entries, contents);
      }
    }
    write(ROOT, target, entries, contents);
  }

  private boolean[] sure(int before) {
    var sure = new boolean[before];
    var forced = new boolean[folders.size()];
    for (int i = before - 1; i >= 0; i--) {
      switch (steps.get(i)) {
        case Step.Force force -> forced[Math.max(0, force.inode())] |= force.inode() >= 0;
        case Step.Entry entry -> sure[i] = forced[entry.folder()];
        case Step.Removal removal -> sure[i] = forced[removal.folder()];
        case Step.Write write -> sure[i] = forced[write.inode()];
        case Step.Truncation truncation -> sure[i] = forced[truncation.inode()];
      }
    }
    return sure;
  }

  private static void apply(
      Step step, Map<Integer, Map<String, Integer>> entries, Map<Integer, byte[]> contents) {
    switch (step) {
      case Step.Entry entry -> {
        var old = entries.getOrDefault(entry.oldFolder(), new TreeMap<>());
        old.remove(entry.oldName(), entry.inode());
        entries
            .computeIfAbsent(entry.folder(), folder -> new TreeMap<>())
            .put(entry.name(), entry.inode());
      }
      case Step.Removal removal ->
          entries
              .getOrDefault(removal.folder(), new TreeMap<>())
              .remove(removal.name(), removal.inode());
      case Step.Write write -> {
        var content = contents.getOrDefault(write.inode(), new byte[0]);
        var end = (int) write.offset() + write.bytes().length;
        var grown = Arrays.copyOf(content, Math.max(content.length, end));
        System.arraycopy(write.bytes(), 0, grown, (int) write.offset(), write.bytes().length);
        contents.put(write.inode(), grown);
      }
      case Step.Truncation cut ->
          contents.computeIfPresent(
              cut.inode(),
              (inode, content) ->
                  Arrays.copyOf(content, (int) Math.min(content.length, cut.size())));
      case Step.Force force -> {
        // Says what is sure.
      }
    }
  }

  private void write(
      int folder,
      Path target,
      Map<Integer, Map<String, Integer>> entries,
      Map<Integer, byte[]> contents)
      throws IOException {
    Files.createDirectories(target);
    for (var entry : entries.getOrDefault(folder, new TreeMap<>()).entrySet()) {
      var path = target.resolve(entry.getKey());
      if (folders.get(entry.getValue())) {
        write(entry.getValue(), path, entries, contents);
      } else {
        Files.write(path, contents.getOrDefault(entry.getValue(), new byte[0]));
      }
    }
  }
}
