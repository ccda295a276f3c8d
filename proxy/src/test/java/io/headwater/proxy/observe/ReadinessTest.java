package io.headwater.proxy.observe;

import static org.assertj.core.api.Assertions.assertThat;

import io.headwater.loop.Loop;
import io.headwater.proxy.Login;
import io.headwater.proxy.RunningProxy;
import io.headwater.store.ContentStore;
import io.headwater.store.Meanwhile;
import io.headwater.store.StoreException;
import io.headwater.store.azure.AzureStore;
import io.headwater.store.file.FileStore;
import io.headwater.tool.Azurite;
import io.headwater.tool.Command;
import io.headwater.tool.FaultyProxy;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code /readyz} says. */
class ReadinessTest {
  @TempDir private Path folder = Path.of("");

  private ContentStore store() throws IOException {
    return FileStore.open(folder.resolve("store"));
  }

  private RunningProxy proxy(ContentStore store) throws Exception {
    return new RunningProxy(store, Login.options(folder));
  }

  private static String text(HttpResponse<byte[]> response) {
    return response.statusCode() + " " + new String(response.body(), StandardCharsets.UTF_8);
  }

  private static ContentStore failing(ContentStore store, AtomicInteger asked, String reason) {
    return Meanwhile.beforeEachPut(
        store,
        StoreProbe.DOCUMENT::equals,
        text -> true,
        () -> {
          asked.incrementAndGet();
          var cause = new FileSystemException("/secret", null, reason);
          throw new StoreException("document cannot be written in /secret", true, cause);
        });
  }

  /** Only an Error that cannot even be noted ends a loop. */
  private static final class Unspeakable extends IOException {
    @Override
    public String getMessage() {
      throw new OutOfMemoryError("made up by a test");
    }
  }

  @Test
  void saysWhichLoopHasEnded() throws Exception {
    try (var store = store();
        var proxy = proxy(store)) {
      assertThat(text(proxy.get("/readyz"))).isEqualTo("200 ready");
      var loop =
          proxy
              .loops()
              .add(
                  Loop.start(
                      "uploads",
                      () -> {
                        throw new Unspeakable();
                      }));
      while (!loop.hasEnded()) {
        Thread.sleep(5);
      }
      assertThat(text(proxy.get("/readyz")))
          .isEqualTo("503 the loop 'uploads' has ended; the log says why");
      assertThat(text(proxy.getStreaming("/readyz"))).isEqualTo("200 ready");
    }
  }

  @Test
  void saysThatTheStoreIsFullOrReadOnlyWhileNodesReadOn() throws Exception {
    var asked = new AtomicInteger();
    try (var store = store();
        var full = proxy(failing(store, asked, "No space left on device"));
        var fixed = proxy(failing(store, asked, "Read-only file system"));
        var other = proxy(failing(store, asked, "Input/output error"))) {
      assertThat(text(full.get("/readyz"))).isEqualTo("503 the store is full");
      assertThat(text(fixed.get("/readyz"))).isEqualTo("503 the store is read-only");
      assertThat(text(other.get("/readyz")))
          .isEqualTo("503 the store takes no writes; the log says why");
      assertThat(text(full.getStreaming("/readyz"))).isEqualTo("200 ready");
      assertThat(asked.get()).isEqualTo(3);
    }
  }

  @Test
  void writesOnceHoweverManyAsk() throws Exception {
    var asked = new AtomicInteger();
    try (var store = store();
        var proxy = proxy(failing(store, asked, "No space left on device"));
        var callers = Executors.newVirtualThreadPerTaskExecutor()) {
      var answers = new ArrayList<Future<HttpResponse<byte[]>>>();
      for (int i = 0; i < 50; i++) {
        answers.add(callers.submit(() -> proxy.get("/readyz")));
      }
      for (var answer : answers) {
        assertThat(answer.get().statusCode()).isEqualTo(503);
      }
      assertThat(text(proxy.get("/readyz"))).isEqualTo("503 the store is full");
    }
    assertThat(asked.get()).isEqualTo(1);
  }

  /** Reactor would let whoever asks wait for ever. */
  @Test
  void requestThatEndsInAnErrorIsAnswered() throws Exception {
    try (var store = store()) {
      var breaking =
          Meanwhile.afterGet(
              store,
              name -> name.contains("_tags/v1"),
              () -> {
                throw new StackOverflowError();
              });
      try (var proxy = proxy(breaking)) {
        var answer = proxy.get("/v2/team/app/manifests/v1");
        assertThat(text(answer)).startsWith("500 ").doesNotContain("StackOverflow");
      }
    }
  }

  @Test
  @Tag("tools")
  void diskThatIsFullIsSaid() throws Exception {
    var disk = Files.createDirectory(folder.resolve("disk"));
    Command.succeed("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", disk.toString());
    try (var store = FileStore.open(disk.resolve("store"));
        var proxy = proxy(store)) {
      try (var filler = Files.newOutputStream(disk.resolve("filler"))) {
        while (true) {
          filler.write(new byte[4096]);
        }
      } catch (IOException e) {
        assertThat(text(proxy.get("/readyz"))).isEqualTo("503 the store is full");
      }
    } finally {
      Command.succeed("umount", "-l", disk.toString());
    }
  }

  @Test
  @Tag("tools")
  void accountThatTakesNoWritesIsSaid() throws Exception {
    var container = "ready" + Long.toHexString(System.nanoTime());
    AzureStore.open(Azurite.start().connectionString(), container).close();
    var takesNoWrites = new AtomicBoolean();
    try (var faulty =
            new FaultyProxy(
                Azurite.start().blobPort(),
                (method, uri) -> takesNoWrites.get() && method.equals("PUT") ? 403 : 0);
        var store = AzureStore.open(Azurite.start().connectionString(faulty.port()), container);
        var proxy = proxy(store)) {
      takesNoWrites.set(true);
      assertThat(text(proxy.get("/readyz")))
          .isEqualTo("503 the store takes no writes; the log says why");
      assertThat(text(proxy.getStreaming("/readyz"))).isEqualTo("200 ready");
    }
  }
}
