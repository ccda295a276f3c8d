package io.headwater.store.azure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headwater.oci.Digest;
import io.headwater.store.ContentStore;
import io.headwater.store.StoreContract;
import io.headwater.store.StoreException;
import io.headwater.tool.Azurite;
import io.headwater.tool.FaultyProxy;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Against Azurite. */
@Tag("tools")
class AzureStoreTest implements StoreContract {
  private final String container = "test-" + UUID.randomUUID();

  @Override
  public ContentStore store() throws IOException {
    return AzureStore.open(Azurite.start().connectionString(), container);
  }

  private static byte[] noise(int length) {
    var bytes = new byte[length];
    new Random(11).nextBytes(bytes);
    return bytes;
  }

  private static Digest put(ContentStore store, byte[] content) throws IOException {
    try (var stage = store.stage(0)) {
      stage.body().write(content);
      return stage.seal(new byte[0], Optional.empty()).digest();
    }
  }

  @Test
  void busyAccountIsAskedAgain() throws IOException {
    var refused = new AtomicInteger();
    try (var proxy =
        new FaultyProxy(
            Azurite.start().blobPort(),
            (method, uri) ->
                uri.toString().contains("comp=block&") && refused.incrementAndGet() <= 2
                    ? refused.get() == 1 ? 503 : 500
                    : 0)) {
      var store = AzureStore.open(Azurite.start().connectionString(proxy.port()), container);
      var content = noise(9_000_000);
      var digest = put(store, content);
      assertThat(proxy.faults()).isEqualTo(2);
      try (var in = store().read(digest)) {
        assertThat(in.readAllBytes()).isEqualTo(content);
      }
    }
  }

  @Test
  void accountThatStaysDownEndsInOneClearError() throws IOException {
    store();
    try (var proxy =
        new FaultyProxy(
            Azurite.start().blobPort(),
            (method, uri) -> uri.toString().contains("comp=block&") ? 503 : 0)) {
      var store = AzureStore.open(Azurite.start().connectionString(proxy.port()), container);
      var content = noise(5_000_000);
      assertThatThrownBy(() -> put(store, content))
          .isInstanceOf(StoreException.class)
          .hasMessageContaining("cannot write a blob: the storage account answered 503")
          .satisfies(e -> assertThat(((StoreException) e).isRetryable()).isTrue());
      assertThat(proxy.faults()).isGreaterThanOrEqualTo(5);
      assertThat(store().size(Digest.of(content))).isEmpty();
    }
  }

  @Test
  void accountThatStallsIsAskedAgain() throws IOException {
    var stalled = new AtomicInteger();
    try (var proxy =
        new FaultyProxy(
            Azurite.start().blobPort(),
            (method, uri) ->
                uri.toString().contains("comp=block&") && stalled.incrementAndGet() == 1
                    ? -1
                    : 0)) {
      var store = AzureStore.open(Azurite.start().connectionString(proxy.port()), container, 2);
      var content = noise(5_000_000);
      assertThat(put(store, content)).isEqualTo(Digest.of(content));
      assertThat(proxy.faults()).isEqualTo(1);
    }
  }

  /**
   * Each page is one or two requests, wherever it is: also for a process that has not listed what
   * is in front of it, once somebody of that process has.
   */
  @Test
  void pageCostsTheSameWhereverItBegins() throws Exception {
    writeMany(600);
    var asked = new AtomicInteger();
    try (var proxy =
        new FaultyProxy(
            Azurite.start().blobPort(),
            (method, uri) -> {
              if (uri.toString().contains("comp=list")) {
                asked.incrementAndGet();
              }
              return 0;
            })) {
      var store = AzureStore.open(Azurite.start().connectionString(proxy.port()), container);
      var after = "";
      for (int i = 0; i < 30; i++) {
        var page = store.list("pages/", after, 20);
        assertThat(page).hasSize(20).first().isEqualTo("pages/%05d".formatted(20 * i));
        assertThat(asked.getAndSet(0)).isEqualTo(1);
        after = page.getLast();
      }
      for (int at = 10; at < 570; at += 30) {
        // One more than is shown is asked for, and then what follows the one shown last.
        assertThat(store.list("pages/", "pages/%05d".formatted(at), 21)).hasSize(21);
        assertThat(asked.getAndSet(0)).isLessThanOrEqualTo(3);
      }
      assertThat(store.list("pages/", "pages/%05d".formatted(599), 20)).isEmpty();
      for (var names = store.names("pages/"); names.hasNext(); ) {
        names.next();
      }
      asked.set(0);
      var all = store.blobs();
      assertThat(all.hasNext()).isFalse();
      assertThat(asked.getAndSet(0)).isEqualTo(1);
    }
  }

  private void writeMany(int count) throws Exception {
    var store = store();
    try (var executor = java.util.concurrent.Executors.newFixedThreadPool(16)) {
      var writes = new java.util.ArrayList<java.util.concurrent.Future<?>>();
      for (int i = 0; i < count; i++) {
        var name = "pages/%05d".formatted(i);
        writes.add(
            executor.submit(
                () ->
                    store.put(
                        name, new byte[1], "text/plain", io.headwater.store.Condition.ALWAYS)));
      }
      for (var write : writes) {
        write.get();
      }
    }
  }

  private com.azure.storage.blob.BlobContainerClient raw() throws IOException {
    return new com.azure.storage.blob.BlobContainerClientBuilder()
        .connectionString(Azurite.start().connectionString())
        .containerName(container)
        .buildClient();
  }

  private List<String> names() throws IOException {
    return raw().listBlobs().stream().map(item -> item.getName()).toList();
  }

  @Test
  void sealedStageIsRemoved() throws IOException {
    put(store(), noise(1000));
    assertThat(names()).hasSize(1).allMatch(name -> name.startsWith("blobs/sha256/"));
  }

  @Test
  void wrongKeyIsReportedWithoutShowingIt() throws IOException {
    var other = Azurite.start().connectionString().replace("Eby8", "AAAA");
    assertThatThrownBy(() -> AzureStore.open(other, container))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("cannot open container")
        .hasMessageContaining("403")
        .satisfies(e -> assertThat(e.getMessage()).doesNotContain("AAAA"));
  }
}
