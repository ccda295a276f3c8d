package io.headwater.proxy.v2;

import io.headwater.fault.FormatException;
import io.headwater.oci.Digest;
import io.headwater.oci.RepositoryName;
import io.headwater.oci.Tag;
import io.headwater.proxy.limit.Limits;
import io.headwater.registry.ErrorCode;
import io.headwater.registry.Registry;
import io.headwater.registry.RegistryException;
import io.headwater.registry.StoredManifest;
import io.headwater.store.StoredBlob;
import io.headwater.store.Upload;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** The registry's writes for code that must not block: each on a virtual thread. */
public final class RegistryWrites {
  /** Buffers of a body that wait to be written: what a client sends beyond waits in its socket. */
  private static final int BUFFERS_AHEAD = 8;

  private final Registry registry;
  private final RegistryReads reads;
  private final PushListener pushed;
  private final long maxBlobBytes;
  private final Turns turns;
  private final UploadSessions sessions;
  private final BodyMemory bodies;

  /**
   * Is told of each manifest that was pushed, before a tag names it and before the client is told.
   * May be told of one twice.
   */
  public interface PushListener {
    void pushed(RepositoryName repository, StoredManifest manifest) throws IOException;
  }

  /**
   * Writes to a registry.
   *
   * @param maxBlobBytes larger blobs are not taken
   * @param limits of uploads and of the memory of bodies
   */
  public RegistryWrites(
      Registry registry,
      RegistryReads reads,
      PushListener pushed,
      long maxBlobBytes,
      Limits limits) {
    this.turns =
        new Turns(
            limits.uploads(),
            "too many uploads are being written (max-uploads): send this part again later");
    this.sessions = new UploadSessions(registry, limits.uploadSessions());
    this.bodies = new BodyMemory(limits.requestBytes());
    this.registry = registry;
    this.reads = reads;
    this.pushed = pushed;
    this.maxBlobBytes = maxBlobBytes;
  }

  /** Uploads that were refused, and parts of which the turn did not come. */
  public long refusedUploads() {
    return turns.refused() + sessions.refused();
  }

  /** Memory of bodies that are taken as a whole. */
  public BodyMemory bodies() {
    return bodies;
  }

  /** Begins an upload; gives its id. */
  Mono<String> begin(RepositoryName repository) {
    return reads.call(() -> sessions.begin(repository));
  }

  /** Bytes of an upload that came so far. */
  Mono<Long> uploaded(RepositoryName repository, String id) {
    return reads.call(() -> registry.repository(repository).uploads().find(id).sizeBytes());
  }

  /**
   * Goes on with an upload; gives the bytes that came in all. What came of a body that breaks off
   * stays, for the client to go on from there.
   *
   * @param start where the client believes that the upload is; empty when it does not say
   */
  Mono<Long> append(
      RepositoryName repository, String id, OptionalLong start, Flux<DataBuffer> body) {
    var turn = turns.new Turn();
    return Mono.usingWhen(
            reads.call(
                () -> {
                  turn.await();
                  return open(repository, id, start);
                }),
            upload ->
                body.publishOn(reads.scheduler(), BUFFERS_AHEAD)
                    // Deferred: of what fails at once, the operator would give the buffer back
                    // again.
                    .concatMap(buffer -> Mono.defer(() -> write(upload, buffer)), 0)
                    .doOnDiscard(DataBuffer.class, DataBufferUtils::release)
                    .then(),
            this::close,
            (upload, error) -> close(upload),
            this::close)
        .doFinally(signal -> turn.end())
        .then(uploaded(repository, id));
  }

  private Appending open(RepositoryName repository, String id, OptionalLong start)
      throws IOException {
    var upload = registry.repository(repository).uploads().find(id);
    if (start.isPresent() && start.getAsLong() != upload.sizeBytes()) {
      throw new OutOfOrderException(id, upload.sizeBytes());
    }
    return new Appending(upload.append(), maxBlobBytes - upload.sizeBytes());
  }

  /** An upload that is being added to. */
  private static final class Appending {
    private final Upload.Writer writer;
    private long bytesLeft;

    Appending(Upload.Writer writer, long bytesLeft) {
      this.writer = writer;
      this.bytesLeft = bytesLeft;
    }

    void write(ByteBuffer bytes) throws IOException {
      bytesLeft -= bytes.remaining();
      if (bytesLeft < 0) {
        throw new RegistryException(
            ErrorCode.BLOB_TOO_LARGE,
            "the blob is larger than this registry takes (max-blob-bytes)");
      }
      writer.write(bytes);
    }
  }

