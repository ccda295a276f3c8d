package io.headwater.ext4;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Random;

/** Changes a file system at random, the same way for the same seed. */
final class RandomTree {
  private final Random random;
  private final List<String> directories = new ArrayList<>(List.of(""));

  RandomTree(long seed) {
    this.random = new Random(seed);
  }

  void change(Ext4Writer files) throws IOException {
    for (int i = 0; i < 400; i++) {
      var path = directories.get(random.nextInt(directories.size()));
      var parent = directory(files, path);
      if (parent == 0) {
        directories.remove(path);
        continue;
      }
      var name = "n" + random.nextInt(200);
      if (files.find(parent, name) != 0) {
        files.remove(parent, name);
      } else {
        create(files, parent, path, name);
      }
    }
  }

  private static long directory(Ext4Writer files, String path) throws IOException {
    var inode = Ext4Writer.ROOT;
    for (var name : path.isEmpty() ? new String[0] : path.substring(1).split("/")) {
      inode = files.find(inode, name);
      if (inode == 0 || files.type(inode) != FileType.DIRECTORY) {
        return 0;
      }
    }
    return inode;
  }

  private void create(Ext4Writer files, long parent, String path, String name) throws IOException {
    switch (random.nextInt(6)) {
      case 0 -> {
        files.createDirectory(parent, name, attributes());
        directories.add(path + "/" + name);
      }
      case 1 ->
          files.createSymlink(parent, name, "t".repeat(1 + random.nextInt(300)), attributes());
      case 2 -> files.createSpecial(parent, name, FileType.CHARACTER_DEVICE, 1, 3, attributes());
      default -> file(files, parent, name);
    }
  }

  private void file(Ext4Writer files, long parent, String name) throws IOException {
    try (var out = files.createFile(parent, name, attributes())) {
      for (int i = random.nextInt(12); i > 0; i--) {
        if (random.nextBoolean()) {
          out.hole(random.nextInt(100_000));
        } else {
          var bytes = new byte[random.nextInt(60_000)];
          random.nextBytes(bytes);
          out.write(bytes, 0, bytes.length);
        }
      }
    }
  }

  private Attributes attributes() {
    var xattrs = new HashMap<String, byte[]>();
    for (int i = random.nextInt(10) - 6; i > 0; i--) {
      xattrs.put("user." + i, new byte[random.nextInt(200)]);
    }
    return RawDisk.attributes(0644, xattrs);
  }
}
