package io.headwater.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.headwater.convert.ConversionOptions;
import io.headwater.oci.Platform;
import io.headwater.operation.Conversions;
import io.headwater.proxy.auth.AccessOptions;
import io.headwater.proxy.observe.ProxyMetrics;
import io.headwater.proxy.observe.Tracing;
import io.headwater.registry.Registry;
import io.headwater.store.file.FileStore;
import io.headwater.tool.Command;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** TLS with certificates that openssl makes, as curl sees it. */
@Tag("tools")
class TlsTest {
  @TempDir private Path folder = Path.of("");

  private void certificate(String name, int secondsAhead) throws IOException, InterruptedException {
    var key = folder.resolve("key.pem");
    var certificate = folder.resolve("cert.pem");
    Command.succeed(
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=" + name,
        "-addext",
        "subjectAltName=DNS:localhost",
        "-keyout",
        key,
        "-out",
        certificate);
    var time = FileTime.from(Instant.now().plusSeconds(secondsAhead));
    Files.setLastModifiedTime(certificate, time);
  }

  private String subject(int port) throws IOException, InterruptedException {
    return Command.run("curl", "-skv", "https://localhost:" + port + "/v2/")
        .output()
        .lines()
        .filter(line -> line.contains("subject:") || line.contains("HTTP/1.1"))
        .reduce("", (one, other) -> one + other);
  }

  @Test
  void certificateIsReplacedWhileTheServerRuns() throws Exception {
    certificate("first", 0);
    var base = ProxyOptions.onFreePorts(Platform.of("linux", "amd64"), AccessOptions.DEFAULT);
    var options =
        new ProxyOptions(
            base.address(),
            0,
            0,
            base.platform(),
            base.access(),
            Optional.of(new TlsFiles(folder.resolve("cert.pem"), folder.resolve("key.pem"))),
            base.stall(),
            Duration.ofSeconds(1),
            base.storageThresholdBytes(),
            base.maxBlobBytes(),
            base.cache(),
            base.limits());
    var registry = new Registry(FileStore.open(folder.resolve("store")));
    try (var conversions = new Conversions(registry, ConversionOptions.DEFAULT, 1);
        var server =
            new ProxyServer(
                registry,
                conversions,
                (repository, manifest) -> {},
                options,
                new ProxyMetrics(),
                Tracing.off())) {
      assertThat(subject(server.port())).contains("CN=first", "200");
      certificate("second", 5);
      for (int i = 0; i < 100 && !subject(server.port()).contains("CN=second"); i++) {
        Thread.sleep(200);
      }
      assertThat(subject(server.port())).contains("CN=second", "200");
      Files.writeString(folder.resolve("cert.pem"), "nonsense");
      Thread.sleep(2500);
      assertThat(subject(server.port())).contains("CN=second", "200");
    }
  }
}
