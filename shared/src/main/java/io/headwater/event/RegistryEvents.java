package io.headwater.event;

import io.headwater.event.RegistryEvent.Kind;
import io.headwater.fault.FormatException;
import io.headwater.fault.LimitException;
import io.headwater.oci.Digest;
import io.headwater.oci.Field;
import io.headwater.oci.RepositoryName;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The forms in which registries tell what happened: Event Grid events of Azure Container Registry
 * (in Event Grid's own schema and as CloudEvents), notifications of distribution, webhooks of
 * Harbor (in its own form and as CloudEvents). What none of them is about images is left out.
 */
public final class RegistryEvents {
  /** Larger ones are not taken. */
  public static final int MAX_BYTES = 1 << 20;

  private static final String ACR = "Microsoft.ContainerRegistry.";

  /** Of Harbor's events as CloudEvents; in its older form they have other types and places. */
  private static final String HARBOR = "harbor.";

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
    for (var event : Field.oneOrMore(bytes, "registry event")) {
      parse(event, found);
    }
    return found;
  }

  private static void parse(Field event, List<RegistryEvent> found) throws FormatException {
    var type = event.field("eventType").textOr(event.field("type").textOr(""));
    var notifications = event.field("events");
    var data = event.field("event_data");
    if (type.startsWith(ACR)) {
      acr(type.substring(ACR.length()), event.field("data"), found);
    } else if (!notifications.isAbsent()) {
      for (var notification : notifications.items()) {
        distribution(notification, found);
      }
    } else if (!data.isAbsent()) {
      harbor(type, data, found);
    } else if (type.startsWith(HARBOR)) {
      harbor(type, event.field("data"), found);
    } else {
      throw new FormatException(
          "registry event: neither an event of Azure Container Registry nor a notification of distribution or Harbor");
    }
  }

  /** Charts are no images: ChartPushed and ChartDeleted are left out. */
  private static void acr(String type, Field data, List<RegistryEvent> found)
      throws FormatException {
    var kind =
        type.equals("ImagePushed")
            ? Kind.PUSHED
            : type.equals("ImageDeleted") ? Kind.DELETED : null;
    if (kind != null) {
      var target = data.field("target");
      found.add(event(kind, data.field("request").field("host"), target));
    }
  }

  /** Notifications come for blobs too, whose media type is no manifest's, and for pulls. */
  private static void distribution(Field notification, List<RegistryEvent> found)
      throws FormatException {
    var action = notification.field("action").textOr("");
    if (!action.equals("push") && !action.equals("delete")) {
      return;
    }
    var target = notification.field("target");
    var type = target.field("mediaType").textOr("");
    var isManifest = type.contains("manifest") || type.contains("index");
    var kind =
        action.equals("push") && isManifest
            ? Kind.PUSHED
            : action.equals("delete") && !target.field("digest").isAbsent() ? Kind.DELETED : null;
    if (kind != null) {
      found.add(event(kind, notification.field("request").field("host"), target));
    }
  }

  private static void harbor(String type, Field data, List<RegistryEvent> found)
      throws FormatException {
    var kind =
        switch (type) {
          case "PUSH_ARTIFACT", HARBOR + "artifact.pushed" -> Kind.PUSHED;
          case "DELETE_ARTIFACT", HARBOR + "artifact.deleted" -> Kind.DELETED;
          default -> null;
        };
    if (kind == null) {
      return;
    }
    for (var resource : data.field("resources").items()) {
      found.add(
          new RegistryEvent(
              kind,
              resource.field("resource_url").parsed(RegistryEvents::hostOfUrl),
              data.field("repository").field("repo_full_name").parsed(RepositoryName::parse),
              resource.field("digest").parsed(Digest::parse)));
    }
  }

  private static RegistryEvent event(Kind kind, Field host, Field target) throws FormatException {
    return new RegistryEvent(
        kind,
        host.parsed(RegistryEvents::host),
        target.field("repository").parsed(RepositoryName::parse),
        target.field("digest").parsed(Digest::parse));
  }

  private static String hostOfUrl(String url) throws FormatException {
    return host(url.contains("/") ? url.substring(0, url.indexOf('/')) : "");
  }

  private static String host(String text) throws FormatException {
    if (text.isEmpty()) {
      throw new FormatException("it does not say which registry the event comes from");
    }
    return text;
  }
}
