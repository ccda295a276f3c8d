package io.headwater.proxy.v2;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.headwater.oci.Descriptor;
import io.headwater.oci.Digest;
import io.headwater.oci.RepositoryName;
import io.headwater.oci.Tag;
import io.headwater.proxy.cache.ChunkCache;
import io.headwater.proxy.limit.MemoryBudget;
import io.headwater.registry.Referrers;
import io.headwater.registry.Registry;
import io.headwater.registry.Repository;
import io.headwater.registry.StoredManifest;
import io.headwater.store.ContentStore;
import io.headwater.store.Cursor;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * The registry's reads for code that must not block: each on a virtual thread. Whether a repository
 * has a blob is remembered for a few seconds, so that a node's many ranged reads of one blob ask
 * the store for nothing but bytes.
 */
public final class RegistryReads implements AutoCloseable {
  private static final Duration REMEMBER = Duration.ofSeconds(10);
  private static final int REMEMBERED_BLOBS = 100_000;

  /** Of the documents under way at the same time, what goes through many may be so many. */
  private static final int LONG_PART = 4;

  private record BlobKey(RepositoryName repository, Digest digest) {}

  private final Registry registry;
  private final ChunkCache chunks;
  private final MemoryBudget held;
  private final Turns documents;
  private final Turns longWork;
  private final Scheduler scheduler =
      Schedulers.fromExecutorService(Executors.newVirtualThreadPerTaskExecutor(), "registry");
  private final Cache<BlobKey, Long> blobSizes =
      Caffeine.newBuilder()
          .maximumSize(REMEMBERED_BLOBS)
          .expireAfterWrite(REMEMBER)
          .recordStats()
          .build();

  /**
   * Reads of a registry.
   *
   * @param chunks that blobs are read by; closed with this
   * @param held what answers may hold on to that wait for their clients
   * @param documents that are under way at the same time
   */
  public RegistryReads(Registry registry, ChunkCache chunks, MemoryBudget held, int documents) {
    this.registry = registry;
    this.chunks = chunks;
    this.held = held;
    this.documents =
        new Turns(
            documents,
            "too many manifests are being read or written (documents-at-once): ask again later");
    this.longWork =
        new Turns(
            Math.max(1, documents / LONG_PART),
            "too many deletions and lists are under way (documents-at-once): ask again later");
  }

  ChunkCache chunks() {
    return chunks;
  }

  public ContentStore store() {
    return registry.store();
  }

  /** For what blocks. */
  public Scheduler scheduler() {
    return scheduler;
  }

  /** Does something that blocks on a thread that may. */
  public <T> Mono<T> call(Callable<T> blocking) {
    return Mono.fromCallable(withoutErrors(blocking)).subscribeOn(scheduler);
  }

  /**
   * Does something that has one document in memory, which may be as large as manifests may be, when
   * its turn comes. Nothing in it may wait for another turn.
   */
  <T> Mono<T> document(Mono<T> work) {
    return Mono.defer(
        () -> {
          var turn = documents.new Turn();
          var begun = turn.tryNow() ? Mono.<Boolean>empty() : call(() -> awaited(turn));
          return begun.then(work).doFinally(signal -> turn.end());
        });
  }

  private static boolean awaited(Turns.Turn turn) throws InterruptedException {
    turn.await();
    return true;
  }

  /** Does something that blocks and has a document in memory, when its turn comes. */
  <T> Mono<T> document(Callable<T> blocking) {
    return call(() -> inTurn(documents, blocking));
  }

  /**
   * Does something that blocks and goes through many documents, as deletions and lists do, when its
   * turn comes. Others that have one document do not wait for it.
   */
  public <T> Mono<T> longWork(Callable<T> blocking) {
    return call(() -> inTurn(longWork, blocking));
  }

  /** The turn is the work's: it ends with it, and not when whoever asked has gone. */
  private static <T> T inTurn(Turns turns, Callable<T> blocking) throws Exception {
    var turn = turns.new Turn();
    turn.await();
    try {
      return blocking.call();
    } finally {
      turn.end();
    }
  }

  /** Documents and lists of which the turn did not come. */
  public long refusedDocuments() {
    return documents.refused() + longWork.refused();
  }

