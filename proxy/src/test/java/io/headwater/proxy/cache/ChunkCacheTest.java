package io.headwater.proxy.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headwater.fault.FormatException;
import io.headwater.oci.Digest;
import io.headwater.proxy.RunningProxy;
import io.headwater.proxy.limit.MemoryBudget;
import io.headwater.store.BlobMissingException;
import io.headwater.store.StoreException;
import io.headwater.store.azure.AzureStore;
import io.headwater.tool.Azurite;
import io.headwater.tool.FaultyProxy;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Flux;

@SuppressWarnings("NullAway.Init")
class ChunkCacheTest {
  private static final int CHUNK = 64 * 1024;
  private static final int BIG_CHUNK = 8 * CHUNK;

  @TempDir private Path folder = Path.of("");
  private final byte[] content = new byte[10 * CHUNK + 1234];
  private FarStore far;
  private Digest blob;
  private MemoryBudget held = new MemoryBudget(1 << 30);

  @BeforeEach
  void start() throws IOException {
    far = new FarStore(folder.resolve("store"));
    new Random(1).nextBytes(content);
    blob = far.put(content);
  }

  private ChunkCache cache(long memory) throws IOException {
    return cache(memory, Optional.empty(), 1 << 30);
  }

  private ChunkCache cache(long memory, Optional<Path> disk, long diskBytes) throws IOException {
    return new ChunkCache(far.store(), new CacheOptions(CHUNK, memory, disk, diskBytes, 4), held);
  }

  private ChunkCache onDisk(long diskBytes) throws IOException {
    return cache(CHUNK, Optional.of(folder.resolve("cache")), diskBytes);
  }

  private byte[] read(ChunkCache cache, long offset, long length) {
    var all = new ByteArrayOutputStream();
    cache
        .read(blob, content.length, offset, length)
        .concatMap(piece -> piece)
        .doOnNext(buffer -> append(all, buffer))
        .blockLast();
    return all.toByteArray();
  }

  private static void append(ByteArrayOutputStream all, ByteBuffer buffer) {
    all.write(buffer.array(), buffer.arrayOffset() + buffer.position(), buffer.remaining());
  }

  private byte[] expected(long offset, long length) {
    return Arrays.copyOfRange(content, (int) offset, (int) (offset + length));
  }

  private static StoreException away() {
    return new StoreException("the store is away", true, new IOException());
  }

  /** All files with chunks, when as many are there. */
  private List<Path> files(int count) throws Exception {
    var chunks = folder.resolve("cache/chunks-" + CHUNK).resolve(blob.hex().substring(0, 2));
    for (var i = 0; i < 600; i++) {
      // By their names alone: files come and go meanwhile.
      var names = chunks.toFile().list((in, name) -> name.matches(".*\\.[0-9]+"));
      if (names != null && names.length == count) {
        return Arrays.stream(names).map(chunks::resolve).toList();
      }
      Thread.sleep(20);
    }
    throw new AssertionError("there are never " + count + " files");
  }

  @Test
  void anyRangeIsWhatTheBlobHasThere() throws Exception {
    try (var cache = cache(3 * CHUNK)) {
      var random = new Random(2);
      for (var i = 0; i < 300; i++) {
        var offset = random.nextInt(content.length);
        var length = 1 + random.nextInt(content.length - offset);
        assertThat(read(cache, offset, length)).isEqualTo(expected(offset, length));
      }
      assertThat(read(cache, content.length - 1, 1)).isEqualTo(expected(content.length - 1, 1));
      assertThat(read(cache, CHUNK, CHUNK)).isEqualTo(expected(CHUNK, CHUNK));
    }
  }

  /** 600 clients that did not read held 559 of 768 MiB. */
  @Test
  void readersThatWaitHoldNoMoreThanTheyMay() throws Exception {
    var big = new byte[64 * BIG_CHUNK];
    new Random(3).nextBytes(big);
    var digest = far.put(big);
    held = new MemoryBudget(4 * BIG_CHUNK);
    var options = new CacheOptions(BIG_CHUNK, 2 * BIG_CHUNK, Optional.empty(), 0, 4);
    try (var cache = new ChunkCache(far.store(), options, held)) {
      var readers = new ArrayList<Iterator<ByteBuffer>>();
      var taken = new ArrayList<ByteArrayOutputStream>();
      for (var i = 0; i < 64; i++) {
        // One slice is asked for at a time, by a client that then does nothing for a while.
        readers.add(
            cache
                .read(digest, big.length, (long) i * BIG_CHUNK, BIG_CHUNK)
                .concatMap(piece -> piece, 1)
                .toIterable(1)
                .iterator());
        taken.add(new ByteArrayOutputStream());
        append(taken.get(i), readers.get(i).next());
        assertThat(held.taken()).isLessThanOrEqualTo(4 * BIG_CHUNK);
      }
      assertThat(held.refused()).isGreaterThanOrEqualTo(60);
      for (var i = 63; i >= 0; i--) { // what they wait for came and went long ago
        while (readers.get(i).hasNext()) {
          append(taken.get(i), readers.get(i).next());
        }
        assertThat(taken.get(i).toByteArray())
            .isEqualTo(Arrays.copyOfRange(big, i * BIG_CHUNK, (i + 1) * BIG_CHUNK));
      }
      assertThat(held.taken()).isZero();
    }
  }

