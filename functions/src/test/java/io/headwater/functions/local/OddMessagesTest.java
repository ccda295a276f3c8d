package io.headwater.functions.local;

import static io.headwater.functions.local.FunctionsWorld.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.headwater.oci.Digest;
import io.headwater.sample.OddDocuments;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Odd events, messages and import documents: each is dealt with once, and says what was wrong. */
@Tag("tools")
@SuppressWarnings("NullAway.Init")
class OddMessagesTest {
  private static final String FAULT = "headwater\\.|java\\.|jackson|Exception|the log says why";
  private static final Digest DIGEST = Digest.of(new byte[1]);

  @TempDir private Path folder = Path.of("");
  private FunctionsWorld world;

  @BeforeEach
  void start() throws Exception {
    world = new FunctionsWorld();
  }

  @AfterEach
  void stop() {
    world.close();
  }

  private static List<byte[]> odd(String right, int every) {
    var all = OddDocuments.of(right.getBytes(StandardCharsets.UTF_8));
    return java.util.stream.IntStream.range(0, all.size())
        .filter(i -> i % every == 0)
        .mapToObj(i -> all.get(i).bytes())
        .toList();
  }

  @Test
  void everyOddEventIsTakenOrRefusedByWebhookAndEventGrid() throws Exception {
    var host = world.host();
    var acr =
        "{\"eventType\":\"Microsoft.ContainerRegistry.ImagePushed\",\"data\":{\"target\":{\"repository\":\"a\",\"digest\":\"%s\"},\"request\":{\"host\":\"h\"}}}"
            .formatted(DIGEST);
    var distribution =
        "{\"events\":[{\"action\":\"push\",\"target\":{\"mediaType\":\"x.manifest\",\"repository\":\"a\",\"digest\":\"%s\"},\"request\":{\"host\":\"h\"}}]}"
            .formatted(DIGEST);
    var harbor =
        "{\"type\":\"PUSH_ARTIFACT\",\"event_data\":{\"resources\":[{\"digest\":\"%s\",\"resource_url\":\"h/a:1\"}],\"repository\":{\"repo_full_name\":\"a\"}}}"
            .formatted(DIGEST);
    var validation =
        "[{\"eventType\":\"Microsoft.EventGrid.SubscriptionValidationEvent\",\"data\":{\"validationCode\":\"1\"}}]";
    // A registry shows its administrator what is refused; what is taken, nobody looks at again.
    assertThat(world.post(host, "/hooks/registry", "{}").statusCode()).isEqualTo(400);
    for (var right : List.of(acr, distribution, harbor, validation)) {
      for (var bytes : odd(right, 3)) {
        var text = new String(bytes, StandardCharsets.UTF_8);
        for (var path : List.of("/hooks/registry", "/runtime/webhooks/EventGrid")) {
          var response = world.post(host, path, text);
          assertThat(response.statusCode())
              .as("%s %s: %s", path, text, response.body())
              .matches(status -> status / 100 == 2 || status / 100 == 4);
          assertThat(response.body()).as(text).doesNotContainPattern(FAULT);
        }
      }
    }
  }

  /** A message that is none goes to the poison queue at once, and is not delivered five times. */
  @Test
  void everyOddMessageIsPoisonOrWorkedOn() throws Exception {
    var right =
        "{\"repository\":\"team/app\",\"digest\":\"%s\",\"operation\":\"none\"}".formatted(DIGEST);
    world.host();
    var sent = 0;
    for (var bytes : odd(right, 4)) {
      var text = new String(bytes, StandardCharsets.UTF_8).replaceAll("\\p{Cntrl}|\\uFFFE", "");
      if (!text.isBlank() && text.startsWith("{")) {
        world.queue().send(text);
        sent++;
      }
    }
    assertThat(sent).isGreaterThan(5);
    until(() -> world.queue().size() == 0);
    for (var poison : world.poison().peek(32)) {
      assertThat(poison)
          .contains("\"reason\"")
          .contains("conversion request")
          .doesNotContainPattern(FAULT);
    }
  }

  @Test
  void everyOddImportDocumentIsRefusedInAFileBesideIt() throws Exception {
    world.host();
    var right = "{\"source\":\"registry.example.com/a:1\",\"platforms\":[\"linux/amd64\"]}";
    var documents = odd(right, 9);
    for (int i = 0; i < documents.size(); i++) {
      var file = Files.write(folder.resolve("document"), documents.get(i));
      world.upload("team/app/v" + i + ".import.json", file);
    }
    for (int i = 0; i < documents.size(); i++) {
      var name = "team/app/v" + i + ".import.json.error";
      var error = until(() -> world.uploads().find(name).orElse(null));
      try (var content = world.uploads().open(error)) {
        var bytes = content.read(0, (int) error.sizeBytes()).array();
        assertThat(new String(bytes, StandardCharsets.UTF_8))
            .contains("is not imported")
            .doesNotContainPattern(FAULT);
      }
    }
  }
}
