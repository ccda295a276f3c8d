package io.headwater.store.file;

import static org.assertj.core.api.Assertions.assertThat;

import io.headwater.store.Condition;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A conversion that is canceled interrupts its threads, wherever they are: the store must not mind.
 */
class InterruptedWriterTest {
  @Test
  void interruptedWriterDoesNotSpoilTheStoreForOthers(@TempDir Path folder) throws Exception {
    try (var store = FileStore.open(folder)) {
      for (int i = 0; i < 200; i++) {
        var name = "document-" + i;
        var writer =
            Thread.ofVirtual()
                .start(
                    () -> {
                      Thread.currentThread().interrupt();
                      try {
                        store.put(name, new byte[10], "text/plain", Condition.ALWAYS);
                      } catch (java.io.IOException e) {
                        assertThat(e.getMessage()).isNotBlank();
                      }
                    });
        writer.join();
        store.put(name, new byte[20], "text/plain", Condition.ALWAYS);
        assertThat(store.get(name).orElseThrow().content()).hasSize(20);
      }
    }
  }
}
