package io.headwater.proxy.importer;

import static org.assertj.core.api.Assertions.assertThat;

import io.headwater.convert.ConversionOptions;
import io.headwater.oci.RepositoryName;
import io.headwater.oci.Tag;
import io.headwater.operation.Conversions;
import io.headwater.registry.Registry;
import io.headwater.sample.Layer;
import io.headwater.sample.OddDocuments;
import io.headwater.sample.OddDocuments.Odd;
import io.headwater.sample.Tar;
import io.headwater.source.Unpacking;
import io.headwater.store.file.FileStore;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OddUploadsTest {
  private static final Layer LAYER = Layer.plain(new Tar().file("etc/motd", "hello"));
  private static final int EVERY = 9;
  private static final int PATIENCE = 2400;

  @TempDir private Path folder = Path.of("");

  private void put(String name, byte[] items) throws Exception {
    var config =
        "{\"os\":\"linux\",\"architecture\":\"amd64\",\"rootfs\":{\"diff_ids\":[\""
            + LAYER.diffId()
            + "\"]}}";
    var archive =
        new Tar()
            .file("config.json", config.getBytes(StandardCharsets.UTF_8))
            .file("layer.tar", LAYER.blob())
            .file("manifest.json", items)
            .build();
    Files.createDirectories(folder.resolve("uploads/team/app"));
    Files.write(folder.resolve("uploads/team/app").resolve(name + ".tar"), archive);
  }

  /** Files are taken in the order of their names: the right one is the last. */
  @Test
  void oddArchivesKeepNobodyElsesFromBeingImported() throws Exception {
    var right =
        "[{\"Config\":\"config.json\",\"RepoTags\":[\"app:1\"],\"Layers\":[\"layer.tar\"]}]"
            .getBytes(StandardCharsets.UTF_8);
    var odd = new ArrayList<Odd>();
    odd.add(new Odd("[null]", "[null]".getBytes(StandardCharsets.UTF_8)));
    var all = OddDocuments.of(right);
    for (int i = 0; i < all.size(); i += EVERY) {
      odd.add(all.get(i));
    }
    for (int i = 0; i < odd.size(); i++) {
      put("a" + (100 + i), odd.get(i).bytes());
    }
    put("z", right);
    try (var store = FileStore.open(folder.resolve("store"))) {
      var registry = new Registry(store);
      var repository = registry.repository(new RepositoryName("team/app"));
      try (var conversions = new Conversions(registry, ConversionOptions.DEFAULT, 1);
          var uploads =
              new UploadFolder(
                  folder.resolve("uploads"),
                  registry,
                  conversions,
                  "localhost",
                  Unpacking.ofSystem())) {
        uploads.start();
        for (int i = 0; i < PATIENCE && store.get("uploads/team/app/z.tar").isEmpty(); i++) {
          Thread.sleep(50);
        }
      }
      assertThat(repository.tag(new Tag("z"))).isPresent();
      for (int i = 0; i < odd.size(); i++) {
        assertThat(store.get("uploads/team/app/a" + (100 + i) + ".tar"))
            .as(odd.get(i).what())
            .isPresent();
        // Refused for what is odd about it, and not since it broke the importer.
        var error = folder.resolve("uploads/team/app/a" + (100 + i) + ".tar.error");
        if (Files.exists(error)) {
          assertThat(Files.readString(error))
              .as(odd.get(i).what())
              .doesNotContain("a fault in Headwater itself");
        }
      }
    }
  }
}
