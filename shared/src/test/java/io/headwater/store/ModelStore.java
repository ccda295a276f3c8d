package io.headwater.store;

import io.headwater.block.BlockDevice;
import io.headwater.block.MemoryDevice;
import io.headwater.fault.FormatException;
import io.headwater.oci.Digest;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;

/**
 * A store in memory with the semantics of the real ones, which it is held against by {@link
 * StoreContract}. Each call takes effect at once; what a real store does in several steps, {@link
 * io.headwater.store.order.SteppedStore} takes apart. It can be copied, made older, and says in one
 * number what it holds, times left aside.
 */
public final class ModelStore implements ContentStore {
  private static final Comparator<String> BY_UTF8 =
      (one, other) ->
          Arrays.compareUnsigned(
              one.getBytes(StandardCharsets.UTF_8), other.getBytes(StandardCharsets.UTF_8));

  /**
   * A document.
   *
   * @param print what it is and the how manieth of its name, as a number
   */
  private record Entry(
      byte[] content, String mediaType, String etag, Instant written, long print) {}

  private record Blob(byte[] content, Instant modified, String etag) {}

  private record Session(byte[] content, int version, Instant written) {}

  private final TreeMap<String, Entry> documents = new TreeMap<>(BY_UTF8);
  private final TreeMap<Digest, Blob> blobs = new TreeMap<>();
  private final Map<String, Session> sessions = new HashMap<>();
  private final Map<String, Integer> versions = new HashMap<>();

  /** One that holds the same, and goes its own way from here on. */
  public synchronized ModelStore copy() {
    var copy = new ModelStore();
    copy.documents.putAll(documents);
    copy.blobs.putAll(blobs);
    copy.sessions.putAll(sessions);
    copy.versions.putAll(versions);
    return copy;
  }

  /** Makes everything seem to have been written at a time, and texts say so. */
  public synchronized void age(Instant then, UnaryOperator<String> text) {
    documents.replaceAll(
        (name, old) -> {
          var aged =
              text.apply(new String(old.content(), StandardCharsets.ISO_8859_1))
                  .getBytes(StandardCharsets.ISO_8859_1);
          return entry(name, aged, old.mediaType(), then);
        });
    blobs.replaceAll((digest, old) -> new Blob(old.content(), then, old.etag()));
    sessions.replaceAll((id, old) -> new Session(old.content(), old.version(), then));
  }

  /** What it holds and under which ETags, as a number; times left aside. */
  public synchronized long state() {
    var sum = 0L;
    for (var entry : documents.values()) {
      sum += entry.print();
    }
    for (var entry : blobs.entrySet()) {
      sum += Fingerprint.of("blob", entry.getKey().hex(), entry.getValue().etag());
    }
    for (var entry : sessions.entrySet()) {
      sum += Fingerprint.of(entry.getKey(), Integer.toString(entry.getValue().version()));
    }
    return sum;
  }

  /** What a document is and the how manieth of its name, as a number; 0 when there is none. */
  public synchronized long print(String name) {
    var entry = documents.get(name);
    return entry == null ? 0 : entry.print();
  }

  private String nextVersion(String name) {
    return Integer.toString(versions.merge(name, 1, Integer::sum));
  }

  private Entry entry(String name, byte[] content, String mediaType, Instant written) {
    var version = nextVersion(name);
    var text = new String(content, StandardCharsets.ISO_8859_1);
    return new Entry(
        content, mediaType, version, written, Fingerprint.of(name, text, mediaType, version));
  }

  @Override
  public synchronized OptionalLong size(Digest digest) {
    var blob = blobs.get(digest);
    return blob == null ? OptionalLong.empty() : OptionalLong.of(blob.content().length);
  }

  private synchronized byte[] content(Digest digest) throws BlobMissingException {
    var blob = blobs.get(digest);
    if (blob == null) {
      throw new BlobMissingException(digest);
    }
    return blob.content();
  }

  @Override
  public BlockDevice open(Digest digest) throws StoreException {
    return new MemoryDevice(content(digest));
  }

  @Override
  public InputStream read(Digest digest) throws StoreException {
    return new ByteArrayInputStream(content(digest));
  }

  @Override
  public Flux<ByteBuffer> stream(Digest digest, long offset, long length) {
    return Flux.defer(
        () -> {
          try {
            return Flux.just(
                ByteBuffer.wrap(content(digest)).slice((int) offset, (int) length).duplicate());
          } catch (BlobMissingException e) {
            return Flux.error(e);
          }
        });
  }

  @Override
  public Optional<Path> file(Digest digest) {
    return Optional.empty();
  }

  private synchronized StoredBlob place(byte[] content, Digest digest) {
    blobs.put(digest, new Blob(content, Instant.now(), nextVersion("blob " + digest)));
    return new StoredBlob(digest, content.length);
  }

  private static Digest checked(byte[] content, Optional<Digest> expected) throws FormatException {
    var actual = Digest.of(expected.map(Digest::algorithm).orElse("sha256"), content);
    if (expected.isPresent() && !expected.get().equals(actual)) {
      throw new FormatException("the content's digest is " + actual + ", not " + expected.get());
    }
    return actual;
  }

