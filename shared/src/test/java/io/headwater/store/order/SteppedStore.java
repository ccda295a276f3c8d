package io.headwater.store.order;

import io.headwater.block.BlockDevice;
import io.headwater.fault.FormatException;
import io.headwater.oci.Digest;
import io.headwater.store.BlobState;
import io.headwater.store.Condition;
import io.headwater.store.ContentStore;
import io.headwater.store.Document;
import io.headwater.store.Fingerprint;
import io.headwater.store.ModelStore;
import io.headwater.store.Stage;
import io.headwater.store.StoreException;
import io.headwater.store.StoredBlob;
import io.headwater.store.Upload;
import io.headwater.store.order.Call.Effect;
import io.headwater.store.order.Call.Space;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import reactor.core.publisher.Flux;

/**
 * A store as one operation sees it: stops before each call, and before each step of a call that the
 * real stores make in several.
 */
final class SteppedStore implements ContentStore {
  private final ContentStore store;
  private final Semantics semantics;
  private final Scene scene;
  private final Player player;
  private int uploads;

  SteppedStore(ContentStore store, Semantics semantics, Scene scene, Player player) {
    this.store = store;
    this.semantics = semantics;
    this.scene = scene;
    this.player = player;
  }

  /** A call, or a step of one. */
  private interface Step<T> {
    T make() throws FormatException, StoreException;
  }