  private static Mono<Void> write(Appending upload, DataBuffer buffer) {
    try (var bytes = buffer.readableByteBuffers()) {
      while (bytes.hasNext()) {
        upload.write(bytes.next());
      }
      return Mono.empty();
    } catch (IOException | RegistryException e) {
      return Mono.error(e);
    } finally {
      DataBufferUtils.release(buffer);
    }
  }

  private Mono<Void> close(Appending upload) {
    return reads
        .call(
            () -> {
              upload.writer.close();
              return upload;
            })
        .then();
  }

  /** Ends an upload: it becomes a blob of the repository. */
  Mono<StoredBlob> finish(RepositoryName repository, String id, Digest expected) {
    return reads
        .call(
            () -> {
              try {
                return registry.repository(repository).uploads().finish(id, expected);
              } catch (FormatException e) {
                throw new RegistryException(
                    ErrorCode.DIGEST_INVALID, String.valueOf(e.getMessage()));
              }
            })
        .doOnNext(blob -> reads.forget(repository, blob.digest()));
  }

  /** Ends an upload and forgets what came. */
  Mono<Void> cancel(RepositoryName repository, String id) {
    return reads
        .call(
            () -> {
              registry.repository(repository).uploads().cancel(id);
              return id;
            })
        .then();
  }

  /** Keeps a blob from being collected as garbage for a while, if the repository has it. */
  Mono<Boolean> keep(RepositoryName repository, Digest digest) {
    return reads.call(() -> registry.repository(repository).keepBlob(digest));
  }

  /** Takes a blob over from the first of some repositories that has it; says whether one had it. */
  Mono<Boolean> mount(RepositoryName repository, Digest digest, List<RepositoryName> from) {
    return reads
        .call(
            () -> {
              var uploads = registry.repository(repository).uploads();
              for (var source : from) {
                if (uploads.mount(digest, source)) {
                  return true;
                }
              }
              return false;
            })
        .doOnNext(mounted -> reads.forget(repository, digest));
  }

  /** Names of repositories, at most {@code limit}. */
  Mono<List<RepositoryName>> repositories(int limit) {
    return reads.call(() -> registry.repositories("", limit));
  }

  /**
   * Puts a manifest and points tags to it.
   *
   * @param declared the media type that its sender says; empty for none
   * @param expected what its digest has to be; empty for sha256
   */
  Mono<StoredManifest> putManifest(
      RepositoryName name,
      byte[] bytes,
      String declared,
      Optional<Digest> expected,
      List<Tag> tags) {
    return reads.document(
        () -> {
          var algorithm = expected.map(Digest::algorithm).orElse("sha256");
          var actual = Digest.of(algorithm, bytes);
          if (expected.isPresent() && !expected.get().equals(actual)) {
            throw new RegistryException(
                ErrorCode.DIGEST_INVALID,
                "the manifest's digest is " + actual + ", not " + expected.get());
          }
          var repository = registry.repository(name);
          var stored = put(repository, bytes, declared, algorithm);
          // Before a tag names it: whoever finds it by one finds what follows from the push, too,
          // even if this process ends in between.
          pushed.pushed(name, stored);
          if (repository.putTags(tags, stored)) {
            pushed.pushed(name, stored);
          }
          return stored;
        });
  }

  private static StoredManifest put(
      io.headwater.registry.Repository repository, byte[] bytes, String declared, String algorithm)
      throws IOException {
    try {
      return repository.putManifest(bytes, declared, algorithm);
    } catch (FormatException e) {
      throw new RegistryException(ErrorCode.MANIFEST_INVALID, String.valueOf(e.getMessage()));
    }
  }

  /** Deletes a manifest with what goes with it. */
  Mono<Void> deleteManifest(RepositoryName repository, Digest digest) {
    return reads
        .longWork(
            () -> {
              var again = registry.repository(repository).deletions().deleteManifest(digest);
              if (again.isPresent()) {
                pushed.pushed(repository, again.get());
              }
              return digest;
            })
        .then();
  }

  /** Removes a tag. */
  Mono<Void> deleteTag(RepositoryName repository, Tag tag) {
    return reads
        .call(
            () -> {
              if (!registry.repository(repository).deleteTag(tag)) {
                throw new RegistryException(
                    ErrorCode.MANIFEST_UNKNOWN,
                    "repository '" + repository + "' has no tag '" + tag + "'");
              }
              return tag;
            })
        .then();
  }

  /** Deletes a blob. */
  Mono<Void> deleteBlob(RepositoryName repository, Digest digest) {
    return reads
        .longWork(
            () -> {
              registry.repository(repository).deletions().deleteBlob(digest);
              reads.forget(repository, digest);
              return digest;
            })
        .then();
  }
}
