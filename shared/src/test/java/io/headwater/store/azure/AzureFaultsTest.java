package io.headwater.store.azure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.azure.core.util.BinaryData;
import com.azure.storage.blob.BlobContainerClient;
import com.azure.storage.blob.BlobContainerClientBuilder;
import io.headwater.oci.Digest;
import io.headwater.store.BlobMissingException;
import io.headwater.store.ContentStore;
import io.headwater.store.StoreException;
import io.headwater.tool.Azurite;
import io.headwater.tool.FaultyProxy;
import java.io.IOException;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * What the account may do to blobs on their way: blocks that do not arrive, copies that fail or are
 * short. Nothing but the whole content is ever found under a digest.
 */
@Tag("tools")
class AzureFaultsTest {
  private static final int BLOCK = 4 << 20;
  private static final Pattern BLOCK_ID = Pattern.compile("comp=block&blockid=([^&]*)");

  private final String container = "faults-" + UUID.randomUUID();

  private ContentStore store() throws IOException {
    return AzureStore.open(Azurite.start().connectionString(), container);
  }

  private ContentStore store(FaultyProxy proxy) throws IOException {
    return AzureStore.open(Azurite.start().connectionString(proxy.port()), container);
  }

  private BlobContainerClient raw() throws IOException {
    return new BlobContainerClientBuilder()
        .connectionString(Azurite.start().connectionString())
        .containerName(container)
        .buildClient();
  }

  private static byte[] noise(int length) {
    var bytes = new byte[length];
    new Random(length).nextBytes(bytes);
    return bytes;
  }

  private static void put(ContentStore store, byte[] content) throws IOException {
    try (var stage = store.stage(0)) {
      stage.body().write(content);
      stage.seal(new byte[0], Optional.empty());
    }
  }

  private static boolean isBlock(URI uri, int number) {
    var matcher = BLOCK_ID.matcher(uri.getRawQuery() == null ? "" : uri.getRawQuery());
    if (!matcher.find()) {
      return false;
    }
    var id = URLDecoder.decode(matcher.group(1), StandardCharsets.UTF_8);
    return new String(Base64.getDecoder().decode(id), StandardCharsets.US_ASCII)
        .startsWith("%08d-".formatted(number));
  }

  @Test
  void blocksBehindOneThatFailedDoNotCount() throws IOException {
    var content = noise(6 * BLOCK);
    store();
    var fails = new AtomicBoolean(true);
    try (var proxy =
        new FaultyProxy(
            Azurite.start().blobPort(),
            (method, uri) -> fails.get() && isBlock(uri, 1) ? 400 : 0)) {
      var store = store(proxy);
      var id = store.beginUpload();
      assertThatThrownBy(
              () -> {
                try (var writer = store.upload(id).orElseThrow().append()) {
                  writer.write(ByteBuffer.wrap(content)); // some blocks are under way when it fails
                }
              })
          .isInstanceOf(StoreException.class)
          .hasMessageContaining("cannot write a blob");
      assertThat(proxy.faults()).isEqualTo(1);
      assertThat(store.upload(id).orElseThrow().sizeBytes()).isEqualTo(BLOCK);
      fails.set(false);
      try (var writer = store.upload(id).orElseThrow().append()) {
        writer.write(ByteBuffer.wrap(content, BLOCK, 5 * BLOCK));
      }
      var blob = store.upload(id).orElseThrow().seal(Digest.of(content));
      assertThat(blob.size()).isEqualTo(content.length);
    }
    try (var in = store().read(Digest.of(content))) {
      assertThat(in.readAllBytes()).isEqualTo(content);
    }
  }

  /** The blocks that failed are lost: what was written behind them is not the blob. */
  @Test
  void stageWithBlocksThatFailedCannotBeSealed() throws IOException {
    var content = noise(5 * BLOCK + 1000);
    store();
    try (var proxy =
        new FaultyProxy(Azurite.start().blobPort(), (method, uri) -> isBlock(uri, 0) ? 400 : 0)) {
      try (var stage = store(proxy).stage(0)) {
        assertThatThrownBy(() -> stage.body().write(content)).isInstanceOf(StoreException.class);
        assertThatThrownBy(() -> stage.body().write(new byte[100]))
            .isInstanceOf(StoreException.class);
        assertThatThrownBy(() -> stage.seal(new byte[0], Optional.empty()))
            .isInstanceOf(StoreException.class);
      }
    }
    assertThat(raw().listBlobs()).isEmpty();
  }

