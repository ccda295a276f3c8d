package io.headwater.proxy.cache;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.headwater.oci.Digest;
import io.headwater.store.ContentStore;
import io.headwater.store.StoreException;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import reactor.core.Exceptions;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Blobs' bytes by way of a cache. Content never changes under its digest, so that nothing is ever
 * out of date; whether a caller may have a blob is for others to ask first. What has a file near by
 * is not kept a second time.
 */
public final class ChunkCache implements AutoCloseable {
  /** Chunks that are fetched before somebody who reads on needs them. */
  private static final int AHEAD = 3;

  private final ContentStore store;
  private final CacheOptions options;
  private final @Nullable ChunkFolder folder;
  private final Semaphore reads;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final Cache<ChunkKey, byte[]> memory;
  private final ConcurrentMap<ChunkKey, CompletableFuture<byte[]>> onTheWay =
      new ConcurrentHashMap<>();
  private final LongAdder asked = new LongAdder();
  private final LongAdder folderReads = new LongAdder();
  private final LongAdder storeReads = new LongAdder();
  private final LongAdder storeBytes = new LongAdder();

  /**
   * A cache before a store.
   *
   * @throws IOException if the folder cannot be used
   */
  public ChunkCache(ContentStore store, CacheOptions options) throws IOException {
    this.store = store;
    this.options = options.checked();
    this.folder =
        options.folder().isPresent()
            ? ChunkFolder.open(
                options.folder().get(), options.chunkBytes(), options.folderBytes(), threads)
            : null;
    this.reads = new Semaphore(options.reads());
    this.memory =
        Caffeine.newBuilder()
            .maximumWeight(options.memoryBytes())
            .weigher((ChunkKey key, byte[] chunk) -> chunk.length)
            .executor(Runnable::run)
            .build();
  }

  /**
   * The bytes of a blob from {@code offset} on, without blocking: a flux for each piece, which
   * begins to fetch when it is subscribed to. A piece is as large as a chunk at most.
   *
   * @param size of the blob in bytes
   * @param length in bytes, one or more
   */
  public Flux<Flux<ByteBuffer>> read(Digest digest, long size, long offset, long length) {
    if (options.memoryBytes() == 0 || store.file(digest).isPresent()) {
      return store.stream(digest, offset, length).map(Flux::just);
    }
    var end = offset + length;
    var first = Math.toIntExact(offset / options.chunkBytes());
    var last = Math.toIntExact((end - 1) / options.chunkBytes());
    var rest =
        Flux.range(first + 1, last - first)
            .map(index -> piece(digest, size, index, last, offset, end).flux());
    // The first before anything is said: what is wrong with the store can still be answered then.
    return piece(digest, size, first, last, offset, end).map(Flux::just).concatWith(rest);
  }

  /**
   * Bytes that lie in a file.
   *
   * @param offset of the first in the file
   */
  public record InFile(Path file, long offset, Runnable missing) {}

  /**
   * The file that has the bytes of a blob from {@code offset} on, for sending them without copying:
   * when they lie in one chunk that the folder keeps, checked. {@link InFile#missing} is to be
   * called if the file is not there.
   */
  public Optional<InFile> file(Digest digest, long size, long offset, long length) {
    var index = offset / options.chunkBytes();
    var start = index * options.chunkBytes();
    if (folder == null || offset + length > start + options.chunkBytes()) {
      return Optional.empty();
    }
    var key = new ChunkKey(digest, Math.toIntExact(index));
    var file = folder.file(key, (int) Math.min(options.chunkBytes(), size - start));
    if (file == null) {
      return Optional.empty();
    }
    asked.increment();
    folderReads.increment();
    return Optional.of(new InFile(file, offset - start, () -> folder.forget(key)));
  }

  private Mono<ByteBuffer> piece(
      Digest digest, long size, int index, int last, long offset, long end) {
    return Mono.defer(
        () -> {
          asked.increment();
          var chunk = chunk(new ChunkKey(digest, index), size);
          for (var next = index + 1; next <= Math.min(last, index + AHEAD); next++) {
            var unused = chunk(new ChunkKey(digest, next), size);
          }
          var start = (long) index * options.chunkBytes();
          var from = (int) Math.max(offset - start, 0);
          return Mono.fromFuture(chunk, true) // others may wait for it, whoever goes away
              .map(
                  bytes ->
                      ByteBuffer.wrap(
                          bytes, from, (int) Math.min(end - start, bytes.length) - from));
        });
  }

  /** A chunk: the one that is kept, the one that is on its way, or a new one. */
  private CompletableFuture<byte[]> chunk(ChunkKey key, long size) {
    var kept = memory.getIfPresent(key);
    if (kept != null) {
      return CompletableFuture.completedFuture(kept);
    }
    var mine = new CompletableFuture<byte[]>();
    var others = onTheWay.putIfAbsent(key, mine);
    if (others != null) {
      return others;
    }
    try {
      threads.execute(() -> bring(key, size, mine));
    } catch (RejectedExecutionException e) {
      onTheWay.remove(key);
      mine.completeExceptionally(new StoreException("the proxy is closing", true, e));
    }
    return mine;
  }

  private void bring(ChunkKey key, long size, CompletableFuture<byte[]> chunk) {
    try {
      var kept = memory.getIfPresent(key); // by another, since it was looked for
      var brought = kept == null ? load(key, size) : kept;
      memory.put(key, brought);
      onTheWay.remove(key);
      chunk.complete(brought);
    } catch (Throwable e) { // whatever it is, whoever waits has to hear of it
      onTheWay.remove(key);
      chunk.completeExceptionally(e);
    }
  }

  private byte[] load(ChunkKey key, long size) throws StoreException {
    var start = (long) key.index() * options.chunkBytes();
    var length = (int) Math.min(options.chunkBytes(), size - start);
    var kept = folder == null ? null : folder.get(key, length);
    if (kept != null) {
      folderReads.increment();
      return kept;
    }
    var chunk = fetch(key.digest(), start, length);
    storeReads.increment();
    storeBytes.add(length);
    if (folder != null) {
      folder.put(key, chunk);
    }
    return chunk;
  }

  private byte[] fetch(Digest digest, long start, int length) throws StoreException {
    var chunk = ByteBuffer.allocate(length);
    reads.acquireUninterruptibly();
    try {
      store.stream(digest, start, length).doOnNext(chunk::put).blockLast();
    } catch (RuntimeException e) {
      if (Exceptions.unwrap(e) instanceof StoreException failure) {
        throw failure;
      }
      throw e;
    } finally {
      reads.release();
    }
    if (chunk.hasRemaining()) {
      var end = new EOFException("blob " + digest + " ends at byte " + (start + chunk.position()));
      throw new StoreException(String.valueOf(end.getMessage()), true, end);
    }
    return chunk.array();
  }

  /** What it has done so far. */
  public CacheCounts counts() {
    var held = memory.policy().eviction();
    return new CacheCounts(
        asked.sum(),
        folderReads.sum(),
        storeReads.sum(),
        storeBytes.sum(),
        held.isPresent() ? held.get().weightedSize().orElse(0) : 0,
        folder == null ? 0 : folder.sizeBytes());
  }

  @Override
  public void close() {
    threads.shutdownNow();
    if (folder != null) {
      folder.close();
    }
  }
}
