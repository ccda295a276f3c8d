package io.headwater.proxy.cache;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.RemovalCause;
import io.headwater.fault.FormatException;
import io.headwater.oci.Digest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Chunks as files, {@code chunks-<chunkBytes>/<first two of hex>/<hex>.<index>}: the bytes, then
 * their CRC-32C (4 bytes, big-endian). They outlive the process; what a crash or a bad disk has
 * left wrong is found by the checksum and fetched anew. A folder that fails makes no request fail.
 */
final class ChunkFolder implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ChunkFolder.class);
  private static final int CRC_BYTES = 4;
  private static final Pattern NAME =
      Pattern.compile("([0-9a-f]{64}|[0-9a-f]{128})\\.([0-9]{1,9})");
  private static final String PART = ".part";

  /** Between looking a file up and opening it. */
  private static final Duration LINGER = Duration.ofSeconds(5);

  /** Of chunks that wait for the disk; more are not kept there. */
  private static final int WAITING_BYTES = 32 << 20;

  private final Path root;
  private final FileChannel lock;
  private final Executor executor;
  private final Semaphore waiting;
  private final Cache<ChunkKey, Kept> index;

  /** Chunks that wait for the disk or are being written: each is written by one at a time. */
  private final Set<ChunkKey> writing = ConcurrentHashMap.newKeySet();

  private final AtomicBoolean hasFailed = new AtomicBoolean();

  /**
   * A file.
   *
   * @param bytes with the checksum
   * @param isChecked since this process has started
   */
  private record Kept(int bytes, boolean isChecked) {}

  private ChunkFolder(
      Path root, FileChannel lock, int chunkBytes, long maxBytes, Executor executor) {
    this.root = root;
    this.waiting = new Semaphore(WAITING_BYTES / chunkBytes);
    this.lock = lock;
    this.executor = executor;
    this.index =
        Caffeine.newBuilder()
            .maximumWeight(maxBytes)
            .weigher((ChunkKey key, Kept kept) -> kept.bytes())
            .executor(Runnable::run)
            .evictionListener(this::evicted)
            .build();
  }

  /**
   * Takes a folder, with what is in it from before.
   *
   * @throws FormatException if it cannot be written to, or another process uses it
   */
  static ChunkFolder open(Path folder, int chunkBytes, long maxBytes, Executor executor)
      throws FormatException {
    try {
      return taken(folder, chunkBytes, maxBytes, executor);
    } catch (FormatException e) {
      throw e;
    } catch (IOException e) {
      throw new FormatException(
          "cache-folder " + folder + " cannot be used: give one that the proxy may write to", e);
    }
  }

  private static ChunkFolder taken(Path folder, int chunkBytes, long maxBytes, Executor executor)
      throws IOException {
    Files.createDirectories(folder);
    var lock = lock(folder);
    try {
      var root = folder.resolve("chunks-" + chunkBytes);
      forgetOtherSizes(folder, root);
      Files.createDirectories(root);
      var opened = new ChunkFolder(root, lock, chunkBytes, maxBytes, executor);
      opened.scan();
      return opened;
    } catch (IOException | RuntimeException e) {
      lock.close();
      throw e;
    }
  }

  private static FileChannel lock(Path folder) throws IOException {
    var lock =
        FileChannel.open(
            folder.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    try {
      if (lock.tryLock() != null) {
        return lock;
      }
    } catch (OverlappingFileLockException e) {
      // The other proxy is in this process.
    } catch (IOException e) {
      lock.close();
      throw e;
    }
    lock.close();
    throw new FormatException(
        "cache-folder " + folder + " is used by another proxy: give each its own");
  }

  /** Chunks of another size are of no use any more; nothing else is touched. */
  private static void forgetOtherSizes(Path folder, Path root) throws IOException {
    try (var folders = Files.newDirectoryStream(folder, "chunks-*")) {
      for (var other : folders) {
        if (!other.equals(root)) {
          try (var files = Files.walk(other, 2)) {
            for (var file : (Iterable<Path>) files::iterator) {
              if (NAME.matcher(file.getFileName().toString()).matches()) {
                Files.delete(file);
              }
            }
          }
        }
      }
    }
  }

  private record Found(ChunkKey key, int bytes, FileTime used) {}

  private void scan() throws IOException {
    var found = new ArrayList<Found>();
    try (var files = Files.walk(root, 2)) {
      for (var file : (Iterable<Path>) files::iterator) {
        var name = file.getFileName().toString();
        var matcher = NAME.matcher(name);
        if (matcher.matches()) {
          var hex = matcher.group(1);
          var digest = Digest.parse((hex.length() == 64 ? "sha256:" : "sha512:") + hex);
          var key = new ChunkKey(digest, Integer.parseInt(matcher.group(2)));
          found.add(new Found(key, (int) Files.size(file), Files.getLastModifiedTime(file)));
        } else if (name.endsWith(PART)) {
          Files.deleteIfExists(file);
        }
      }
    }
    found.sort(Comparator.comparing(Found::used));
    found.forEach(chunk -> index.put(chunk.key(), new Kept(chunk.bytes(), false)));
  }

  private Path file(ChunkKey key) {
    var hex = key.digest().hex();
    return root.resolve(hex.substring(0, 2)).resolve(hex + "." + key.index());
  }

  /** A chunk; null when it is not kept, or not as it was written. Blocks. */
  byte @Nullable [] get(ChunkKey key, int length) {
    if (index.getIfPresent(key) == null) {
      return null;
    }
    try (var in = FileChannel.open(file(key), StandardOpenOption.READ)) {
      var chunk = ByteBuffer.allocate(length);
      var checksum = ByteBuffer.allocate(CRC_BYTES);
      var all = new ByteBuffer[] {chunk, checksum};
      while (checksum.hasRemaining() && in.read(all) >= 0) {
        // A read may give less than there is.
      }
      if (!checksum.hasRemaining()
          && in.size() == length + CRC_BYTES
          && checksum.getInt(0) == checksum(chunk.array())) {
        index.put(key, new Kept(length + CRC_BYTES, true));
        return chunk.array();
      }
      LOG.warn("Chunk {} of blob {} in the cache folder is damaged", key.index(), key.digest());
    } catch (NoSuchFileException e) {
      // Somebody has tidied up there.
    } catch (IOException e) {
      failed(e);
    }
    index.invalidate(key);
    remove(file(key));
    return null;
  }

  private static int checksum(byte[] bytes) {
    var crc = new CRC32C();
    crc.update(bytes);
    return (int) crc.getValue();
  }

  /** Keeps a chunk, by and by; not at all while the disk is behind. */
  void put(ChunkKey key, byte[] chunk) {
    if (!waiting.tryAcquire()) {
      return;
    }
    if (!writing.add(key)) {
      waiting.release(); // forgotten and fetched again before it was written
      return;
    }
    try {
      executor.execute(
          () -> {
            try {
              write(key, chunk);
            } finally {
              written(key);
            }
          });
    } catch (RejectedExecutionException e) {
      written(key); // closing
    }
  }

  private void written(ChunkKey key) {
    writing.remove(key);
    waiting.release();
  }

  private void write(ChunkKey key, byte[] chunk) {
    var file = file(key);
    var part = file.resolveSibling(file.getFileName() + PART);
    try {
      Files.createDirectories(file.getParent());
      var checksum = ByteBuffer.allocate(CRC_BYTES).putInt(0, checksum(chunk));
      try (var out =
          FileChannel.open(
              part,
              StandardOpenOption.CREATE,
              StandardOpenOption.TRUNCATE_EXISTING,
              StandardOpenOption.WRITE)) {
        var all = new ByteBuffer[] {ByteBuffer.wrap(chunk), checksum};
        while (checksum.hasRemaining()) {
          out.write(all);
        }
      }
      Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
      index.put(key, new Kept(chunk.length + CRC_BYTES, true));
      hasFailed.set(false);
    } catch (ClosedByInterruptException e) {
      remove(part); // closing
    } catch (IOException e) {
      failed(e);
      remove(part);
    }
  }

  /**
   * The file of a chunk that is good, to be sent from its first byte on; null when there is none.
   * It stays for a while, whatever becomes of the chunk.
   */
  @Nullable Path file(ChunkKey key, int length) {
    var kept = index.getIfPresent(key);
    return kept != null && kept.isChecked() && kept.bytes() == length + CRC_BYTES
        ? file(key)
        : null;
  }

  /** To be called when a file that was to be sent is not there. */
  void forget(ChunkKey key) {
    index.invalidate(key);
  }

  /** Not at once: it may be about to be sent. */
  private void evicted(@Nullable ChunkKey key, @Nullable Kept kept, RemovalCause cause) {
    if (key != null) {
      CompletableFuture.delayedExecutor(LINGER.toMillis(), TimeUnit.MILLISECONDS, executor)
          .execute(
              () -> {
                if (index.getIfPresent(key) == null) {
                  remove(file(key));
                }
              });
    }
  }

  private void remove(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      failed(e);
    }
  }

  /** Says it once until it works again. */
  private void failed(IOException e) {
    if (hasFailed.compareAndSet(false, true)) {
      LOG.warn(
          "The cache folder {} does not work; requests go on without it: {}", root, e.toString());
    }
  }

  long sizeBytes() {
    var held = index.policy().eviction();
    return held.isPresent() ? held.get().weightedSize().orElse(0) : 0;
  }

  @Override
  public void close() {
    try {
      lock.close();
    } catch (IOException e) {
      failed(e);
    }
  }
}
