package io.headwater.proxy.observe;

import io.headwater.loop.Loops;
import io.headwater.proxy.v2.RegistryReads;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import reactor.core.publisher.Mono;

/**
 * Why a server cannot do its work now. The registry has to write, and needs its loops; nodes only
 * read, and a store that is full must not keep them from it.
 */
public final class Readiness {
  private static final Duration PATIENCE = Duration.ofSeconds(5);
  private static final String SILENT = "the store does not answer";

  private final RegistryReads reads;
  private final BooleanSupplier isClosing;
  private final Loops loops;
  private final Optional<StoreProbe> writes;

  private Readiness(
      RegistryReads reads, BooleanSupplier isClosing, Loops loops, Optional<StoreProbe> writes) {
    this.reads = reads;
    this.isClosing = isClosing;
    this.loops = loops;
    this.writes = writes;
  }

  /**
   * Of a server that takes pushes.
   *
   * @param loops that have to go on
   */
  public static Readiness ofRegistry(RegistryReads reads, BooleanSupplier isClosing, Loops loops) {
    return new Readiness(reads, isClosing, loops, Optional.of(new StoreProbe(reads.store())));
  }

  /** Of a server that only reads. */
  public static Readiness ofNodes(RegistryReads reads, BooleanSupplier isClosing) {
    return new Readiness(reads, isClosing, new Loops(), Optional.empty());
  }

  /** A sentence for each reason; empty when it is ready. */
  Mono<List<String>> faults() {
    if (isClosing.getAsBoolean()) {
      return Mono.just(List.of("closing"));
    }
    return store()
        .map(
            fault -> {
              var faults = new ArrayList<>(loops.faults());
              fault.ifPresent(faults::add);
              return List.copyOf(faults);
            });
  }

  /** Reads first: a store that is away is known at once, and at once when it is back. */
  private Mono<Optional<String>> store() {
    return reads
        .call(() -> reads.store().get(StoreProbe.DOCUMENT).isPresent())
        .flatMap(
            found ->
                writes.isEmpty()
                    ? Mono.just(Optional.<String>empty())
                    : Mono.fromFuture(writes.get().ask(), true))
        .timeout(PATIENCE)
        .onErrorReturn(Optional.of(SILENT));
  }
}
