package io.headwater.event;

import io.headwater.event.RegistryEvent.Kind;
import io.headwater.fault.FormatException;
import io.headwater.fault.LimitException;
import io.headwater.oci.Digest;
import io.headwater.oci.Json;
import io.headwater.oci.RepositoryName;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import tools.jackson.databind.JsonNode;

/**
 * The forms in which registries tell what happened: Event Grid events of Azure Container Registry
 * (in Event Grid's own schema and as CloudEvents), notifications of distribution, webhooks of
 * Harbor. What none of them is about images is left out.
 */
public final class RegistryEvents {
  /** Larger ones are not taken. */
  public static final int MAX_BYTES = 1 << 20;

  private static final String ACR = "Microsoft.ContainerRegistry.";

  private RegistryEvents() {}

  /**
   * Reads what came.
   *
   * @param json one event, or a list of them
   * @throws FormatException if it is of none of the forms, or an event about an image lacks
   *     something
   */
  public static List<RegistryEvent> parse(String json) throws FormatException {
    var bytes = json.getBytes(StandardCharsets.UTF_8);
    if (bytes.length > MAX_BYTES) {
      throw new LimitException(
          "registry event of " + bytes.length + " bytes: at most " + MAX_BYTES + " are taken");
    }
    var found = new ArrayList<RegistryEvent>();
    for (var event : Json.oneOrMore(bytes, "registry event")) {
      parse(event, found);
    }
    return found;
  }

  private static void parse(JsonNode event, List<RegistryEvent> found) throws FormatException {
    var type = event.path("eventType").asString(event.path("type").asString(""));
    if (type.startsWith(ACR)) {
      acr(type.substring(ACR.length()), event.path("data"), found);
    } else if (event.has("events")) {
      for (var notification : event.path("events")) {
        distribution(notification, found);
      }
    } else if (event.has("event_data")) {
      harbor(type, event.path("event_data"), found);
    } else {
      throw new FormatException(
          "registry event: neither an event of Azure Container Registry nor a notification of distribution or Harbor");
    }
  }

  /** Charts are no images: ChartPushed and ChartDeleted are left out. */
  private static void acr(String type, JsonNode data, List<RegistryEvent> found)
      throws FormatException {
    var kind =
        type.equals("ImagePushed")
            ? Kind.PUSHED
            : type.equals("ImageDeleted") ? Kind.DELETED : null;
    if (kind != null) {
      var target = data.path("target");
      found.add(
          event(
              kind,
              data.path("request").path("host").asString(""),
              target.path("repository").asString(""),
              target.path("digest").asString("")));
    }
  }

  /** Notifications come for blobs too, whose media type is no manifest's, and for pulls. */
  private static void distribution(JsonNode notification, List<RegistryEvent> found)
      throws FormatException {
    var action = notification.path("action").asString("");
    var target = notification.path("target");
    var isManifest = target.path("mediaType").asString("").matches(".*(manifest|index).*");
    var kind =
        action.equals("push") && isManifest
            ? Kind.PUSHED
            : action.equals("delete") && target.has("digest") ? Kind.DELETED : null;
    if (kind != null) {
      found.add(
          event(
              kind,
              notification.path("request").path("host").asString(""),
              target.path("repository").asString(""),
              target.path("digest").asString("")));
    }
  }

  private static void harbor(String type, JsonNode data, List<RegistryEvent> found)
      throws FormatException {
    var kind =
        switch (type.toUpperCase(Locale.ROOT)) {
          case "PUSH_ARTIFACT", "HARBOR.ARTIFACT.PUSHED" -> Kind.PUSHED;
          case "DELETE_ARTIFACT", "HARBOR.ARTIFACT.DELETED" -> Kind.DELETED;
          default -> null;
        };
    if (kind == null) {
      return;
    }
    for (var resource : data.path("resources")) {
      var url = resource.path("resource_url").asString("");
      found.add(
          event(
              kind,
              url.contains("/") ? url.substring(0, url.indexOf('/')) : "",
              data.path("repository").path("repo_full_name").asString(""),
              resource.path("digest").asString("")));
    }
  }

  private static RegistryEvent event(Kind kind, String host, String repository, String digest)
      throws FormatException {
    if (host.isEmpty()) {
      throw new FormatException("registry event: it does not say which registry it comes from");
    }
    try {
      return new RegistryEvent(kind, host, RepositoryName.parse(repository), Digest.parse(digest));
    } catch (FormatException e) {
      throw e.in("registry event");
    }
  }
}
