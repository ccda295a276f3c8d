package io.headwater.proxy.cli;

import io.headwater.fault.FormatException;
import io.headwater.fault.Printable;
import io.headwater.oci.Digest;
import io.headwater.oci.MediaTypes;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/** The verbs that {@code az acr artifact-streaming} has, for any Headwater. */
final class StreamingCommands {
  private static final Duration POLL = Duration.ofSeconds(1);
  private static final Set<String> GOING_ON = Set.of("NotStarted", "Running");
  private static final String IMAGE_FORM = "HOST[:PORT]/NAME[:TAG][@DIGEST]";

  private StreamingCommands() {}

  private static void print(JsonNode operation) {
    var code = operation.path("code").asString("");
    Line.print(
        "%s %s %s %s%s"
            .formatted(
                operation.path("id").asString(""),
                operation.path("status").asString(""),
                operation.path("progress").asString(""),
                operation.path("details").asString(""),
                code.isEmpty() ? "" : " (" + code + ")"));
  }

  /** {@code headwater create}. */
  @Command(
      name = "create",
      description = "Has an image of a registry converted, and waits for its streaming artifact.",
      mixinStandardHelpOptions = true)
  static final class Create implements Callable<Integer> {
    @Parameters(paramLabel = "IMAGE", description = IMAGE_FORM)
    private String image = "";

    @Option(names = "--no-wait", description = "do not wait for the end")
    private boolean noWait;

    @Override
    public Integer call() throws IOException {
      try (var management = Management.open(image)) {
        var digest = management.digest();
        // Asked for in any case: an artifact that a client pushed is a referrer and is not served.
        // What was converted here before is only looked at again.
        var before = artifacts(management, digest);
        var operation = management.post("_streaming/" + digest, Management.format());
        var shown = "";
        while (!noWait && GOING_ON.contains(operation.path("status").asString(""))) {
          pause();
          operation = management.get("_operations/" + operation.path("id").asString(""));
          var progress = operation.path("progress").asString("");
          if (!progress.equals(shown)) {
            System.err.println(Printable.of(progress));
            shown = progress;
          }
        }
        var succeeded = operation.path("status").asString("").equals("Succeeded");
        if (succeeded && !before.isEmpty() && before.equals(artifacts(management, digest))) {
          System.out.println(image + " has a streaming artifact already");
        } else {
          print(operation);
        }
        return noWait || succeeded ? 0 : 1;
      }
    }

    private static JsonNode artifacts(Management management, Digest digest) throws IOException {
      return management.referrers(digest, MediaTypes.STREAMING_ARTIFACT).path("manifests");
    }

    private static void pause() throws InterruptedIOException {
      try {
        Thread.sleep(POLL);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new InterruptedIOException("waiting was interrupted");
      }
    }
  }

  /** {@code headwater update}. */
  @Command(
      name = "update",
      description = "Says whether what is pushed into a repository is converted.",
      mixinStandardHelpOptions = true)
  static final class Update implements Callable<Integer> {
    @Parameters(paramLabel = "REPOSITORY", description = "HOST[:PORT]/NAME")
    private String repository = "";

    @Option(names = "--enable-streaming", arity = "1", description = "true or false")
    private @Nullable Boolean enable;

    @Override
    public Integer call() throws IOException {
      try (var management = Management.open(repository)) {
        var settings =
            enable == null
                ? management.get("_streaming")
                : management.post(
                    "_streaming", Management.format().put("convertPushedImages", enable));
        Line.print(
            "%s %s: what is pushed is %sconverted to %s %s"
                .formatted(
                    repository,
                    settings.path("convertPushedImages").asBoolean() ? "Active" : "Inactive",
                    settings.path("convertPushedImages").asBoolean() ? "" : "not ",
                    settings.path("conversionFormat").asString(""),
                    settings.path("conversionVersion").asString("")));
        return 0;
      }
    }
  }

  /** {@code headwater operation}. */
  @Command(
      name = "operation",
      description = "Shows or cancels conversions.",
      mixinStandardHelpOptions = true,
      subcommands = {Show.class, List.class, Cancel.class})
  static final class Operations {}

  /** {@code headwater operation show}. */
  @Command(
      name = "show",
      description = "Shows an image's last conversion, or the one of --id, with its layers.",
      mixinStandardHelpOptions = true)
  static final class Show implements Callable<Integer> {
    @Parameters(paramLabel = "IMAGE", description = IMAGE_FORM)
    private String image = "";

    @Option(names = "--id", description = "of the operation")
    private @Nullable String id;

    @Override
    public Integer call() throws IOException {
      try (var management = Management.open(image)) {
        var operation =
            management.get(id == null ? "_streaming/" + management.digest() : "_operations/" + id);
        print(operation);
        for (var layer : operation.path("layers")) {
          Line.print(
              "  %s %s: %d -> %d bytes%s"
                  .formatted(
                      layer.path("layer").asString(""),
                      layer.path("digest").asString(""),
                      layer.path("bytes").asLong(),
                      layer.path("convertedBytes").asLong(),
                      layer.path("reused").asBoolean() ? " (converted before)" : ""));
        }
        return 0;
      }
    }
  }

  /** {@code headwater operation list}. */
  @Command(
      name = "list",
      description = "Lists a repository's conversions, the newest first.",
      mixinStandardHelpOptions = true)
  static final class List implements Callable<Integer> {
    @Parameters(paramLabel = "REPOSITORY", description = "HOST[:PORT]/NAME")
    private String repository = "";

    @Override
    public Integer call() throws IOException {
      try (var management = Management.open(repository)) {
        management.get("_operations").path("operations").forEach(StreamingCommands::print);
        return 0;
      }
    }
  }

  /** {@code headwater operation cancel}. */
  @Command(
      name = "cancel",
      description = "Cancels a conversion that has not ended.",
      mixinStandardHelpOptions = true)
  static final class Cancel implements Callable<Integer> {
    @Parameters(paramLabel = "REPOSITORY", description = "HOST[:PORT]/NAME")
    private String repository = "";

    @Option(names = "--id", required = true, description = "of the operation")
    private String id = "";

    @Override
    public Integer call() throws IOException {
      if (!id.matches("[A-Za-z0-9-]+")) {
        throw new FormatException("'" + id + "' is no operation's id");
      }
      try (var management = Management.open(repository)) {
        print(management.post("_operations/" + id + ":cancel", Management.format()));
        return 0;
      }
    }
  }

  /** {@code headwater referrers}. */
  @Command(
      name = "referrers",
      description = "Lists what refers to an image: streaming artifacts, signatures, SBOMs.",
      mixinStandardHelpOptions = true)
  static final class Referrers implements Callable<Integer> {
    @Parameters(paramLabel = "IMAGE", description = IMAGE_FORM)
    private String image = "";

    @Option(names = "--artifact-type", description = "only of this type")
    private String artifactType = "";

    @Override
    public Integer call() throws IOException {
      try (var management = Management.open(image)) {
        for (var found :
            management.referrers(management.digest(), artifactType).path("manifests")) {
          Line.print(
              "%s %s %s %s"
                  .formatted(
                      found.path("digest").asString(""),
                      found.path("artifactType").asString(""),
                      ByteSize.print(found.path("size").asLong()),
                      found.path("annotations")));
        }
        return 0;
      }
    }
  }
}