  @Test
  void wholeChunksAreReadFromTheStoreEachOnce() throws Exception {
    try (var cache = cache(1 << 30)) {
      read(cache, 10, 20);
      read(cache, CHUNK - 10, 20);
      read(cache, 0, content.length);
      read(cache, 0, content.length);
      assertThat(far.reads())
          .hasSize(11)
          .doesNotHaveDuplicates()
          .allMatch(read -> read.offset() % CHUNK == 0 && read.length() <= CHUNK);
      assertThat(cache.counts().storeReads()).isEqualTo(11);
      assertThat(cache.counts().storeBytes()).isEqualTo(content.length);
      assertThat(cache.counts().chunks()).isEqualTo(1 + 2 + 11 + 11);
    }
  }

  @Test
  void manyThatAskTogetherCauseOneRead() throws Exception {
    far.delay(Duration.ofMillis(300));
    try (var cache = cache(1 << 30)) {
      var pieces =
          Flux.range(0, 200)
              .flatMap(
                  i -> cache.read(blob, content.length, 100, 200).concatMap(piece -> piece), 200)
              .collectList()
              .block();
      assertThat(pieces).hasSize(200);
      assertThat(far.reads()).hasSize(1);
    }
  }

  @Test
  void whoGoesAwayDoesNotTakeTheChunkFromOthers() throws Exception {
    far.delay(Duration.ofMillis(300));
    try (var cache = cache(1 << 30)) {
      var first = cache.read(blob, content.length, 0, 10).subscribe();
      var second =
          cache.read(blob, content.length, 0, 10).concatMap(piece -> piece).next().toFuture();
      first.dispose();
      assertThat(second.get(10, TimeUnit.SECONDS).remaining()).isEqualTo(10);
      assertThat(far.reads()).hasSize(1);
    }
  }

  @Test
  void withoutMemoryChunksAreReadEachTimeAndNoneAhead() throws Exception {
    try (var cache = cache(0)) {
      assertThat(read(cache, 0, content.length)).isEqualTo(content);
      assertThat(far.reads()).hasSize(11);
      assertThat(read(cache, 10, 20)).isEqualTo(expected(10, 20));
      assertThat(far.reads()).hasSize(12);
      assertThat(cache.counts().memoryBytes()).isZero();
    }
  }

  @Test
  void memoryHoldsNoMoreThanItMay() throws Exception {
    try (var cache = cache(2 * CHUNK)) {
      for (var i = 0; i < 5; i++) {
        read(cache, 0, content.length);
      }
      assertThat(cache.counts().memoryBytes()).isBetween(1L, 2L * CHUNK);
      assertThat(far.reads().size()).isGreaterThan(11);
    }
  }

  @Test
  void readingThatFailedIsTriedAnewByTheNext() throws Exception {
    try (var cache = cache(1 << 30)) {
      far.fail(away());
      assertThatThrownBy(() -> read(cache, 0, 10)).hasMessageContaining("the store is away");
      far.fail(null);
      assertThat(read(cache, 0, 10)).isEqualTo(expected(0, 10));
    }
  }

  @Test
  void blobThatIsGoneIsSaidToBe() throws Exception {
    try (var cache = cache(1 << 30)) {
      var other = Digest.of(new byte[] {1});
      assertThatThrownBy(() -> cache.read(other, 10, 0, 10).blockLast())
          .hasCauseInstanceOf(BlobMissingException.class);
    }
  }

  @Test
  void folderKeepsChunksOverARestart() throws Exception {
    try (var cache = onDisk(1 << 30)) {
      read(cache, 0, content.length);
      files(11);
    }
    far.reads().clear();
    try (var cache = onDisk(1 << 30)) {
      assertThat(read(cache, 0, content.length)).isEqualTo(content);
      assertThat(far.reads()).isEmpty();
      assertThat(cache.counts().folderReads()).isGreaterThanOrEqualTo(11);
      assertThat(cache.counts().folderBytes()).isEqualTo(content.length + 11L * 4);
    }
  }

