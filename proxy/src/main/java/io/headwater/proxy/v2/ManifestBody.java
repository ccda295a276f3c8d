package io.headwater.proxy.v2;

import io.headwater.fault.FormatException;
import io.headwater.oci.Digest;
import io.headwater.oci.RepositoryName;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferFactory;
import org.springframework.http.ReactiveHttpOutputMessage;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Writes the bytes of a manifest that is too large for any number of slow clients to hold one in
 * memory each. It is held where there is room for what answers hold, and else read again for each
 * piece, when the piece before has gone out.
 */
final class ManifestBody {
  /** Manifests up to this size are written at once. */
  static final int PIECE_BYTES = 64 * 1024;

  private final RegistryReads reads;
  private final RepositoryName repository;
  private final Digest digest;
  private final int length;

  ManifestBody(RegistryReads reads, RepositoryName repository, Digest digest, int length) {
    this.reads = reads;
    this.repository = repository;
    this.digest = digest;
    this.length = length;
  }

  Mono<Void> write(ReactiveHttpOutputMessage out) {
    // Until it has gone out: pieces are asked for long before they are written.
    return Mono.using(
        Reading::new,
        reading -> Pieces.write(out, pieces(reading, out.bufferFactory())),
        Reading::end);
  }

  private Flux<Mono<DataBuffer>> pieces(Reading reading, DataBufferFactory buffers) {
    var rest =
        Flux.range(1, (length - 1) / PIECE_BYTES).map(index -> reading.piece(index, buffers));
    // The first before anything is said: that it is gone can still be answered then.
    return reading.piece(0, buffers).map(Mono::just).concatWith(rest);
  }

  /** One client's way through the manifest. */
  private final class Reading {
    private final boolean holds = reads.held().take(length);
    private byte @Nullable [] kept;

    Mono<DataBuffer> piece(int index, DataBufferFactory buffers) {
      var from = index * PIECE_BYTES;
      var to = Math.min(from + PIECE_BYTES, length);
      return whole()
          .map(
              bytes ->
                  holds
                      ? buffers.wrap(ByteBuffer.wrap(bytes, from, to - from))
                      : buffers.wrap(Arrays.copyOfRange(bytes, from, to)));
    }

    private Mono<byte[]> whole() {
      return Mono.defer(
          () -> {
            var known = kept;
            return known != null ? Mono.just(known) : reads.document(read());
          });
    }

    private Mono<byte[]> read() {
      return reads
          .manifest(repository, digest)
          .switchIfEmpty(
              Mono.error(
                  () ->
                      new FormatException(
                          "manifest "
                              + digest
                              + " of repository '"
                              + repository
                              + "' was deleted while it was sent")))
          .map(
              manifest -> {
                kept = holds ? manifest.bytes() : null;
                return manifest.bytes();
              });
    }

    void end() {
      if (holds) {
        reads.held().giveBack(length);
      }
    }
  }
}
