package io.headwater.proxy.v2;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headwater.oci.Digest;
import io.headwater.oci.RepositoryName;
import io.headwater.registry.ErrorCode;
import io.headwater.registry.Registry;
import io.headwater.registry.RegistryException;
import io.headwater.store.file.FileStore;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UploadSessionsTest {
  private static final RepositoryName NAME = new RepositoryName("team/app");
  private static final RepositoryName OTHER = new RepositoryName("team/other");

  @TempDir private Path folder = Path.of("");
  private FileStore store;
  private Registry registry;

  @BeforeEach
  void open() throws Exception {
    store = FileStore.open(folder);
    registry = new Registry(store);
  }

  @AfterEach
  void close() {
    store.close();
  }

  @Test
  void uploadBeyondTheBoundIsRefusedUntilAnotherHasEnded() throws Exception {
    var sessions = new UploadSessions(registry, 3);
    var uploads = registry.repository(NAME).uploads();
    var first = sessions.begin(NAME);
    var second = sessions.begin(NAME);
    sessions.begin(NAME);
    assertRefused(sessions);
    assertThat(uploads.open(9)).isEqualTo(3);
    assertThat(sessions.refused()).isEqualTo(1);

    sessions.begin(OTHER);
    uploads.cancel(first);
    sessions.begin(NAME);
    assertRefused(sessions);
    uploads.finish(second, Digest.of("sha256", new byte[0]));
    sessions.begin(NAME);
    assertRefused(sessions);
  }

  @Test
  void uploadsThatAnotherProcessBeganCount() throws Exception {
    new UploadSessions(registry, 3).begin(NAME);
    new UploadSessions(registry, 3).begin(NAME);
    var sessions = new UploadSessions(registry, 3);
    sessions.begin(NAME);
    assertRefused(sessions);
  }

  @Test
  void manyAtTheSameMomentBeginNoMoreThanTheBound() throws Exception {
    for (var round = 0; round < 20; round++) {
      var name = new RepositoryName("team/round" + round);
      var sessions = new UploadSessions(registry, 5);
      var results = new ArrayList<Future<String>>();
      var start = new CountDownLatch(1);
      try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
        for (var i = 0; i < 16; i++) {
          results.add(
              threads.submit(
                  () -> {
                    start.await();
                    return sessions.begin(name);
                  }));
        }
        start.countDown();
      }
      assertThat(results).filteredOn(r -> r.state() == Future.State.SUCCESS).hasSize(5);
      assertThat(registry.repository(name).uploads().open(99)).isEqualTo(5);
      assertThat(sessions.refused()).isEqualTo(11);
    }
  }

  private static void assertRefused(UploadSessions sessions) {
    assertThatThrownBy(() -> sessions.begin(NAME))
        .isInstanceOfSatisfying(
            RegistryException.class,
            refusal -> assertThat(refusal.code()).isEqualTo(ErrorCode.TOOMANYREQUESTS))
        .hasMessageContaining("repository 'team/app' has 3 uploads")
        .hasMessageContaining("max-upload-sessions");
  }
}