  MemoryBudget held() {
    return held;
  }

  /**
   * Reactor takes some Errors, as that of a stack that overflowed, for the process's end and throws
   * them past whoever waits for an answer, who would wait for ever.
   */
  private static <T> Callable<T> withoutErrors(Callable<T> blocking) {
    return () -> {
      try {
        return blocking.call();
      } catch (Error e) {
        throw new IllegalStateException("a request has ended with an Error", e);
      }
    };
  }

  /** Shows a cache to whoever counts. */
  public interface CacheWatcher {
    void watch(String name, Cache<?, ?> cache);
  }

  /** Shows the caches. */
  public void watch(CacheWatcher watcher) {
    watcher.watch("headwater.blob.sizes", blobSizes);
  }

  /** To be called when a repository got a blob or lost one. */
  void forget(RepositoryName repository, Digest digest) {
    blobSizes.invalidate(new BlobKey(repository, digest));
  }

  private <T> Mono<T> blocking(Callable<Optional<T>> read) {
    return call(read).flatMap(Mono::justOrEmpty);
  }

  /** The size of a blob; empty when the repository does not have it. */
  public Mono<Long> blobSize(RepositoryName repository, Digest digest) {
    var key = new BlobKey(repository, digest);
    var known = blobSizes.getIfPresent(key);
    if (known != null) {
      return Mono.just(known);
    }
    return this.<Long>blocking(
            () -> {
              var size = registry.repository(repository).blobSize(digest);
              return size.isPresent() && store().size(digest).isPresent()
                  ? Optional.of(size.getAsLong())
                  : Optional.empty();
            })
        .doOnNext(size -> blobSizes.put(key, size));
  }

  /** A manifest; empty when the repository does not have it. */
  public Mono<StoredManifest> manifest(RepositoryName repository, Digest digest) {
    return blocking(() -> checked(registry.repository(repository), digest));
  }

  /** What a tag names; empty when there is no such tag. */
  public Mono<StoredManifest> manifest(RepositoryName name, Tag tag) {
    return blocking(
        () -> {
          var repository = registry.repository(name);
          var digest = repository.tag(tag);
          return digest.isEmpty() ? Optional.empty() : checked(repository, digest.get());
        });
  }

  /** Nobody is served bytes that are not of the digest: it is small and in memory. */
  private static Optional<StoredManifest> checked(Repository repository, Digest digest)
      throws IOException {
    var stored = repository.manifest(digest);
    if (stored.isPresent()) {
      stored.get().check(repository.name());
    }
    return stored;
  }

  /** Tags; empty when there is no such repository. */
  public Mono<List<String>> tags(RepositoryName name, String after, int limit) {
    return blocking(
        () -> {
          var repository = registry.repository(name);
          var tags = repository.tags(after, limit);
          return tags.isEmpty() && !repository.exists() ? Optional.empty() : Optional.of(tags);
        });
  }

  /**
   * Names of repositories behind one, in the order of {@link Registry#repositories(String, int)},
   * also of those that have no manifests: page by page, as they are asked for.
   */
  Flux<RepositoryName> repositories(String after) {
    return call(() -> registry.repositories(after, Cursor.PAGE))
        .expand(
            page ->
                page.isEmpty()
                    ? Mono.empty()
                    : call(() -> registry.repositories(page.getLast().value(), Cursor.PAGE)))
        .concatMapIterable(page -> page, 1);
  }

  /** Whether a repository has a manifest. */
  public Mono<Boolean> hasManifests(RepositoryName name) {
    return call(() -> registry.repository(name).hasManifests());
  }

  /** The streaming artifacts that were made here of an image. */
  public Mono<List<Descriptor>> artifacts(RepositoryName name, StoredManifest image) {
    return call(() -> registry.repository(name).artifacts().of(image));
  }

  /** A page of referrers. */
  Mono<Referrers.Page> referrers(
      RepositoryName name, Digest subject, String artifactType, Optional<Digest> after, int limit) {
    return longWork(
        () ->
            limit == 0
                ? new Referrers.Page(List.of(), false)
                : registry.repository(name).referrers(subject, artifactType, after, limit));
  }

  @Override
  public void close() {
    scheduler.dispose();
    chunks.close();
  }
}
