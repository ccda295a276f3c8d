package io.headwater.proxy.importer;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.github.luben.zstd.Zstd;
import io.headwater.convert.ConversionOptions;
import io.headwater.oci.RepositoryName;
import io.headwater.oci.Tag;
import io.headwater.operation.Conversions;
import io.headwater.registry.Registry;
import io.headwater.sample.Images;
import io.headwater.sample.Layer;
import io.headwater.sample.Tar;
import io.headwater.source.Unpacking;
import io.headwater.store.file.FileStore;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

@SuppressWarnings("NullAway.Init")
class UploadFolderTest {
  private static final RepositoryName NAME = new RepositoryName("team/app");

  @TempDir private Path folder = Path.of("");
  private final Logger logger = (Logger) LoggerFactory.getLogger(UploadFolder.class);
  private final ListAppender<ILoggingEvent> log = new ListAppender<>();
  private Registry registry;
  private Conversions conversions;
  private UploadFolder uploads;
  private Path put;

  @BeforeEach
  void start() throws IOException {
    log.start();
    logger.addAppender(log);
    registry = new Registry(FileStore.open(folder.resolve("store")));
    conversions = new Conversions(registry, ConversionOptions.DEFAULT, 1);
    put = Files.createDirectories(folder.resolve("uploads/team/app"));
    uploads =
        new UploadFolder(
            folder.resolve("uploads"),
            registry,
            conversions,
            "localhost:1",
            new Unpacking(folder.resolve("tmp"), 1 << 20));
  }

  @AfterEach
  void stop() {
    uploads.close();
    conversions.close();
    logger.detachAppender(log);
  }

  private static void until(Callable<Boolean> holds) throws Exception {
    for (var left = Duration.ofSeconds(60); !holds.call(); left = left.minusMillis(50)) {
      assertThat(left).isPositive();
      Thread.sleep(50);
    }
  }

  private byte[] archive() throws IOException {
    var layer = Layer.gzip(new Tar().file("etc/motd", "hello"));
    return Images.archive(Images.layout(folder.resolve("in"), layer));
  }

  private boolean hasTag(String tag) throws IOException {
    return registry.repository(NAME).tag(new Tag(tag)).isPresent();
  }

  private String error(String name) throws IOException {
    return Files.readString(put.resolve(name + ".error"));
  }

  private List<String> lines() {
    return List.copyOf(log.list).stream().map(ILoggingEvent::getFormattedMessage).toList();
  }

  @Test
  void archivesOfEveryEndingAreImportedByTheirContent() throws Exception {
    var tar = archive();
    var gzip = Layer.gzip(tar);
    var zstd = Zstd.compress(tar);
    var files =
        Map.of(
            "a.tar", tar,
            "b.tar.gz", gzip,
            "c.tgz", gzip,
            "d.tar.zst", zstd,
            "e.tzst", zstd,
            "f.TAR.GZ", gzip,
            "g.tar", gzip,
            "h.tgz", tar);
    for (var file : files.entrySet()) {
      Files.write(put.resolve(file.getKey()), file.getValue());
    }
    uploads.start();
    for (var name : files.keySet()) {
      until(() -> hasTag(name.substring(0, 1)));
    }
    try (var left = Files.list(folder.resolve("tmp"))) {
      assertThat(left).isEmpty();
    }
  }

  @Test
  void whatCannotBeImportedIsSaidInTheLogAndInAFileBesideIt() throws Exception {
    Files.writeString(put.resolve("v1.zip"), "x");
    Files.writeString(put.resolve("README"), "x");
    Files.writeString(put.resolve("v2.import.json"), "{}");
    Files.write(put.resolve("v3.tar.xz"), "\u00fd7zXZ\0...".getBytes(StandardCharsets.ISO_8859_1));
    Files.write(put.resolve("v4.tgz"), Layer.gzip(new Tar().file("z", new byte[2 << 20]).build()));
    Files.writeString(put.resolve(".v5.tar.Xyz"), "being copied");
    uploads.start();
    until(() -> Files.exists(put.resolve("v4.tgz.error")));
    assertThat(error("v1.zip"))
        .isEqualTo(
            "'team/app/v1.zip' is not imported: archives end in .tar, .tar.gz, .tgz, .tar.zst or .tzst, import documents in .import.json\n");
    assertThat(error("README")).contains("archives end in");
    assertThat(error("v2.import.json")).contains("run: headwater import SOURCE TARGET");
    assertThat(error("v3.tar.xz")).contains("compressed with xz").contains("gzip or zstd");
    assertThat(error("v4.tgz")).contains("more than 1048576 bytes (max-archive-size)");
    for (var name : List.of("v1.zip", "README", "v2.import.json", "v3.tar.xz", "v4.tgz")) {
      assertThat(lines()).contains(error(name).strip());
    }
    assertThat(put.resolve(".v5.tar.Xyz.error")).doesNotExist();
    assertThat(put.resolve("v1.zip.error.error")).doesNotExist();
  }

  @Test
  void refusalGoesAwayWhenARightOneIsPutInThePlace() throws Exception {
    Files.writeString(put.resolve("v1.tar"), "this is no tar");
    uploads.start();
    until(() -> Files.exists(put.resolve("v1.tar.error")));
    Files.write(put.resolve("v1.tar"), archive());
    until(() -> hasTag("v1"));
    until(() -> !Files.exists(put.resolve("v1.tar.error")));
  }
}
