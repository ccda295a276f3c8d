package io.headwater.store.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headwater.oci.Digest;
import io.headwater.store.Condition;
import io.headwater.store.ContentStore;
import io.headwater.store.StoreContract;
import io.headwater.store.StoreException;
import io.headwater.tool.Command;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileStoreTest implements StoreContract {
  private Path folder = Path.of("");

  @BeforeEach
  void choose(@TempDir Path temporary) {
    folder = temporary.resolve("store");
  }

  @Override
  public ContentStore store() throws IOException {
    return FileStore.open(folder);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private long staged() throws IOException {
    try (var files = Files.list(folder.resolve("staging"))) {
      return files.count();
    }
  }

  @Test
  void brokenOffWriteLeavesNoFile() throws IOException {
    try (var stage = store().stage(10)) {
      stage.body().write(new byte[100_000]);
      assertThat(staged()).isEqualTo(1);
    }
    assertThat(staged()).isZero();
  }

  @Test
  void namesThatWouldLeaveTheFolderStayInIt() throws IOException {
    var store = store();
    for (var name : new String[] {"../escape", "a/../../escape", "/etc/escape", "a//b", "C:\\x"}) {
      store.put(name, bytes("x"), "text/plain", Condition.ALWAYS);
      assertThat(store.get(name)).isPresent();
    }
    assertThat(folder.resolveSibling("escape")).doesNotExist();
    try (var around = Files.list(folder.getParent())) {
      assertThat(around).containsExactly(folder);
    }
  }

  @Test
  void documentsDoNotReachTheBlobs() throws IOException {
    var store = store();
    Digest digest;
    try (var stage = store.stage(0)) {
      stage.body().write(bytes("secret"));
      digest = stage.seal(new byte[0], Optional.empty()).digest();
    }
    var path = "x/../blobs/sha256/" + digest.hex().substring(0, 2) + "/" + digest.hex();
    assertThat(store.get(path)).isEmpty();
  }

  /** As stores before this one wrote them: the media type alone in the first line. */
  @Test
  void documentOfAnOlderStoreIsReadAndChangedOnCondition() throws IOException {
    var store = store();
    Files.createDirectories(folder.resolve("old"));
    Files.writeString(folder.resolve("old/tag"), "text/plain\nsha256:abc");
    var old = store.get("old/tag").orElseThrow();
    assertThat(old.text()).isEqualTo("sha256:abc");
    assertThat(old.mediaType()).isEqualTo("text/plain");
    store.put("old/tag", bytes("sha256:abc"), "text/plain", Condition.ifMatch(old.etag()));
    assertThatThrownBy(
            () -> store.put("old/tag", bytes("x"), "text/plain", Condition.ifMatch(old.etag())))
        .isInstanceOf(io.headwater.store.ConflictException.class);
    var now = store.get("old/tag").orElseThrow();
    assertThat(now.text()).isEqualTo("sha256:abc");
    assertThat(now.mediaType()).isEqualTo("text/plain");
  }

  /** Bytes that somebody is told are kept are: an upload is not removed while it is written to. */
  @Test
  void uploadThatIsWrittenToIsNotAbandoned() throws IOException {
    var store = store();
    var id = store.beginUpload();
    try (var writer = store.upload(id).orElseThrow().append()) {
      var later = java.time.Instant.now().plusSeconds(60);
      assertThat(store().removeAbandoned(later)).isZero();
      writer.write(java.nio.ByteBuffer.wrap(bytes("content")));
    }
    assertThat(store.upload(id).orElseThrow().sizeBytes()).isEqualTo(7);
    assertThat(store.removeAbandoned(java.time.Instant.now().plusSeconds(60))).isEqualTo(1);
  }

  /**
   * A writer that was killed leaves files in staging: the next store of the folder removes old
   * ones.
   */
  @Test
  void leftoversOfKilledWritersAreRemoved() throws IOException {
    store();
    var leftover = Files.write(folder.resolve("staging/killed"), new byte[10]);
    Files.setLastModifiedTime(
        leftover,
        java.nio.file.attribute.FileTime.from(
            java.time.Instant.now().minus(java.time.Duration.ofDays(2))));
    var young = Files.write(folder.resolve("staging/alive"), new byte[10]);
    store();
    assertThat(leftover).doesNotExist();
    assertThat(young).exists();
  }

  /** Fills a disk to the last byte. */
  private static void fill(Path place) throws IOException {
    for (int size = 1 << 20, number = 0; size > 0; number++) {
      var file = place.resolve("filling-" + number);
      try {
        Files.write(file, new byte[size]);
      } catch (IOException e) {
        Files.deleteIfExists(file);
        size /= 2;
      }
    }
  }

  /** Deleting writes down what is deleted; who logs in first makes a key: on a full disk too. */
  @Tag("tools")
  @Test
  void documentsAreWrittenAndRemovedOnFullDiskAndContentIsNot(@TempDir Path place)
      throws Exception {
    Command.succeed("mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", place);
    try {
      var store = FileStore.open(place.resolve("store"));
      var content = new byte[2 << 20];
      Digest digest;
      try (var stage = store.stage(0)) {
        stage.body().write(content);
        digest = stage.seal(new byte[0], Optional.empty()).digest();
      }
      var upload = store.beginUpload();
      store.put("tags/a", bytes("x"), "text/plain", Condition.ALWAYS);
      fill(place);
      for (int i = 0; i < 20; i++) {
        store.put("deleted/" + i, new byte[4096], "text/plain", Condition.ALWAYS);
      }
      store.put("keys/signing", bytes("key"), "text/plain", Condition.IF_ABSENT);
      store.delete("tags/a", Condition.ALWAYS);
      assertThat(store.get("deleted/19")).isPresent();
      // What was given up for documents is not taken by content.
      assertThatThrownBy(() -> store.stage(0))
          .isInstanceOf(StoreException.class)
          .hasMessageContaining("is full; delete images and collect garbage");
      assertThatThrownBy(() -> store.upload(upload).orElseThrow().append())
          .isInstanceOf(StoreException.class)
          .hasMessageContaining("is full");
      assertThat(store.deleteBlob(store.state(digest).orElseThrow())).isTrue();
      try (var stage = store.stage(0)) {
        stage.body().write(new byte[1 << 20]);
        stage.seal(new byte[0], Optional.empty());
      }
      store.close();
    } finally {
      Command.succeed("umount", place);
    }
  }

  @Tag("tools")
  @Test
  void fullDiskIsReportedAndLeavesNothing(@TempDir Path place) throws Exception {
    Command.succeed("mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", place);
    try {
      var store = FileStore.open(place.resolve("store"));
      assertThatThrownBy(
              () -> {
                try (var stage = store.stage(0)) {
                  stage.body().write(new byte[5 << 20]);
                  stage.seal(new byte[0], Optional.empty());
                }
              })
          .isInstanceOf(StoreException.class)
          .hasMessageContaining("No space left")
          .satisfies(e -> assertThat(((StoreException) e).isRetryable()).isTrue());
      try (var files = Files.list(place.resolve("store/staging"))) {
        assertThat(files).isEmpty();
      }
      // There is room again for what fits.
      try (var stage = store.stage(0)) {
        stage.body().write(new byte[1 << 20]);
        assertThat(stage.seal(new byte[0], Optional.empty()).size()).isEqualTo(1 << 20);
      }
      store.close();
    } finally {
      Command.succeed("umount", place);
    }
  }
}
