package io.headwater.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.headwater.store.ContentStore;
import io.headwater.store.azure.AzureStore;
import io.headwater.store.file.FileStore;
import io.headwater.tool.Azurite;
import io.headwater.tool.GoTools;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The conformance suite of the OCI distribution specification against both stores, with all that it
 * tests but sparse images: a manifest whose blobs are missing is refused here.
 */
@Tag("tools")
class ConformanceTest {
  private static final Pattern RESULT = Pattern.compile("(?m)^  ([A-Za-z]+)\\.+: +(\\d+)$");

  @TempDir private Path folder = Path.of("");

  @Test
  void folderStoreConforms() throws Exception {
    check(FileStore.open(folder.resolve("store")));
  }

  @Test
  void azureStoreConforms() throws Exception {
    check(
        AzureStore.open(
            Azurite.start().connectionString(), "conf" + Long.toHexString(System.nanoTime())));
  }

  private void check(ContentStore store) throws Exception {
    try (store;
        var proxy = new RunningProxy(store, Login.options(folder))) {
      var builder = new ProcessBuilder(GoTools.find("conformance").toString());
      builder
          .environment()
          .putAll(
              Map.ofEntries(
                  Map.entry("OCI_REGISTRY", "127.0.0.1:" + proxy.port()),
                  Map.entry("OCI_TLS", "disabled"),
                  Map.entry("OCI_USERNAME", Login.USER),
                  Map.entry("OCI_PASSWORD", Login.PASSWORD),
                  Map.entry("OCI_VERSION", "1.1"),
                  Map.entry("OCI_API_BLOBS_DIGEST_HEADER", "true"),
                  Map.entry("OCI_API_BLOBS_UPLOAD_CANCEL", "true"),
                  Map.entry("OCI_API_MANIFESTS_DIGEST_HEADER", "true"),
                  Map.entry("OCI_API_MANIFESTS_TAG_PARAM", "true"),
                  Map.entry("OCI_RESULTS_DIR", folder.resolve("results").toString())));
      var output = folder.resolve("output");
      var process = builder.redirectErrorStream(true).redirectOutput(output.toFile()).start();
      var exit = process.waitFor();
      var text = Files.readString(output, StandardCharsets.UTF_8);
      var summary = text.substring(Math.max(0, text.indexOf("OCI Conformance Result")));
      assertThat(exit).as(summary).isZero();
      assertThat(count("FAIL", text)).as(summary).isZero();
      assertThat(count("Error", text)).as(summary).isZero();
      assertThat(count("Skip", text)).as(summary).isZero();
      assertThat(count("Pass", text)).as(summary).isGreaterThan(900);
    }
  }

  private static int count(String result, String text) {
    var matcher = RESULT.matcher(text);
    while (matcher.find()) {
      if (matcher.group(1).equals(result)) {
        return Integer.parseInt(matcher.group(2));
      }
    }
    throw new AssertionError("the suite does not say how many are " + result + ":\n" + text);
  }
}
