package io.headwater.proxy.cache;

import static org.assertj.core.api.Assertions.assertThat;

import io.headwater.oci.Digest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChunkFolderTest {
  private static final int CHUNK = 1 << 20;

  private final byte[] chunk = new byte[CHUNK];

  private static ChunkKey key(String algorithm) {
    return new ChunkKey(Digest.of(algorithm, new byte[] {1}), 3);
  }

  private static List<String> files(Path folder) throws Exception {
    try (var files = Files.walk(folder)) {
      return files
          .filter(Files::isRegularFile)
          .map(file -> String.valueOf(file.getFileName()))
          .filter(name -> !name.equals("lock"))
          .toList();
    }
  }

  /** A chunk that memory has forgotten is fetched and kept again before its first writing ends. */
  @Test
  void chunkIsWrittenByOneAtATime(@TempDir Path folder) throws Exception {
    var tasks = new ArrayList<Runnable>();
    try (var chunks = ChunkFolder.open(folder, CHUNK, 1 << 30, tasks::add)) {
      chunks.put(key("sha256"), chunk);
      chunks.put(key("sha256"), chunk);
      assertThat(tasks).hasSize(1);
      tasks.removeFirst().run();
      assertThat(chunks.get(key("sha256"), CHUNK)).isEqualTo(chunk);
      for (int i = 0; i < 100; i++) {
        chunks.put(key("sha256"), chunk); // what was refused does not count as waiting
        tasks.removeFirst().run();
      }
      assertThat(files(folder)).hasSize(1);
    }
  }

  @Test
  void chunksOfSha512AreFoundAgainAndRemoved(@TempDir Path folder) throws Exception {
    try (var chunks = ChunkFolder.open(folder, CHUNK, 1 << 30, Runnable::run)) {
      chunks.put(key("sha512"), chunk);
      chunks.put(key("sha256"), chunk);
    }
    try (var chunks = ChunkFolder.open(folder, CHUNK, 1 << 30, Runnable::run)) {
      assertThat(chunks.sizeBytes()).isEqualTo(2 * (CHUNK + 4));
      assertThat(chunks.get(key("sha512"), CHUNK)).isEqualTo(chunk);
    }
    assertThat(files(folder)).hasSize(2);
    try (var chunks = ChunkFolder.open(folder, CHUNK / 2, 1 << 30, Runnable::run)) {
      assertThat(chunks.sizeBytes()).isZero();
      assertThat(files(folder)).isEmpty();
    }
  }
}