  @Test
  void copyThatFailsLeavesNothingUnderTheDigest() throws IOException {
    var content = noise(2 * BLOCK);
    store();
    var isRemoved = new AtomicBoolean();
    try (var proxy =
        new FaultyProxy(
            Azurite.start().blobPort(),
            (method, uri) -> {
              isRemoved.compareAndSet(false, method.equals("DELETE"));
              return 0;
            },
            (method, uri, headers) -> {
              if (!isRemoved.get() && uri.getPath().contains("/blobs/")) {
                headers.put("x-ms-copy-status", List.of("failed"));
              }
            })) {
      assertThatThrownBy(() -> put(store(proxy), content))
          .isInstanceOf(StoreException.class)
          .hasMessageContaining("cannot put blob " + Digest.of(content) + " into place")
          .satisfies(e -> assertThat(((StoreException) e).isRetryable()).isTrue());
    }
    assertThat(raw().listBlobs()).isEmpty();
    put(store(), content);
    assertThat(store().size(Digest.of(content))).hasValue(content.length);
  }

  /** What is copied is not what was staged: another length is found out. */
  @Test
  void copyThatIsShortLeavesNothingUnderTheDigest() throws IOException {
    var content = noise(2 * BLOCK);
    store();
    try (var proxy =
        new FaultyProxy(
            Azurite.start().blobPort(),
            (method, uri) -> {
              if (method.equals("PUT") && uri.getPath().contains("/blobs/")) {
                shortenStaged();
              }
              return 0;
            })) {
      assertThatThrownBy(() -> put(store(proxy), content))
          .isInstanceOf(StoreException.class)
          .hasMessageContaining("into place");
    }
    assertThat(raw().listBlobs()).isEmpty();
  }

  private void shortenStaged() {
    try {
      for (var item : raw().listBlobs()) {
        if (item.getName().startsWith("staging/")) {
          raw().getBlobClient(item.getName()).upload(BinaryData.fromBytes(new byte[10]), true);
        }
      }
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  /** While the service copies, and after a copy that failed, a blob of no bytes is there. */
  @Test
  void blobOfAnUnfinishedCopyIsNotThereAndIsReplaced() throws IOException {
    for (var status : List.of("failed", "aborted")) {
      var content = noise(status.length());
      var digest = Digest.of(content);
      store();
      raw().getBlobClient(AzureStore.blobName(digest)).upload(BinaryData.fromBytes(new byte[0]));
      var isRemoved = new AtomicBoolean();
      try (var proxy =
          new FaultyProxy(
              Azurite.start().blobPort(),
              (method, uri) -> {
                isRemoved.compareAndSet(false, method.equals("DELETE"));
                return 0;
              },
              (method, uri, headers) -> {
                if (method.equals("HEAD") && !isRemoved.get()) {
                  headers.put("x-ms-copy-status", List.of(status));
                }
              })) {
        var store = store(proxy);
        assertThat(store.size(digest)).isEmpty();
        assertThat(store.touchBlob(digest)).isFalse();
        assertThatThrownBy(() -> store.open(digest)).isInstanceOf(BlobMissingException.class);
        put(store, content);
      }
      try (var in = store().read(digest)) {
        assertThat(in.readAllBytes()).isEqualTo(content);
      }
    }
  }

  /** What an older version has left behind a copy that failed is put right by the next push. */
  @Test
  void shortBlobUnderADigestIsReplacedByWhoWritesItAgain() throws IOException {
    for (var content : List.of(noise(1000), noise(2 * BLOCK))) {
      store();
      var place = raw().getBlobClient(AzureStore.blobName(Digest.of(content)));
      place.upload(BinaryData.fromBytes(new byte[3]));
      put(store(), content);
      try (var in = store().read(Digest.of(content))) {
        assertThat(in.readAllBytes()).isEqualTo(content);
      }
    }
  }
}
