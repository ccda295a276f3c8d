package io.headwater.registry;

import static io.headwater.registry.Stock.PROGRAM;
import static io.headwater.registry.Stock.app;

import io.headwater.convert.ConversionListener;
import io.headwater.convert.ConversionOptions;
import io.headwater.oci.Digest;
import io.headwater.oci.Json;
import io.headwater.oci.Tag;
import io.headwater.operation.AnnouncedPushes;
import io.headwater.operation.AutoConversion;
import io.headwater.operation.Conversions;
import io.headwater.operation.OldOperations;
import io.headwater.store.Condition;
import io.headwater.store.ContentStore;
import io.headwater.store.Cursor;
import io.headwater.store.StoreException;
import io.headwater.upstream.Upstreams;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Pushes that one process announces and others take, and the operations that follow from them. The
 * queue is a folder of documents.
 */
final class Announcements {
  private static final String MESSAGES = "messages/";
  private static final String IDS = "operations/app/_ids/";
  private static final String LAST = "operations/app/_images/";
  private static final String UNFINISHED = "unfinished/app/_ids/";

  private static final Set<String> OVER = Set.of("Succeeded", "Failed", "Canceled");

  private Announcements() {}

  private static Conversions conversions(Registry registry) {
    return Conversions.inQueue(
        registry,
        Upstreams.NONE,
        ConversionOptions.DEFAULT,
        request ->
            registry
                .store()
                .put(MESSAGES + request.operation(), new byte[0], "text/plain", Condition.ALWAYS));
  }

  static void activate(Registry registry) throws IOException {
    app(registry).putStreaming(StreamingSettings.of(true));
  }

  /** As a server does it that leaves conversions to others: announced before a tag names it. */
  static void push(Registry registry, String tag) throws IOException {
    var app = app(registry);
    for (var blob : PROGRAM.blobs()) {
      if (!app.keepBlob(Digest.of(blob))) {
        Stock.upload(app, blob);
      }
    }
    var stored = app.putManifest(PROGRAM.bytes(), PROGRAM.mediaType());
    PushedManifest.announce(registry.store(), Stock.APP, stored.digest());
    if (app.putTags(List.of(new Tag(tag)), stored)) {
      PushedManifest.announce(registry.store(), Stock.APP, stored.digest());
    }
  }

  static void take(Registry registry) throws IOException {
    try (var conversions = conversions(registry)) {
      var pushes = new AnnouncedPushes(registry, new AutoConversion(registry, conversions));
      for (var name : registry.store().list(PushedManifest.FOLDER, "", 10)) {
        var unused = pushes.take(name);
      }
    }
  }

  static void convert(Registry registry) throws IOException {
    try (var conversions = conversions(registry)) {
      conversions.start(Stock.APP, PROGRAM.digest(), ConversionListener.NONE);
    }
  }

  static void cancelAll(Registry registry) throws IOException {
    try (var conversions = conversions(registry)) {
      for (var operation : conversions.list(Stock.APP)) {
        var unused = conversions.cancel(Stock.APP, operation.id());
      }
    }
  }

  static void forgetOld(Registry registry) throws IOException {
    new OldOperations(registry, Duration.ofHours(1), 0).forget(false);
  }

  private static List<String> all(Cursor<String> cursor) throws StoreException {
    var names = new ArrayList<String>();
    while (cursor.hasNext()) {
      names.add(cursor.next());
    }
    return names;
  }

  /** What is wrong with operations and announcements when nothing runs any more. */
  static List<String> faults(Registry registry) throws IOException {
    var faults = new ArrayList<String>();
    var store = registry.store();
    checkOperations(store, faults);
    for (var last : all(store.names(LAST))) {
      if (store.get(IDS + store.get(last).orElseThrow().text()).isEmpty()) {
        faults.add("an image's last operation is gone");
      }
    }
    for (var unfinished : all(store.names(UNFINISHED))) {
      if (store.get(IDS + unfinished.substring(UNFINISHED.length())).isEmpty()) {
        faults.add("an operation that is gone counts as unfinished");
      }
    }
    if (app(registry).streaming().isActive()
        && app(registry).manifest(PROGRAM.digest()).isPresent()
        && store.list(PushedManifest.FOLDER, "", 1).isEmpty()
        && store.list(LAST, "", 1).isEmpty()) {
      faults.add("an image that was pushed is not converted");
    }
    return faults;
  }

  private static void checkOperations(ContentStore store, List<String> faults) throws IOException {
    var unfinished = new HashSet<String>();
    Map<String, Integer> causes = new HashMap<>();
    for (var name : all(store.names(IDS))) {
      var json = Json.object(store.get(name).orElseThrow().content(), name);
      var id = name.substring(IDS.length());
      if (!OVER.contains(json.path("status").asString())) {
        if (!unfinished.add(json.path("digest").asString(""))) {
          faults.add("two operations of one image are under way");
        }
        if (store.get(UNFINISHED + id).isEmpty()) {
          faults.add("an operation that is not over does not count as unfinished");
        }
        if (store.get(MESSAGES + id).isEmpty()) {
          faults.add("an operation has no message");
        }
      }
      for (var cause : json.findValues("cause")) {
        if (cause.isString() && causes.merge(cause.asString(), 1, Integer::sum) > 1) {
          faults.add("one push was converted twice");
        }
      }
    }
  }
}
