package io.headwater.proxy.v2;

import static org.assertj.core.api.Assertions.assertThat;

import io.headwater.oci.Digest;
import io.headwater.proxy.Login;
import io.headwater.proxy.RunningProxy;
import io.headwater.store.azure.AzureStore;
import io.headwater.tool.Azurite;
import io.headwater.tool.FaultyProxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a client sees of a storage account that fails for a while. */
@Tag("tools")
class StoreFaultsTest {
  private static final byte[] CONTENT = "content".getBytes(StandardCharsets.UTF_8);

  @TempDir private Path folder = Path.of("");

  @Test
  void busyAccountIsSaidWithRetryAfterAndTheUploadGoesOn() throws Exception {
    var isBusy = new AtomicBoolean();
    var container = "faults" + Long.toHexString(System.nanoTime());
    AzureStore.open(Azurite.start().connectionString(), container).close();
    try (var faulty =
            new FaultyProxy(Azurite.start().blobPort(), (method, uri) -> isBusy.get() ? 503 : 0);
        var store = AzureStore.open(Azurite.start().connectionString(faulty.port()), container);
        var proxy = new RunningProxy(store, Login.options(folder))) {
      var begun = proxy.send("POST", "/v2/a/blobs/uploads/", "Authorization", Login.header());
      var location = begun.headers().firstValue("Location").orElse("");
      var end = location + "?digest=" + Digest.of(CONTENT);
      isBusy.set(true);
      var refused = proxy.send("PUT", end, CONTENT, "Authorization", Login.header());
      assertThat(refused.statusCode()).isEqualTo(503);
      assertThat(refused.headers().firstValue("Retry-After")).isPresent();
      assertThat(new String(refused.body(), StandardCharsets.UTF_8)).doesNotContain("Exception");
      assertThat(proxy.get("/readyz").statusCode()).isEqualTo(503);
      assertThat(proxy.get("/healthz").statusCode()).isEqualTo(200);
      isBusy.set(false);
      assertThat(proxy.get("/readyz").statusCode()).isEqualTo(200);
      var status = proxy.send("GET", location, "Authorization", Login.header());
      assertThat(status.statusCode()).isEqualTo(204);
      var done = proxy.send("PUT", end, CONTENT, "Authorization", Login.header());
      assertThat(done.statusCode()).isEqualTo(201);
      assertThat(proxy.get("/v2/a/blobs/" + Digest.of(CONTENT)).body()).isEqualTo(CONTENT);
    }
  }
}