  @Override
  public Stage stage(int frontBytes) {
    var body = new ByteArrayOutputStream();
    return new StoppableStage(
        new Stage() {
          @Override
          public OutputStream body() {
            return body;
          }

          @Override
          public StoredBlob seal(byte[] front, Optional<Digest> expected) throws FormatException {
            var whole = new ByteArrayOutputStream();
            whole.writeBytes(front);
            whole.writeBytes(body.toByteArray());
            return place(whole.toByteArray(), checked(whole.toByteArray(), expected));
          }

          @Override
          public void close() {}
        });
  }

  @Override
  public synchronized void deleteBlob(Digest digest) {
    blobs.remove(digest);
  }

  @Override
  public synchronized boolean deleteBlob(BlobState listed) {
    var blob = blobs.get(listed.digest());
    return blob != null
        && blob.etag().equals(listed.etag())
        && blobs.remove(listed.digest()) != null;
  }

  @Override
  public synchronized boolean touchBlob(Digest digest) {
    var blob = blobs.get(digest);
    if (blob != null) {
      place(blob.content(), digest);
    }
    return blob != null;
  }

  @Override
  public synchronized Optional<BlobState> state(Digest digest) {
    return Optional.ofNullable(blobs.get(digest)).map(blob -> state(digest, blob));
  }

  private static BlobState state(Digest digest, Blob blob) {
    return new BlobState(digest, blob.content().length, blob.modified(), blob.etag());
  }

  @Override
  public synchronized List<BlobState> blobs(Optional<Digest> after, int limit) {
    return blobs.entrySet().stream()
        .filter(blob -> after.isEmpty() || blob.getKey().compareTo(after.get()) > 0)
        .limit(limit)
        .map(blob -> state(blob.getKey(), blob.getValue()))
        .toList();
  }

  @Override
  public String beginUpload() {
    return beginUpload(UUID.randomUUID().toString());
  }

  /** Begins an upload of that id. */
  public synchronized String beginUpload(String id) {
    sessions.put(id, new Session(new byte[0], 0, Instant.now()));
    return id;
  }

  @Override
  public synchronized Optional<Upload> upload(String id) {
    return Optional.ofNullable(sessions.get(id)).map(session -> new ModelUpload(id, session));
  }

  @Override
  public synchronized int removeAbandoned(Instant since) {
    var before = sessions.size();
    sessions.values().removeIf(session -> session.written().isBefore(since));
    return before - sessions.size();
  }

  private final class ModelUpload implements Upload {
    private final String id;
    private final Session found;

    ModelUpload(String id, Session found) {
      this.id = id;
      this.found = found;
    }

    @Override
    public long sizeBytes() {
      return found.content().length;
    }

    private void replace(@Nullable Session now) throws ConflictException {
      synchronized (ModelStore.this) {
        var there = sessions.get(id);
        if (there == null || there.version() != found.version()) {
          throw new ConflictException("upload " + id);
        }
        if (now == null) {
          sessions.remove(id);
        } else {
          sessions.put(id, now);
        }
      }
    }

    @Override
    public Writer append() {
      var bytes = new ByteArrayOutputStream();
      bytes.writeBytes(found.content());
      return new StoppableWriter(
          "upload " + id,
          new Writer() {
            @Override
            public void write(ByteBuffer more) {
              var copy = new byte[more.remaining()];
              more.get(copy);
              bytes.writeBytes(copy);
            }

            @Override
            public void close() throws StoreException {
              replace(new Session(bytes.toByteArray(), found.version() + 1, Instant.now()));
            }
          });
    }

    @Override
    public StoredBlob seal(Digest expected) throws FormatException, StoreException {
      replace(null);
      return place(found.content(), checked(found.content(), Optional.of(expected)));
    }

    @Override
    public void discard() {
      synchronized (ModelStore.this) {
        sessions.remove(id);
      }
    }
  }

  @Override
  public synchronized Optional<Document> get(String name) {
    return Optional.ofNullable(documents.get(name))
        .map(
            entry ->
                new Document(
                    entry.content(),
                    entry.mediaType(),
                    entry.etag(),
                    Duration.between(entry.written(), Instant.now())));
  }

  private void check(String name, Condition condition) throws ConflictException {
    var there = documents.get(name);
    var holds =
        switch (condition) {
          case Condition.Always always -> true;
          case Condition.IfAbsent absent -> there == null;
          case Condition.IfMatch match -> there != null && there.etag().equals(match.etag());
        };
    if (!holds) {
      throw new ConflictException("document '" + name + "'");
    }
  }

  @Override
  public synchronized String put(String name, byte[] content, String mediaType, Condition condition)
      throws StoreException {
    check(name, condition);
    var entry = entry(name, content.clone(), mediaType, Instant.now());
    documents.put(name, entry);
    return entry.etag();
  }

  @Override
  public synchronized void delete(String name, Condition condition) throws StoreException {
    check(name, condition);
    documents.remove(name);
  }

  @Override
  public synchronized List<String> list(String prefix, String after, int limit) {
    return documents.tailMap(prefix, true).keySet().stream()
        .takeWhile(name -> name.startsWith(prefix))
        .filter(name -> after.isEmpty() || BY_UTF8.compare(name, after) > 0)
        .limit(limit)
        .toList();
  }

  @Override
  public void close() {}
}
