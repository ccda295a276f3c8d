package io.headwater.proxy.v2;

import io.headwater.proxy.limit.MemoryBudget;
import io.headwater.registry.ErrorCode;
import io.headwater.registry.RegistryException;
import org.springframework.web.reactive.function.server.ServerRequest;
import reactor.core.publisher.Mono;

/**
 * Memory of bodies that are taken as a whole and are larger than what each request may have anyway.
 * Those that find no room are refused before anything of them is read.
 */
public final class BodyMemory {
  /** What each request may have. */
  private static final int FREE_BYTES = 64 * 1024;

  private final MemoryBudget budget;

  BodyMemory(long bytes) {
    this.budget = new MemoryBudget(bytes);
  }

  /** Bytes that are taken now. */
  public long taken() {
    return budget.taken();
  }

  /** Bodies that found no room. */
  public long refused() {
    return budget.refused();
  }

  /**
   * Takes the memory of a body for as long as some work with it lasts.
   *
   * @param most bytes that such a body has; of one that does not say its size, this is taken
   * @throws RegistryException as an error of the mono, if there is no room for it
   */
  <T> Mono<T> hold(ServerRequest request, int most, Mono<T> work) {
    var stated = request.headers().contentLength().orElse(most);
    if (stated <= FREE_BYTES) {
      return work;
    }
    return Mono.using(() -> take(Math.min(stated, most)), taken -> work, budget::giveBack);
  }

  private long take(long bytes) {
    if (!budget.take(bytes)) {
      throw new RegistryException(
          ErrorCode.UNAVAILABLE,
          "too many large manifests are being pushed (request-memory): push this one again later");
    }
    return bytes;
  }
}