  @Test
  void folderHoldsNoMoreThanItMay() throws Exception {
    try (var cache = onDisk(4L * (CHUNK + 4))) {
      read(cache, 0, content.length);
      for (var i = 0; i < 100 && cache.counts().folderBytes() > 4L * (CHUNK + 4); i++) {
        Thread.sleep(20);
      }
      files(4);
    }
  }

  @Test
  void damagedChunkIsFetchedAnew() throws Exception {
    try (var cache = onDisk(1 << 30)) {
      read(cache, 0, content.length);
      for (var file : files(11)) {
        var bytes = Files.readAllBytes(file);
        bytes[bytes.length / 2] ^= 1;
        Files.write(file, file.toString().endsWith("3") ? Arrays.copyOf(bytes, 100) : bytes);
      }
    }
    far.reads().clear();
    try (var cache = onDisk(1 << 30)) {
      assertThat(read(cache, 0, content.length)).isEqualTo(content);
      assertThat(far.reads().stream().distinct()).hasSize(11);
      files(11);
    }
  }

  @Test
  void folderThatCannotBeWrittenFailsNoRequest() throws Exception {
    try (var cache = onDisk(1 << 30)) {
      // A file where the chunks' folders should be.
      var hex = blob.hex().substring(0, 2);
      Files.writeString(folder.resolve("cache/chunks-" + CHUNK).resolve(hex), "x");
      assertThat(read(cache, 0, content.length)).isEqualTo(content);
      assertThat(read(cache, 0, content.length)).isEqualTo(content);
      assertThat(cache.counts().folderBytes()).isZero();
    }
  }

  @Test
  void folderThatCannotBeIsRefusedAtTheStart() throws Exception {
    Files.writeString(folder.resolve("cache"), "a file");
    assertThatThrownBy(() -> onDisk(1 << 30))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("may write to");
  }

  @Test
  void folderIsForOneProxyAndItsFilesOnlyAreTouched() throws Exception {
    var own = Files.createDirectories(folder.resolve("cache/chunks-4096/ab"));
    Files.writeString(own.resolve("a".repeat(64) + ".0"), "chunk of another size");
    var foreign = Files.writeString(own.resolve("notes.txt"), "mine");
    try (var cache = onDisk(1 << 30)) {
      assertThat(foreign).exists();
      assertThat(own.resolve("a".repeat(64) + ".0")).doesNotExist();
      assertThatThrownBy(() -> onDisk(1 << 30))
          .isInstanceOf(FormatException.class)
          .hasMessageContaining("used by another proxy");
      assertThat(read(cache, 0, 1)).isEqualTo(expected(0, 1));
    }
    onDisk(1 << 30).close();
  }

  @Test
  void settingsThatCannotBeAreRefused() {
    assertThatThrownBy(() -> new CacheOptions(100, 1, Optional.empty(), 1, 1).checked())
        .hasMessageContaining("64k to 16m");
    assertThatThrownBy(() -> new CacheOptions(CHUNK, 0, Optional.of(Path.of("x")), 1, 1).checked())
        .hasMessageContaining("cache-memory");
  }

  @Test
  void nodesReadRangesThroughTheCache() throws Exception {
    try (var proxy =
        new RunningProxy(far.store(), new CacheOptions(CHUNK, 1 << 30, Optional.empty(), 0, 4))) {
      var digest = proxy.putBlob("a", content);
      var path = "/v2/a/blobs/" + digest;
      var part = proxy.get(path, "Range", "bytes=65530-65545");
      assertThat(part.statusCode()).isEqualTo(206);
      assertThat(part.body()).isEqualTo(expected(65530, 16));
      assertThat(proxy.get(path).body()).isEqualTo(content);
      var several =
          new String(
              proxy.get(path, "Range", "bytes=0-1,655360-655361").body(),
              StandardCharsets.ISO_8859_1);
      assertThat(several)
          .contains(
              new String(expected(0, 2), StandardCharsets.ISO_8859_1),
              new String(expected(655360, 2), StandardCharsets.ISO_8859_1));
      assertThat(far.reads()).hasSize(11);
      // What another repository has is not to be had by its digest, cached or not.
      assertThat(proxy.get("/v2/b/blobs/" + digest).statusCode()).isEqualTo(404);
      assertThat(new String(proxy.get("/metrics").body(), StandardCharsets.UTF_8))
          .contains("headwater_cache_store_reads_total 11.0");
    }
  }

  private RunningProxy proxyWithFolder() throws IOException {
    return new RunningProxy(
        far.store(),
        new CacheOptions(CHUNK, CHUNK, Optional.of(folder.resolve("cache")), 1 << 30, 4));
  }

