package io.headwater.proxy.cache;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.headwater.oci.Digest;
import io.headwater.proxy.limit.MemoryBudget;
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
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import reactor.core.Exceptions;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * Blobs' bytes by way of a cache. Content never changes under its digest, so that nothing is ever
 * out of date; whether a caller may have a blob is for others to ask first. What has a file near by
 * is not kept a second time. A far store is read by chunks even where none is kept: a client that
 * takes its time then keeps no request to the store waiting, which would end it.
 */
public final class ChunkCache implements AutoCloseable {
  private static final int CLOSING_SECONDS = 10;

  /** Chunks that are fetched before somebody who reads on needs them. */
  private static final int AHEAD = 3;

  /** What a client is given at a time: the server copies it. */
  static final int SLICE_BYTES = 64 * 1024;

  private final ContentStore store;
  private final CacheOptions options;
  private final @Nullable ChunkFolder folder;
  private final int ahead;
  private final Semaphore reads;
  private final Semaphore folderTurns;
  private final MemoryBudget held;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final Scheduler scheduler = Schedulers.fromExecutor(threads);
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
   * @param held what readers may hold on to, beside what is kept for all
   * @throws IOException if the folder cannot be used
   */
  public ChunkCache(ContentStore store, CacheOptions options, MemoryBudget held)
      throws IOException {
    this.held = held;
    this.store = store;
    this.options = options.checked();
    this.folder =
        options.folder().isPresent()
            ? ChunkFolder.open(
                options.folder().get(), options.chunkBytes(), options.folderBytes(), threads)
            : null;
    // What would be forgotten before it is asked for is not fetched ahead.
    this.ahead = (int) Math.min(AHEAD, options.memoryBytes() / options.chunkBytes() / 2);
    this.reads = new Semaphore(options.reads());
    this.folderTurns = new Semaphore(options.reads());
    this.memory =
        Caffeine.newBuilder()
            .maximumWeight(options.memoryBytes())
            .weigher((ChunkKey key, byte[] chunk) -> chunk.length)
            .executor(Runnable::run)
            .build();
  }

  /**
   * The bytes of a blob from {@code offset} on, without blocking: a mono for each piece, which
   * begins to fetch when it is subscribed to. A piece has 64 KiB at most. To be subscribed to one
   * after the other, each when the one before has been sent.
   *
   * @param size of the blob in bytes
   * @param length in bytes, one or more
   */
  public Flux<Mono<ByteBuffer>> read(Digest digest, long size, long offset, long length) {
    if (store.file(digest).isPresent()) {
      return store.stream(digest, offset, length).map(Mono::just);
    }
    var reading = new Reading(digest, size, offset + length);
    var first = Math.toIntExact(offset / SLICE_BYTES);
    var last = Math.toIntExact((offset + length - 1) / SLICE_BYTES);
    var rest = Flux.range(first + 1, last - first).map(index -> reading.slice(index, offset));
    // The first before anything is said: what is wrong with the store can still be answered then.
    return reading
        .slice(first, offset)
        .map(Mono::just)
        .concatWith(rest)
        .doFinally(signal -> reading.end());
  }

  /**
   * One reader's way through a blob: it holds on to the chunk that it is at, as long as there is
   * room for what readers hold. Where there is none, a slow reader's chunk may be forgotten before
   * it has taken all of it: it is given the rest slice by slice then, each read when it is wanted.
   */
  private final class Reading {
    private final Digest digest;
    private final long size;
    private final long end;
    private final ReentrantLock lock = new ReentrantLock();
    private int at = -1;
    private @Nullable CompletableFuture<byte[]> chunk;
    private long holds;
    private boolean hasEnded;

    Reading(Digest digest, long size, long end) {
      this.digest = digest;
      this.size = size;
      this.end = end;
    }

    Mono<ByteBuffer> slice(int index, long offset) {
      var start = (long) index * SLICE_BYTES;
      var from = Math.max(start, offset);
      var to = Math.min(start + SLICE_BYTES, end);
      return Mono.defer(
          () -> {
            var whole = chunkOf(start);
            return whole == null
                ? single(digest, from, (int) (to - from))
                : Mono.fromFuture(whole, true) // others may wait for it, whoever goes away
                    .map(
                        bytes ->
                            ByteBuffer.wrap(
                                bytes, (int) (from % options.chunkBytes()), (int) (to - from)));
          });
    }

    /** The chunk with an offset in it; null when it was let go and is not kept any more. */
    private @Nullable CompletableFuture<byte[]> chunkOf(long offset) {
      lock.lock();
      try {
        return held(offset);
      } finally {
        lock.unlock();
      }
    }

    private @Nullable CompletableFuture<byte[]> held(long offset) {
      var index = Math.toIntExact(offset / options.chunkBytes());
      var key = new ChunkKey(digest, index);
      if (at == index) {
        return chunk != null ? chunk : found(key);
      }
      letGo();
      at = index;
      asked.increment();
      var found = chunk(key, size);
      var bytes = Math.min(options.chunkBytes(), size - (long) index * options.chunkBytes());
      if (!hasEnded && held.take(bytes)) {
        holds = bytes;
        chunk = found;
        bringAhead(index);
      }
      return found;
    }

    private @Nullable CompletableFuture<byte[]> found(ChunkKey key) {
      var kept = memory.getIfPresent(key);
      return kept != null ? CompletableFuture.completedFuture(kept) : onTheWay.get(key);
    }

    private void bringAhead(int index) {
      var last = (end - 1) / options.chunkBytes();
      for (var next = index + 1; next <= Math.min(last, index + ahead); next++) {
        var unused = chunk(new ChunkKey(digest, next), size);
      }
    }

    private void letGo() {
      held.giveBack(holds);
      holds = 0;
      chunk = null;
    }

    void end() {
      lock.lock();
      try {
        hasEnded = true;
        letGo();
      } finally {
        lock.unlock();
      }
    }
  }

  /** A slice that is read for one reader, and not kept. */
  private Mono<ByteBuffer> single(Digest digest, long from, int length) {
    return Mono.fromCallable(
            () -> {
              storeReads.increment();
              storeBytes.add(length);
              return ByteBuffer.wrap(fetch(digest, from, length));
            })
        .subscribeOn(scheduler);
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
    var kept = folder == null ? null : fromFolder(folder, key, length);
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

  private byte @Nullable [] fromFolder(ChunkFolder folder, ChunkKey key, int length) {
    folderTurns.acquireUninterruptibly();
    try {
      return folder.get(key, length);
    } finally {
      folderTurns.release();
    }
  }

  private byte[] fetch(Digest digest, long start, int length) throws StoreException {
    reads.acquireUninterruptibly();
    try {
      return read(digest, start, length);
    } finally {
      reads.release();
    }
  }

  /** Memory is taken when it is this read's turn: others wait without. */
  private byte[] read(Digest digest, long start, int length) throws StoreException {
    var chunk = ByteBuffer.allocate(length);
    try {
      store.stream(digest, start, length).doOnNext(chunk::put).blockLast();
    } catch (RuntimeException e) {
      if (Exceptions.unwrap(e) instanceof StoreException failure) {
        throw failure;
      }
      throw e;
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
    try {
      // What is being written to the folder ends first: another proxy may take it then.
      var unused = threads.awaitTermination(CLOSING_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (folder != null) {
      folder.close();
    }
  }
}
