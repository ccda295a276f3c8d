package io.headwater.proxy.cli;

import io.headwater.oci.Json;
import java.io.IOException;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/** Verbs for what is stored and what was deleted. */
final class StorageCommands {
  private StorageCommands() {}

  private static String bytes(JsonNode use, String field) {
    return ByteSize.print(use.path(field).asLong());
  }

  /** {@code headwater storage}. */
  @Command(
      name = "storage",
      description = "Shows how much of a registry's storage is what.",
      mixinStandardHelpOptions = true)
  static final class Storage implements Callable<Integer> {
    @Parameters(paramLabel = "HOST", description = "HOST[:PORT]")
    private String host = "";

    @Override
    public Integer call() throws IOException {
      try (var management = Management.open(host + "/any")) {
        var report = management.getPath("/acr/v1/_storage");
        for (var repository : report.path("repositories")) {
          print(repository.path("repository").asString(""), repository.path("use"));
        }
        print("all together", report.path("total"));
        Line.print(
            "threshold %s: %s"
                .formatted(
                    bytes(report, "thresholdBytes"),
                    report.path("aboveThreshold").asBoolean() ? "EXCEEDED" : "kept"));
        return 0;
      }
    }

    private static void print(String name, JsonNode use) {
      Line.print(
          "%-40s originals %10s, streaming artifacts %10s, shared %10s"
              .formatted(
                  name, bytes(use, "originals"), bytes(use, "streaming"), bytes(use, "shared")));
    }
  }

  /** {@code headwater deleted}. */
  @Command(
      name = "deleted",
      description = "Lists the images of a repository that were deleted and can be restored.",
      mixinStandardHelpOptions = true)
  static final class Deleted implements Callable<Integer> {
    @Parameters(paramLabel = "REPOSITORY", description = "HOST[:PORT]/NAME")
    private String repository = "";

    @Override
    public Integer call() throws IOException {
      try (var management = Management.open(repository)) {
        var name = management.image().repository();
        for (var image :
            management.getPath("/acr/v1/_deleted/" + name + "/_manifests").path("manifests")) {
          Line.print(
              "%s deleted %s, tags %s"
                  .formatted(
                      image.path("digest").asString(""),
                      image.path("deletedAt").asString(""),
                      image.path("tags")));
        }
        return 0;
      }
    }
  }

  /** {@code headwater restore}. */
  @Command(
      name = "restore",
      description = "Restores a deleted image, with its tags and its streaming artifact.",
      mixinStandardHelpOptions = true)
  static final class Restore implements Callable<Integer> {
    @Parameters(paramLabel = "IMAGE", description = "HOST[:PORT]/NAME@DIGEST")
    private String image = "";

    @Option(names = "--tag", description = "only this one of its tags")
    private @Nullable String tag;

    @Option(names = "--force", description = "take tags from what they name now")
    private boolean force;

    @Override
    public Integer call() throws IOException {
      try (var management = Management.open(image)) {
        var name = management.image().repository();
        var body = Json.object();
        if (tag != null) {
          body.put("tag", tag);
        }
        var restored =
            management.postPath(
                "/acr/v1/_deleted/"
                    + name
                    + "/_manifests/"
                    + management.digest()
                    + "?force="
                    + force,
                body);
        Line.print(
            "restored %s, tags %s"
                .formatted(
                    restored.path("digest").asString(""), restored.path("tag").asString("")));
        return 0;
      }
    }
  }
}