  @Test
  void rangeOfAKeptChunkIsSentFromItsFile() throws Exception {
    Digest digest;
    try (var proxy = proxyWithFolder()) {
      digest = proxy.putBlob("a", content);
      assertThat(proxy.get("/v2/a/blobs/" + digest).body()).isEqualTo(content);
      files(11);
      far.fail(away());
      for (var offset = 0; offset < content.length; offset += 1000) {
        var length = Math.min(700, CHUNK - offset % CHUNK);
        var part = part(proxy, digest, offset, length);
        assertThat(part.statusCode()).isEqualTo(206);
        assertThat(part.body())
            .isEqualTo(expected(offset, Math.min(length, content.length - offset)));
      }
    }
    // The next process checks a file before it sends it.
    for (var file : files(11)) {
      var bytes = Files.readAllBytes(file);
      bytes[5] ^= 1;
      Files.write(file, bytes);
    }
    far.fail(null);
    try (var proxy = proxyWithFolder()) {
      assertThat(part(proxy, digest, 0, 10).body()).isEqualTo(expected(0, 10));
    }
  }

  @Test
  void fileThatSomebodyTookAwayIsFetchedAnew() throws Exception {
    try (var proxy = proxyWithFolder()) {
      var digest = proxy.putBlob("a", content);
      part(proxy, digest, 0, 10);
      for (var file : files(1)) {
        Files.delete(file);
      }
      assertThatThrownBy(() -> part(proxy, digest, 0, 10)).isInstanceOf(IOException.class);
      assertThat(part(proxy, digest, 0, 10).body()).isEqualTo(expected(0, 10));
    }
  }

  private java.net.http.HttpResponse<byte[]> part(
      RunningProxy proxy, Digest digest, int offset, int length) throws Exception {
    var last = Math.min(offset + length, content.length) - 1;
    return proxy.get("/v2/a/blobs/" + digest, "Range", "bytes=" + offset + "-" + last);
  }

  @Test
  void clientThatDoesNotReadIsNotReadFor() throws Exception {
    var large = new byte[48 << 20];
    try (var proxy = new RunningProxy(far.store(), CacheOptions.DEFAULT);
        var client = new Socket()) {
      var digest = proxy.putBlob("a", large);
      // All of it is in memory, so that nothing but the client holds it up.
      assertThat(proxy.get("/v2/a/blobs/" + digest).body()).hasSize(large.length);
      var before = asked(proxy);
      client.setReceiveBufferSize(64 * 1024);
      client.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), proxy.port()));
      client
          .getOutputStream()
          .write(
              ("GET /v2/a/blobs/" + digest + " HTTP/1.1\r\nHost: x\r\n\r\n")
                  .getBytes(StandardCharsets.US_ASCII));
      for (int i = 0; i < 1000 && asked(proxy) == before; i++) {
        Thread.sleep(20);
      }
      Thread.sleep(1500);
      // What the system's buffers for sockets hold, and no more.
      assertThat(asked(proxy) - before).isBetween(1.0, 16.0);
    }
  }

  /** Chunks that were asked for. */
  private static double asked(RunningProxy proxy) throws Exception {
    var numbers = new String(proxy.get("/metrics").body(), StandardCharsets.UTF_8);
    var matcher = Pattern.compile("headwater_cache_chunks_total ([0-9.E]+)").matcher(numbers);
    assertThat(matcher.find()).isTrue();
    return Double.parseDouble(matcher.group(1));
  }

  @Test
  void storeThatIsAwayIsAnsweredWithAnErrorNotABrokenBody() throws Exception {
    try (var proxy = new RunningProxy(far.store(), CacheOptions.DEFAULT)) {
      var digest = proxy.putBlob("a", content);
      far.fail(away());
      var answer = proxy.get("/v2/a/blobs/" + digest, "Range", "bytes=0-9");
      assertThat(answer.statusCode()).isEqualTo(503);
      assertThat(new String(answer.body(), StandardCharsets.UTF_8)).contains("errors");
    }
  }

  @Test
  @Tag("tools")
  void storageAccountThatRefusesIsAnsweredWithAnErrorNotABrokenBody() throws Exception {
    var azurite = Azurite.start();
    var refuses = new AtomicBoolean();
    try (var faulty =
            new FaultyProxy(
                azurite.blobPort(),
                (method, uri) ->
                    refuses.get() && method.equals("GET") && uri.getPath().contains("/blobs/sha256")
                        ? 403
                        : 0);
        var store =
            AzureStore.open(azurite.connectionString(faulty.port()), "c" + UUID.randomUUID());
        var proxy = new RunningProxy(store, CacheOptions.DEFAULT)) {
      var digest = proxy.putBlob("a", content);
      refuses.set(true);
      assertThat(part(proxy, digest, 0, 10).statusCode()).isEqualTo(503);
      refuses.set(false);
      assertThat(part(proxy, digest, 0, 10).body()).isEqualTo(expected(0, 10));
    }
  }
}
