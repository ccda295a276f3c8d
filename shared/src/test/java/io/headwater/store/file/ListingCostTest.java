package io.headwater.store.file;

import static org.assertj.core.api.Assertions.assertThat;

import io.headwater.oci.Digest;
import io.headwater.store.ContentStore;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a page of a listing costs in a folder: entries read and files asked about, not time. */
class ListingCostTest {
  private static final int TAGS = 20_000;
  private static final int PAGE = 1000;

  private Path folder = Path.of("");
  private RecordedDisk disk = new RecordedDisk(new Journal(folder));

  @BeforeEach
  void open(@TempDir Path temporary) {
    folder = temporary.resolve("store");
    disk = new RecordedDisk(new Journal(folder));
  }

  private ContentStore store() throws IOException {
    return FileStore.open(disk.root(folder));
  }

  private void writeTags() throws IOException {
    var tags = Files.createDirectories(folder.resolve("tags"));
    for (int i = 0; i < TAGS; i++) {
      Files.createFile(tags.resolve("v%06d".formatted(i)));
    }
    settle(tags);
  }

  /** As if nobody had written there for a minute. */
  private static void settle(Path tags) throws IOException {
    Files.setLastModifiedTime(tags, FileTime.from(Instant.now().minus(Duration.ofMinutes(1))));
  }

  private static List<String> all(ContentStore store) throws IOException {
    var names = new ArrayList<String>();
    for (var page = store.list("tags/", "", PAGE); !page.isEmpty(); ) {
      names.addAll(page);
      page = store.list("tags/", names.getLast(), PAGE);
    }
    return names;
  }

  @Test
  void pagesOfLargeFolderDoNotReadItEachTime() throws IOException {
    writeTags();
    var store = store();
    disk.entriesRead();
    assertThat(all(store)).hasSize(TAGS).isSorted().doesNotHaveDuplicates();
    // Of 21 pages, 3 have read the folder: each reading wants eight times what the last one did.
    assertThat(disk.entriesRead()).isEqualTo(3 * TAGS);
    assertThat(all(store)).hasSize(TAGS);
    assertThat(disk.entriesRead()).isEqualTo(TAGS);
    assertThat(store.list("tags/", "tags/v010000", PAGE).getFirst()).isEqualTo("tags/v010001");
    assertThat(disk.entriesRead()).isZero();
  }

  @Test
  void whatIsWrittenByAnotherProcessIsListedAtOnce() throws IOException {
    writeTags();
    var store = store();
    assertThat(all(store)).hasSize(TAGS);
    assertThat(all(store)).hasSize(TAGS);
    Files.writeString(folder.resolve("tags/v015000a"), "text/plain\nx");
    assertThat(store.list("tags/", "tags/v015000", 1)).containsExactly("tags/v015000a");
    settle(folder.resolve("tags"));
    assertThat(all(store)).hasSize(TAGS + 1);
    Files.delete(folder.resolve("tags/v015000a"));
    assertThat(store.list("tags/", "tags/v015000", 1)).containsExactly("tags/v015001");
  }

  /** Going over all reads the folder few times, though it is written to all the while. */
  @Test
  void goingOverLargeFolderThatIsWrittenToReadsItFewTimes() throws IOException {
    writeTags();
    var store = store();
    disk.entriesRead();
    var met = 0;
    for (var names = store.names("tags/"); names.hasNext(); met++) {
      names.next();
      if (met % 1000 == 0) {
        Files.writeString(folder.resolve("tags/a" + met), "text/plain\nx");
      }
    }
    assertThat(met).isBetween(TAGS, TAGS + 21);
    assertThat(disk.entriesRead()).isBetween(3L * TAGS, 3L * TAGS + 100);
  }

  @Test
  void pageOfBlobsReadsTheFoldersThatItShows() throws IOException {
    for (int i = 0; i < 2000; i++) {
      var hex = Digest.of(("blob " + i).getBytes(StandardCharsets.UTF_8)).hex();
      var shard = folder.resolve("blobs/sha256/" + hex.substring(0, 2));
      Files.createDirectories(shard);
      Files.createFile(shard.resolve(hex));
    }
    var store = store();
    var last = Optional.<Digest>empty();
    disk.entriesRead();
    for (int i = 0; i < 20; i++) {
      var page = store.blobs(last, 100);
      assertThat(page).hasSize(100);
      last = Optional.of(page.getLast().digest());
      // 256 folders, and of those the blobs in about 13.
      assertThat(disk.entriesRead()).isLessThan(1 + 256 + 200);
    }
    assertThat(store.blobs(last, 100)).isEmpty();
  }
}
