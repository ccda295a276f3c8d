package io.headwater.proxy.v2;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headwater.oci.RepositoryName;
import io.headwater.proxy.cache.CacheOptions;
import io.headwater.proxy.cache.ChunkCache;
import io.headwater.proxy.limit.ChangedLimits;
import io.headwater.proxy.limit.Limits;
import io.headwater.proxy.limit.MemoryBudget;
import io.headwater.registry.Registry;
import io.headwater.registry.RegistryException;
import io.headwater.store.file.FileStore;
import io.netty.buffer.PooledByteBufAllocator;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.NettyDataBufferFactory;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;

class RegistryWritesTest {
  private static final RepositoryName NAME = new RepositoryName("team/app");

  @TempDir private Path folder = Path.of("");

  @Test
  void uploadsBeyondTheBoundWaitWithoutTheirBytes() throws Exception {
    try (var store = FileStore.open(folder);
        var chunks = new ChunkCache(store, CacheOptions.DEFAULT, new MemoryBudget(1 << 20))) {
      var registry = new Registry(store);
      var reads = new RegistryReads(registry, chunks, new MemoryBudget(1 << 20), 1);
      var writes =
          new RegistryWrites(
              registry,
              reads,
              (repository, manifest) -> {},
              1000,
              ChangedLimits.with(Map.of("uploads", 2)));
      var uploads = registry.repository(NAME).uploads();
      var running = new ArrayList<Disposable>();
      var begun = new Semaphore(0);
      for (int i = 0; i < 3; i++) {
        Flux<DataBuffer> body = Flux.<DataBuffer>never().doOnSubscribe(s -> begun.release());
        running.add(writes.append(NAME, uploads.begin(), OptionalLong.empty(), body).subscribe());
      }
      assertThat(begun.tryAcquire(2, 20, TimeUnit.SECONDS)).isTrue();
      assertThat(begun.tryAcquire(500, TimeUnit.MILLISECONDS)).isFalse();
      running.forEach(Disposable::dispose);
      // Whoever gave up while it waited has taken no turn with it.
      var after = Flux.<DataBuffer>empty();
      for (int i = 0; i < 3; i++) {
        writes.append(NAME, uploads.begin(), OptionalLong.empty(), after).block();
      }
    }
  }

  /**
   * The server has a share of its own, and ends the connection without an answer when it is gone.
   */
  @Test
  void bufferThatCannotBeWrittenIsGivenBackOnce() throws Exception {
    try (var store = FileStore.open(folder);
        var chunks = new ChunkCache(store, CacheOptions.DEFAULT, new MemoryBudget(1 << 20))) {
      var registry = new Registry(store);
      var reads = new RegistryReads(registry, chunks, new MemoryBudget(1 << 20), 1);
      var writes =
          new RegistryWrites(registry, reads, (repository, manifest) -> {}, 1000, Limits.DEFAULT);
      var id = registry.repository(NAME).uploads().begin();
      var bytes = PooledByteBufAllocator.DEFAULT.buffer().writeZero(1001).retain();
      DataBuffer buffer = new NettyDataBufferFactory(PooledByteBufAllocator.DEFAULT).wrap(bytes);
      assertThatThrownBy(
              () -> writes.append(NAME, id, OptionalLong.empty(), Flux.just(buffer)).block())
          .isInstanceOf(RegistryException.class)
          .hasMessageContaining("max-blob-bytes");
      assertThat(bytes.refCnt()).isEqualTo(1);
      bytes.release();
    }
  }
}
