package io.headwater.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headwater.fault.FormatException;
import io.headwater.oci.Digest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import reactor.test.StepVerifier;

/** What every store does. Each implementation runs all of it. */
public interface StoreContract {
  /** The store to test; may have content of other tests. */
  ContentStore store() throws IOException;

  private static byte[] noise(long seed, int length) {
    var bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static StoredBlob put(ContentStore store, byte[] content) throws IOException {
    try (var stage = store.stage(0)) {
      stage.body().write(content);
      return stage.seal(new byte[0], Optional.empty());
    }
  }

  @Test
  default void blobReadsBackWholeAndByRange() throws IOException {
    var content = noise(1, 9_000_000);
    var blob = put(store(), content);
    assertThat(blob.digest()).isEqualTo(Digest.of(content));
    assertThat(store().size(blob.digest())).hasValue(content.length);
    try (var in = store().read(blob.digest())) {
      assertThat(in.readAllBytes()).isEqualTo(content);
    }
    try (var device = store().open(blob.digest())) {
      assertThat(device.sizeBytes()).isEqualTo(content.length);
      for (var at : new int[] {0, 1, 4_194_303, 8_999_000}) {
        assertThat(device.read(at, 1000)).isEqualTo(ByteBuffer.wrap(content).slice(at, 1000));
      }
    }
  }

  @Test
  default void frontIsPutBeforeTheBody() throws IOException {
    var body = noise(2, 5_000_000);
    try (var stage = store().stage(100)) {
      stage.body().write(body);
      var blob = stage.seal(new byte[100], Optional.empty());
      try (var in = store().read(blob.digest())) {
        assertThat(in.readNBytes(100)).isEqualTo(new byte[100]);
        assertThat(in.readAllBytes()).isEqualTo(body);
      }
      assertThat(blob.size()).isEqualTo(5_000_100);
    }
  }

  @Test
  default void emptyBlobIsABlob() throws IOException {
    var blob = put(store(), new byte[0]);
    assertThat(store().size(blob.digest())).hasValue(0);
  }

  @Test
  default void contentOfAnotherDigestIsRefusedAndNotKept() throws IOException {
    var content = noise(3, 1000);
    try (var stage = store().stage(0)) {
      stage.body().write(content);
      assertThatThrownBy(() -> stage.seal(new byte[0], Optional.of(Digest.of(bytes("other")))))
          .isInstanceOf(FormatException.class)
          .hasMessageContaining(Digest.of(content).toString());
    }
    assertThat(store().size(Digest.of(content))).isEmpty();
    assertThat(store().size(Digest.of(bytes("other")))).isEmpty();
  }

  @Test
  default void blobsOfSha512AreTaken() throws Exception {
    var content = noise(33, 5000);
    var hash = java.security.MessageDigest.getInstance("SHA-512").digest(content);
    var digest = new Digest("sha512", java.util.HexFormat.of().formatHex(hash));
    try (var stage = store().stage(0)) {
      stage.body().write(content);
      stage.seal(new byte[0], Optional.of(digest));
    }
    assertThat(store().size(digest)).hasValue(5000);
  }

  @Test
  default void writeThatBreaksOffLeavesNothing() throws IOException {
    var content = noise(4, 6_000_000);
    try (var stage = store().stage(0)) {
      stage.body().write(content);
    }
    assertThat(store().size(Digest.of(content))).isEmpty();
  }

  @Test
  default void twoWritersOfOneBlobBothSucceed() throws Exception {
    var content = noise(5, 5_000_000);
    var barrier = new CyclicBarrier(2);
    try (var executor = Executors.newFixedThreadPool(2)) {
      var both = new ArrayList<java.util.concurrent.Future<StoredBlob>>();
      for (int i = 0; i < 2; i++) {
        both.add(
            executor.submit(
                () -> {
                  try (var stage = store().stage(0)) {
                    stage.body().write(content);
                    barrier.await();
                    return stage.seal(new byte[0], Optional.empty());
                  }
                }));
      }
      for (var one : both) {
        assertThat(one.get().digest()).isEqualTo(Digest.of(content));
      }
    }
    try (var in = store().read(Digest.of(content))) {
      assertThat(in.readAllBytes()).isEqualTo(content);
    }
  }

  @Test
  default void missingBlobIsNamed() throws IOException {
    var digest = Digest.of(bytes("nobody wrote this"));
    assertThat(store().size(digest)).isEmpty();
    assertThatThrownBy(() -> store().open(digest).close())
        .isInstanceOf(BlobMissingException.class)
        .hasMessageContaining(digest.toString());
    assertThatThrownBy(() -> store().read(digest).close()).isInstanceOf(BlobMissingException.class);
    StepVerifier.create(store().stream(digest, 0, 10)).verifyError(BlobMissingException.class);
  }

  @Test
  default void streamGivesJustTheRange() throws IOException {
    var content = noise(6, 3_000_000);
    var digest = put(store(), content).digest();
    var got = ByteBuffer.allocate(2_000_000);
    StepVerifier.create(store().stream(digest, 500_000, 2_000_000).doOnNext(got::put).then())
        .verifyComplete();
    assertThat(got.flip()).isEqualTo(ByteBuffer.wrap(content).slice(500_000, 2_000_000));
  }

  @Test
  default void deletedBlobIsGoneAndDeletingTwiceIsNoError() throws IOException {
    var digest = put(store(), noise(7, 100)).digest();
    store().deleteBlob(digest);
    store().deleteBlob(digest);
    assertThat(store().size(digest)).isEmpty();
  }

  @Test
  default void documentKeepsContentAndMediaType() throws IOException {
    var etag = store().put("doc/a", bytes("one\ntwo"), "application/json", Condition.ALWAYS);
    var document = store().get("doc/a").orElseThrow();
    assertThat(document.text()).isEqualTo("one\ntwo");
    assertThat(document.mediaType()).isEqualTo("application/json");
    assertThat(document.etag()).isEqualTo(etag);
    assertThat(store().get("doc/none")).isEmpty();
    assertThat(store().get("doc")).isEmpty();
    assertThat(store().get("doc/a/below")).isEmpty();
  }

  @Test
  default void conditionsGuardDocuments() throws IOException {
    var store = store();
    var first = store.put("cond/a", bytes("1"), "text/plain", Condition.IF_ABSENT);
    assertThatThrownBy(() -> store.put("cond/a", bytes("2"), "text/plain", Condition.IF_ABSENT))
        .isInstanceOf(ConflictException.class);
    var second = store.put("cond/a", bytes("2"), "text/plain", Condition.ifMatch(first));
    assertThatThrownBy(
            () -> store.put("cond/a", bytes("3"), "text/plain", Condition.ifMatch(first)))
        .isInstanceOf(ConflictException.class);
    assertThatThrownBy(() -> store.delete("cond/a", Condition.ifMatch(first)))
        .isInstanceOf(ConflictException.class);
    assertThat(store.get("cond/a").orElseThrow().text()).isEqualTo("2");
    store.delete("cond/a", Condition.ifMatch(second));
    assertThat(store.get("cond/a")).isEmpty();
    store.delete("cond/a", Condition.ALWAYS);
    assertThatThrownBy(
            () -> store.put("cond/a", bytes("3"), "text/plain", Condition.ifMatch(second)))
        .isInstanceOf(ConflictException.class);
  }

  /** A, B, A: whoever has read the first A finds that it was changed. */
  @Test
  default void markIsADocumentUntilItIsRemoved() throws IOException {
    store().mark("marks/a");
    store().mark("marks/a");
    store().mark("marks/b");
    assertThat(store().get("marks/a").orElseThrow().content()).isEmpty();
    assertThat(store().list("marks/", "", 9)).containsExactly("marks/a", "marks/b");
    store().unmark("marks/a");
    store().unmark("marks/a");
    assertThat(store().get("marks/a")).isEmpty();
    assertThat(store().list("marks/", "", 9)).containsExactly("marks/b");
  }

  @Test
  default void etagOfDocumentNeverComesAgain() throws IOException {
    var etags = new java.util.HashSet<String>();
    for (var text : List.of("a", "b", "a", "a")) {
      etags.add(store().put("version/a", bytes(text), "text/plain", Condition.ALWAYS));
    }
    store().delete("version/a", Condition.ALWAYS);
    etags.add(store().put("version/a", bytes("a"), "text/plain", Condition.IF_ABSENT));
    assertThat(etags).hasSize(5).contains(store().get("version/a").orElseThrow().etag());
  }

  /** One party deletes on condition while another one writes the same text anew. */
  @Test
  default void deletingOnConditionLeavesWhatWasWrittenAnew() throws IOException {
    store().put("version/b", bytes("same"), "text/plain", Condition.ALWAYS);
    var read = store().get("version/b").orElseThrow().etag();
    store().put("version/b", bytes("same"), "text/plain", Condition.ALWAYS);
    assertThatThrownBy(() -> store().delete("version/b", Condition.ifMatch(read)))
        .isInstanceOf(ConflictException.class);
    assertThat(store().get("version/b")).isPresent();
  }

  /** Of two parties that write on one condition, one does. */
  @Test
  default void onlyOneOfTwoWritersOnOneConditionWrites() throws Exception {
    for (int round = 0; round < 20; round++) {
      var name = "race/" + round;
      var barrier = new CyclicBarrier(2);
      var written = new AtomicInteger();
      try (var executor = Executors.newFixedThreadPool(2)) {
        var both = new ArrayList<java.util.concurrent.Future<?>>();
        for (int party = 0; party < 2; party++) {
          both.add(
              executor.submit(
                  () -> {
                    var store = store();
                    barrier.await();
                    try {
                      store.put(name, bytes("x"), "text/plain", Condition.IF_ABSENT);
                      written.incrementAndGet();
                    } catch (ConflictException e) {
                      assertThat(store.get(name)).isPresent();
                    }
                    return null;
                  }));
        }
        for (var one : both) {
          one.get();
        }
      }
      assertThat(written).hasValue(1);
    }
  }

  /** Of two parties that remove a blob as they have listed it, one does; a writer's blob stays. */
  @Test
  default void blobIsThereWhenItsWriterSaysSoThoughAnotherRemovesIt() throws Exception {
    var content = noise(47, 200);
    var digest = Digest.of(content);
    for (int round = 0; round < 20; round++) {
      put(store(), content);
      var listed = store().state(digest).orElseThrow();
      var barrier = new CyclicBarrier(2);
      try (var executor = Executors.newFixedThreadPool(2)) {
        var remover =
            executor.submit(
                () -> {
                  var store = store();
                  barrier.await();
                  return store.deleteBlob(listed);
                });
        var writer =
            executor.submit(
                () -> {
                  var store = store();
                  barrier.await();
                  return put(store, content);
                });
        writer.get();
        remover.get();
      }
      assertThat(store().size(digest)).hasValue(200);
      try (var in = store().read(digest)) {
        assertThat(in.readAllBytes()).isEqualTo(content);
      }
    }
  }

  /** Whoever touches a blob is told that it is there only if it stays. */
  @Test
  default void touchedBlobIsNotRemovedByWhoListedItBefore() throws Exception {
    var content = noise(48, 200);
    for (int round = 0; round < 20; round++) {
      var digest = put(store(), content).digest();
      var listed = store().state(digest).orElseThrow();
      var barrier = new CyclicBarrier(2);
      try (var executor = Executors.newFixedThreadPool(2)) {
        var touched =
            executor.submit(
                () -> {
                  var store = store();
                  barrier.await();
                  return store.touchBlob(digest);
                });
        var removed =
            executor.submit(
                () -> {
                  var store = store();
                  barrier.await();
                  return store.deleteBlob(listed);
                });
        assertThat(touched.get()).isNotEqualTo(removed.get());
        assertThat(store().size(digest).isPresent()).isEqualTo(touched.get());
      }
    }
  }

  /**
   * A request that is canceled closes its writer from another thread: what counts is what was
   * written by then, whole, and nothing comes behind it.
   */
  @Test
  default void writerThatIsClosedWhileItWritesIsStoppedFirst() throws Exception {
    var piece = noise(49, 300_000);
    var store = store();
    var id = store.beginUpload();
    var writer = store.upload(id).orElseThrow().append();
    var pieces = new AtomicInteger();
    var begun = new java.util.concurrent.CountDownLatch(3);
    try (var executor = Executors.newSingleThreadExecutor()) {
      var writing =
          executor.submit(
              () -> {
                while (true) {
                  try {
                    writer.write(ByteBuffer.wrap(piece));
                  } catch (StoreException e) {
                    return e.getMessage();
                  }
                  pieces.incrementAndGet();
                  begun.countDown();
                }
              });
      begun.await();
      writer.close();
      assertThat(writing.get()).contains("was broken off");
    }
    var all = ByteBuffer.allocate(pieces.get() * piece.length);
    for (int i = 0; i < pieces.get(); i++) {
      all.put(piece);
    }
    assertThat(store.upload(id).orElseThrow().sizeBytes()).isEqualTo(all.capacity());
    store.upload(id).orElseThrow().seal(Digest.of(all.array()));
  }

  @Test
  default void stageThatIsClosedWhileItIsWrittenLeavesNothing() throws Exception {
    var stage = store().stage(0);
    var begun = new java.util.concurrent.CountDownLatch(3);
    try (var executor = Executors.newSingleThreadExecutor()) {
      var writing =
          executor.submit(
              () -> {
                while (true) {
                  try {
                    stage.body().write(new byte[100_000]);
                  } catch (StoreException e) {
                    return e.getMessage();
                  }
                  begun.countDown();
                }
              });
      begun.await();
      stage.close();
      assertThat(writing.get()).contains("was broken off");
    }
    assertThatThrownBy(() -> stage.seal(new byte[0], Optional.empty()))
        .isInstanceOf(StoreException.class);
  }

  /** Eight writers add 5 each, by reading and writing on condition: nothing is lost. */
  @Test
  default void conditionalWritesLoseNothing() throws Exception {
    var store = store();
    store.put("counter", bytes("0"), "text/plain", Condition.ALWAYS);
    var conflicts = new AtomicInteger();
    try (var executor = Executors.newFixedThreadPool(8)) {
      var writers = new ArrayList<java.util.concurrent.Future<?>>();
      for (int i = 0; i < 8; i++) {
        writers.add(executor.submit(() -> increase(store, conflicts)));
      }
      for (var writer : writers) {
        writer.get();
      }
    }
    assertThat(store.get("counter").orElseThrow().text()).isEqualTo("40");
  }

  private static Void increase(ContentStore store, AtomicInteger conflicts) throws IOException {
    for (int done = 0; done < 5; ) {
      var now = store.get("counter").orElseThrow();
      try {
        var next = Integer.toString(Integer.parseInt(now.text()) + 1);
        store.put("counter", bytes(next), "text/plain", Condition.ifMatch(now.etag()));
        done++;
      } catch (ConflictException e) {
        conflicts.incrementAndGet();
      }
    }
    return null;
  }

  @Test
  default void listingGoesOverMoreThan5000NamesPageByPage() throws Exception {
    var store = store();
    var expected = new ArrayList<String>();
    try (var executor = Executors.newFixedThreadPool(16)) {
      var writes = new ArrayList<java.util.concurrent.Future<?>>();
      for (int i = 0; i < 5200; i++) {
        var name = "many/entry-%05d".formatted(i);
        expected.add(name);
        writes.add(
            executor.submit(() -> store.put(name, bytes("x"), "text/plain", Condition.ALWAYS)));
      }
      for (var write : writes) {
        write.get();
      }
    }
    store.put("manyother", bytes("x"), "text/plain", Condition.ALWAYS);
    assertThat(all(store.names("many/"))).isEqualTo(expected);
    assertThat(store.list("many/entry-00", "", 10)).isEqualTo(expected.subList(0, 10));
    for (int at = 0; at < 5200; at += 800) {
      var after = at == 0 ? "" : expected.get(at - 1);
      assertThat(store.list("many/", after, 800))
          .isEqualTo(expected.subList(at, Math.min(5200, at + 800)));
    }
    assertThat(store.list("many/", "many/entry-02000a", 3)).isEqualTo(expected.subList(2001, 2004));
    assertThat(store.list("many/", "many/zzz", 3)).isEmpty();
    assertThat(store.list("many/", "a", 3)).isEqualTo(expected.subList(0, 3));
    assertThat(store.list("many/", "many/entry-05190", 100))
        .isEqualTo(expected.subList(5191, 5200));
    assertThat(store.list("nothing/", "", 10)).isEmpty();
  }

  private static <T> List<T> all(Cursor<T> cursor) throws StoreException {
    var found = new ArrayList<T>();
    while (cursor.hasNext()) {
      found.add(cursor.next());
    }
    return found;
  }

  /** What one party goes over while another one removes and writes. */
  @Test
  default void listingMeetsOnceWhatIsThereAllTheWhile() throws IOException {
    var store = store();
    for (int i = 0; i < 60; i++) {
      store.put("while/%02d".formatted(i), bytes("x"), "text/plain", Condition.ALWAYS);
    }
    var met = new ArrayList<String>();
    for (var page = store.list("while/", "", 7); !page.isEmpty(); ) {
      met.addAll(page);
      store().delete(met.getLast(), Condition.ALWAYS); // the page goes on behind what is gone
      store().put("while/00a" + met.size(), bytes("x"), "text/plain", Condition.ALWAYS);
      page = store.list("while/", met.getLast(), 7);
    }
    assertThat(met).hasSize(60).doesNotHaveDuplicates().isSorted();
    assertThat(all(store.names("while/"))).isEqualTo(store().list("while/", "", 100));
  }

  /** Folders and names side by side are in the order of the bytes of whole names. */
  @Test
  default void namesBesideAndBelowFoldersAreInOrder() throws IOException {
    var names =
        List.of("order/a-b", "order/a.b/x", "order/a/x", "order/a/y/z", "order/a0", "order/b");
    for (var name : names) {
      store().put(name, bytes("x"), "text/plain", Condition.ALWAYS);
    }
    assertThat(store().list("order/", "", 100)).isEqualTo(names);
    for (int i = 0; i < names.size(); i++) {
      assertThat(store().list("order/", names.get(i), 100))
          .isEqualTo(names.subList(i + 1, names.size()));
    }
    assertThat(store().list("order/a", "", 100)).isEqualTo(names.subList(0, 5));
    assertThat(store().list("order/a/", "order/a/x", 100)).containsExactly("order/a/y/z");
    assertThat(store().list("order/a/y", "order/a/y/z", 100)).isEmpty();
  }

  @Test
  default void unusualNamesAreKeptApartAndListed() throws IOException {
    var names =
        List.of(
            "odd/a b",
            "odd/a%20b",
            "odd/a+b",
            "odd/ä",
            "odd/日本語",
            "odd/x:y",
            "odd/a..b",
            "odd/...",
            "odd/sub/deeper/z",
            "odd/UPPER",
            "odd/upper",
            "odd/q?u=1&v#w",
            "odd/🐳",
            "odd/'\"<>|*");
    for (var name : names) {
      store().put(name, bytes("content of " + name), "text/plain", Condition.ALWAYS);
    }
    for (var name : names) {
      assertThat(store().get(name).orElseThrow().text()).isEqualTo("content of " + name);
    }
    assertThat(store().list("odd/", "", 100)).containsExactlyInAnyOrderElementsOf(names);
    for (var name : names) {
      store().delete(name, Condition.ALWAYS);
    }
    assertThat(store().list("odd/", "", 100)).isEmpty();
  }

  private static void append(ContentStore store, String id, byte[] bytes) throws IOException {
    try (var writer = store.upload(id).orElseThrow().append()) {
      writer.write(ByteBuffer.wrap(bytes));
    }
  }

  @Test
  default void uploadGrowsPieceByPieceAtOneProcess() throws IOException {
    var store = store();
    var content = noise(41, 6_000_000);
    var id = store.beginUpload();
    append(store, id, java.util.Arrays.copyOf(content, 5_000_001));
    assertThat(store.upload(id).orElseThrow().sizeBytes()).isEqualTo(5_000_001);
    append(store, id, java.util.Arrays.copyOfRange(content, 5_000_001, content.length));
    var blob = store.upload(id).orElseThrow().seal(Digest.of(content));
    assertThat(blob).isEqualTo(new StoredBlob(Digest.of(content), content.length));
    assertThat(store.upload(id)).isEmpty();
    try (var in = store.read(blob.digest())) {
      assertThat(in.readAllBytes()).isEqualTo(content);
    }
  }

  @Test
  default void uploadGoesOnAtAnotherProcess() throws IOException {
    var content = noise(42, 300_000);
    var id = store().beginUpload();
    append(store(), id, java.util.Arrays.copyOf(content, 100_000));
    append(store(), id, java.util.Arrays.copyOfRange(content, 100_000, content.length));
    var digest = Digest.of("sha512", content);
    assertThat(store().upload(id).orElseThrow().seal(digest).size()).isEqualTo(300_000);
    assertThat(store().size(digest)).hasValue(300_000);
  }

  @Test
  default void uploadOfNothingIsTheEmptyBlob() throws IOException {
    var id = store().beginUpload();
    store().upload(id).orElseThrow().seal(Digest.of(new byte[0]));
    assertThat(store().size(Digest.of(new byte[0]))).hasValue(0);
  }

  @Test
  default void uploadOfAnotherDigestIsGone() throws IOException {
    var content = noise(43, 1000);
    var id = store().beginUpload();
    append(store(), id, content);
    var upload = store().upload(id).orElseThrow();
    assertThatThrownBy(() -> upload.seal(Digest.of(bytes("other"))))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining(Digest.of(content).toString());
    assertThat(store().upload(id)).isEmpty();
    assertThat(store().size(Digest.of(content))).isEmpty();
  }

  @Test
  default void onlyOneOfTwoWritersOfAnUploadCounts() throws IOException {
    var id = store().beginUpload();
    var first = store().upload(id).orElseThrow();
    var late = store().upload(id).orElseThrow();
    try (var writer = first.append()) {
      writer.write(ByteBuffer.wrap(bytes("first")));
    }
    assertThatThrownBy(
            () -> {
              try (var writer = late.append()) {
                writer.write(ByteBuffer.wrap(bytes("late")));
              }
            })
        .isInstanceOf(ConflictException.class);
    assertThatThrownBy(() -> late.seal(Digest.of(bytes("late"))))
        .isInstanceOf(ConflictException.class);
    store().upload(id).orElseThrow().seal(Digest.of(bytes("first")));
  }

  @Test
  default void discardedAndAbandonedUploadsAreGone() throws IOException {
    var discarded = store().beginUpload();
    append(store(), discarded, bytes("x"));
    store().upload(discarded).orElseThrow().discard();
    assertThat(store().upload(discarded)).isEmpty();
    var abandoned = store().beginUpload();
    append(store(), abandoned, bytes("x"));
    store().removeAbandoned(java.time.Instant.now().minusSeconds(60));
    assertThat(store().upload(abandoned)).isPresent();
    store().removeAbandoned(java.time.Instant.now().plusSeconds(5));
    assertThat(store().upload(abandoned)).isEmpty();
    assertThat(store().upload("../../etc/passwd")).isEmpty();
  }

  @Test
  default void listedBlobIsRemovedOnlyIfNobodyTouchedIt() throws Exception {
    var one = put(store(), noise(44, 100)).digest();
    var other = put(store(), noise(45, 200)).digest();
    var listed =
        all(store().blobs()).stream()
            .filter(blob -> blob.digest().equals(one) || blob.digest().equals(other))
            .toList();
    assertThat(listed).extracting(BlobState::size).containsExactlyInAnyOrder(100L, 200L);
    assertThat(listed).isSortedAccordingTo(java.util.Comparator.comparing(BlobState::digest));
    assertThat(listed.getFirst().modified())
        .isBetween(
            java.time.Instant.now().minusSeconds(60), java.time.Instant.now().plusSeconds(5));
    assertThat(store().touchBlob(listed.getFirst().digest())).isTrue();
    assertThat(store().deleteBlob(listed.getFirst())).isFalse();
    assertThat(store().deleteBlob(listed.getLast())).isTrue();
    assertThat(store().deleteBlob(listed.getLast())).isFalse();
    assertThat(store().touchBlob(listed.getLast().digest())).isFalse();
    assertThat(store().size(listed.getFirst().digest())).isPresent();
    assertThat(store().blobs(Optional.of(listed.getFirst().digest()), 1000))
        .noneMatch(blob -> blob.digest().compareTo(listed.getFirst().digest()) <= 0);
    assertThat(store().blobs(Optional.empty(), 1)).hasSize(1);
  }

  /** Writing a blob anew is touching it: whoever listed it before does not remove it. */
  @Test
  default void blobThatIsWrittenAgainIsNotRemovedByWhoListedItBefore() throws IOException {
    var content = noise(46, 100);
    var digest = put(store(), content).digest();
    var listed =
        all(store().blobs()).stream()
            .filter(blob -> blob.digest().equals(digest))
            .findFirst()
            .orElseThrow();
    put(store(), content);
    assertThat(store().deleteBlob(listed)).isFalse();
    assertThat(store().size(digest)).hasValue(100);
  }

  @Test
  default void blobsAreNoDocuments() throws IOException {
    put(store(), noise(8, 10));
    assertThat(all(store().names("")))
        .noneMatch(name -> name.startsWith("blobs") || name.startsWith("staging"));
  }
}