  private <T> T step(String verb, Space space, String key, Effect effect, Step<T> step)
      throws StoreException {
    try {
      return stepOrRefuse(call(verb, space, key, effect), step);
    } catch (FormatException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Call call(String verb, Space space, String key, Effect effect) {
    return new Call(verb + " " + shortened(key), space, key, effect, List.of());
  }

  private <T> T stepOrRefuse(Call call, Step<T> step) throws FormatException, StoreException {
    player.stop(call);
    try {
      var answer = step.make();
      player.learn(
          call.space() == Space.DOCUMENTS
                  && call.effect() != Effect.LISTS
                  && store instanceof ModelStore model
              ? model.print(call.key())
              : Fingerprint.of(String.valueOf(answer)));
      return answer;
    } catch (FormatException | StoreException e) {
      player.learn(Fingerprint.of(e.getClass().getName()));
      throw e;
    }
  }

  private static String shortened(String key) {
    return key.replaceAll("([0-9a-f]{6})[0-9a-f]{58}", "$1");
  }

  private <T> T blob(String verb, Digest digest, Effect effect, Step<T> step)
      throws StoreException {
    return step(verb, Space.BLOBS, digest.toString(), effect, step);
  }

  @Override
  public OptionalLong size(Digest digest) throws StoreException {
    return blob("size of", digest, Effect.READS, () -> store.size(digest));
  }

  @Override
  public BlockDevice open(Digest digest) throws StoreException {
    return blob("open", digest, Effect.READS, () -> store.open(digest));
  }

  @Override
  public InputStream read(Digest digest) throws StoreException {
    return blob("read", digest, Effect.READS, () -> store.read(digest));
  }

  @Override
  public Flux<ByteBuffer> stream(Digest digest, long offset, long length) {
    throw new UnsupportedOperationException("operations that are held read blocking");
  }

  @Override
  public Optional<Path> file(Digest digest) {
    return Optional.empty();
  }

  @Override
  public Stage stage(int frontBytes) throws StoreException {
    return new SteppedStage(store.stage(frontBytes));
  }

  private StoredBlob seal(Digest digest, long size, Step<StoredBlob> step)
      throws FormatException, StoreException {
    if (semantics.sealsInParts()
        && blob("touch", digest, Effect.WRITES, () -> store.touchBlob(digest))) {
      return new StoredBlob(digest, size);
    }
    return stepOrRefuse(call("seal", Space.BLOBS, digest.toString(), Effect.WRITES), step);
  }

  private final class SteppedStage implements Stage {
    private final Stage stage;
    private final ByteArrayOutputStream body = new ByteArrayOutputStream();

    SteppedStage(Stage stage) {
      this.stage = stage;
    }

    @Override
    public OutputStream body() {
      return body;
    }

    @Override
    public StoredBlob seal(byte[] front, Optional<Digest> expected)
        throws FormatException, StoreException {
      var whole = new ByteArrayOutputStream();
      whole.writeBytes(front);
      whole.writeBytes(body.toByteArray());
      var algorithm = expected.map(Digest::algorithm).orElse("sha256");
      return SteppedStore.this.seal(
          Digest.of(algorithm, whole.toByteArray()),
          whole.size(),
          () -> {
            try {
              stage.body().write(body.toByteArray());
            } catch (java.io.IOException e) {
              throw new IllegalStateException(e);
            }
            return stage.seal(front, expected);
          });
    }

    @Override
    public void close() throws StoreException {
      stage.close();
    }
  }

  @Override
  public void deleteBlob(Digest digest) throws StoreException {
    blob(
        "remove",
        digest,
        Effect.REMOVES,
        () -> {
          store.deleteBlob(digest);
          return "";
        });
  }

  @Override
  public boolean deleteBlob(BlobState listed) throws StoreException {
    return blob("remove listed", listed.digest(), Effect.REMOVES, () -> store.deleteBlob(listed));
  }

  @Override
  public boolean touchBlob(Digest digest) throws StoreException {
    return blob("touch", digest, Effect.WRITES, () -> store.touchBlob(digest));
  }

  /** A blob's state, without its time. */
  private record Seen(Optional<BlobState> state) {
    @Override
    public String toString() {
      return state.map(blob -> blob.digest() + blob.etag()).orElse("");
    }
  }

  @Override
  public Optional<BlobState> state(Digest digest) throws StoreException {
    return blob("state of", digest, Effect.READS, () -> new Seen(store.state(digest))).state();
  }

  @Override
  public List<BlobState> blobs(Optional<Digest> after, int limit) throws StoreException {
    return step(
            "list blobs",
            Space.BLOBS,
            "",
            Effect.LISTS,
            () -> store.blobs(after, limit).stream().map(b -> new Seen(Optional.of(b))).toList())
        .stream()
        .map(seen -> seen.state().orElseThrow())
        .toList();
  }

  @Override
  public String beginUpload() throws StoreException {
    if (store instanceof ModelStore model) {
      var id = "upload-" + player.number() + "-" + uploads++;
      return step("begin", Space.UPLOADS, id, Effect.WRITES, () -> model.beginUpload(id));
    }
    return step("begin an upload", Space.UPLOADS, "new", Effect.WRITES, store::beginUpload);
  }

  private record Found(Optional<Upload> upload) {
    @Override
    public String toString() {
      return upload.map(found -> "of " + found.sizeBytes()).orElse("");
    }
  }

  @Override
  public Optional<Upload> upload(String id) throws StoreException {
    return step("find upload", Space.UPLOADS, id, Effect.READS, () -> new Found(store.upload(id)))
        .upload()
        .map(upload -> new SteppedUpload(id, upload));
  }

  private final class SteppedUpload implements Upload {
    private final String id;
    private final Upload upload;

    SteppedUpload(String id, Upload upload) {
      this.id = id;
      this.upload = upload;
    }

    @Override
    public long sizeBytes() {
      return upload.sizeBytes();
    }

    @Override
    public Writer append() throws StoreException {
      var writer = upload.append();
      return new Writer() {
        @Override
        public void write(ByteBuffer bytes) throws java.io.IOException {
          writer.write(bytes);
        }

        @Override
        public void close() throws StoreException {
          step(
              "append to",
              Space.UPLOADS,
              id,
              Effect.WRITES,
              () -> {
                writer.close();
                return "";
              });
        }
      };
    }

    @Override
    public StoredBlob seal(Digest expected) throws FormatException, StoreException {
      // Whether the blob was touched or written, the upload is over.
      return SteppedStore.this.seal(expected, sizeBytes(), () -> upload.seal(expected));
    }

    @Override
    public void discard() throws StoreException {
      step(
          "discard",
          Space.UPLOADS,
          id,
          Effect.REMOVES,
          () -> {
            upload.discard();
            return "";
          });
    }
  }

  @Override
  public int removeAbandoned(Instant since) throws StoreException {
    return step(
        "remove abandoned uploads",
        Space.UPLOADS,
        "",
        Effect.SWEEPS,
        () -> store.removeAbandoned(since));
  }

  @Override
  public Optional<Document> get(String name) throws StoreException {
    return step("get", Space.DOCUMENTS, name, Effect.READS, () -> store.get(name));
  }

  @Override
  public String put(String name, byte[] content, String mediaType, Condition condition)
      throws StoreException {
    var verb = condition.equals(Condition.ALWAYS) ? "put" : "put on condition";
    var witnessed = scene.witnessed(name, content, mediaType);
    var call =
        new Call(verb + " " + shortened(name), Space.DOCUMENTS, name, Effect.WRITES, witnessed);
    try {
      return stepOrRefuse(
          call,
          () -> {
            var etag = store.put(name, content, mediaType, condition);
            if (!witnessed.isEmpty()) {
              note(name, witnessed);
            }
            return etag;
          });
    } catch (FormatException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Part of the store's state, so that orders in which something else was noted differ. */
  private void note(String name, List<String> witnessed) throws StoreException {
    var there = new ArrayList<String>();
    for (var one : witnessed) {
      if (store.get(one).isPresent()) {
        there.add(one);
      }
    }
    store.put(
        Scene.note(name),
        String.join("\n", there).getBytes(StandardCharsets.UTF_8),
        "text/plain",
        Condition.ALWAYS);
  }

  @Override
  public void delete(String name, Condition condition) throws StoreException {
    step(
        condition.equals(Condition.ALWAYS) ? "delete" : "delete on condition",
        Space.DOCUMENTS,
        name,
        Effect.REMOVES,
        () -> {
          store.delete(name, condition);
          return "";
        });
  }

  /** Names are seen in two parts, as they fall by their hashes, where a list is no one moment. */
  @Override
  public List<String> list(String prefix, String after, int limit) throws StoreException {
    if (!semantics.listsInParts()) {
      return step(
          "list", Space.DOCUMENTS, prefix, Effect.LISTS, () -> store.list(prefix, after, limit));
    }
    var parts = new ArrayList<List<String>>();
    for (int part = 0; part < 2; part++) {
      var odd = part;
      parts.add(
          step(
              "list part " + part + " of",
              Space.DOCUMENTS,
              prefix,
              Effect.LISTS,
              () ->
                  store.list(prefix, after, limit).stream()
                      .filter(name -> (Fingerprint.of(name) & 1) == odd)
                      .toList()));
    }
    // Names of documents here are plain ASCII, whose order is that of their bytes.
    return parts.stream().flatMap(List::stream).sorted().limit(limit).toList();
  }

  @Override
  public void close() {}
}
