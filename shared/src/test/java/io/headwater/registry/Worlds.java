package io.headwater.registry;

import static io.headwater.registry.Stock.A;
import static io.headwater.registry.Stock.ARTIFACT;
import static io.headwater.registry.Stock.B;
import static io.headwater.registry.Stock.INDEX;
import static io.headwater.registry.Stock.LIST;
import static io.headwater.registry.Stock.LONGER_LIST;
import static io.headwater.registry.Stock.OTHER_INDEX;
import static io.headwater.registry.Stock.SBOM;
import static io.headwater.registry.Stock.app;

import io.headwater.oci.RepositoryName;
import io.headwater.oci.Tag;
import io.headwater.registry.RegistryScene.Deed;
import io.headwater.registry.Stock.Stored;
import io.headwater.store.Condition;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/** What a registry holds, and what may be done with it at once. */
final class Worlds {
  private Worlds() {}

  static final Duration GRACE = Duration.ofHours(1);

  /** Of what is deleted, where it is kept. */
  static final Duration RETENTION = Duration.ofDays(7);

  static Deed deed(String name, Deed.Work work) {
    return new Deed(name, work, work, Set.of());
  }

  private static Deed deletion(String name, Stored image) {
    Deed.Work work = r -> Stock.delete(r, image);
    return new Deed(name, work, work, Set.of(image.digest()));
  }

  static final Deed PUSH_V1 = deed("push A:v1", r -> Stock.push(r, A, "v1"));
  static final Deed PUSH_V2 = deed("push A:v2", r -> Stock.push(r, A, "v2"));
  static final Deed PUSH_BY_DIGEST = deed("push A@", r -> Stock.push(r, A));
  static final Deed PUSH_B = deed("push B:v1", r -> Stock.push(r, B, "v1"));

  /**
   * Who tags an image that is deleted meanwhile puts it back, with its artifact where that is kept.
   */
  static final Deed TAG =
      new Deed(
          "tag A:v2",
          r -> app(r).putTag(new Tag("v2"), A.digest()),
          r -> {
            Stock.push(r, A, "v2");
            if (!r.retention().isZero()) Stock.convert(r);
          },
          Set.of());

  static final Deed DELETE_TAG = deed("delete tag v1", r -> Stock.deleteTag(r, "v1"));
  static final Deed DELETE = deletion("delete A@", A);
  static final Deed DELETE_ARTIFACT = deletion("delete artifact", ARTIFACT);
  static final Deed PUSH_ARTIFACT = deed("push artifact", r -> Stock.push(r, ARTIFACT));
  static final Deed DELETE_LAYER =
      deed("delete layer", r -> app(r).deletions().deleteBlob(Stock.layer(A)));
  static final Deed COLLECT = deed("collect", r -> GarbageCollection.run(r, GRACE, false));
  static final Deed PUSH_LIST = deed("push list", r -> Stock.push(r, LIST, Stock.fallbackTag(A)));
  static final Deed PUSH_LONGER_LIST =
      deed("push longer list", r -> Stock.push(r, LONGER_LIST, Stock.fallbackTag(A)));
  static final Deed DELETE_SBOM = deletion("delete sbom", SBOM);
  static final Deed CONVERT = deed("convert A", r -> Stock.convert(r));
  static final Deed PUSH_AND_CONVERT =
      deed(
          "push A:v1 and convert it",
          r -> {
            Stock.push(r, A, "v1");
            Stock.convert(r);
          });
  static final Deed PURGE = deed("purge", GarbageCollection::purgeDeleted);
  static final Deed RESTORE = deed("restore A@", r -> Stock.restore(r, A));
  static final Deed PUSH_INDEX = deed("push index:multi", r -> Stock.push(r, INDEX, "multi"));
  static final Deed PUSH_OTHER_INDEX =
      deed("push other:other", r -> Stock.push(r, OTHER_INDEX, "other"));
  static final Deed DELETE_INDEX = deletion("delete index@", INDEX);
  static final Deed DELETE_OTHER_INDEX = deletion("delete other@", OTHER_INDEX);
  static final Deed RESTORE_INDEX = deed("restore index@", r -> Stock.restore(r, INDEX));

  private static final RepositoryName OTHER = new RepositoryName("other");

  static final Deed MOUNT =
      deed("mount and push A:v1", r -> Stock.mountAndPush(r, r.repository(OTHER), A, "v1"));
  static final Deed DELETE_LAYER_ELSEWHERE =
      deed(
          "delete layer of other", r -> r.repository(OTHER).deletions().deleteBlob(Stock.layer(A)));

  static final Deed ANNOUNCE = deed("push and announce", r -> Announcements.push(r, "v1"));
  static final Deed TAKE = deed("take announcements", Announcements::take);
  static final Deed ANNOUNCE_AND_TAKE =
      deed(
          "push, announce and take",
          r -> {
            Announcements.push(r, "v1");
            Announcements.take(r);
          });
  static final Deed START = deed("convert", Announcements::convert);
  static final Deed CANCEL = deed("cancel operations", Announcements::cancelAll);
  static final Deed FORGET = deed("forget old operations", Announcements::forgetOld);
  static final Deed DELETE_PROGRAM = deletion("delete program@", Stock.PROGRAM);

  /** The image goes without anything that went with it. */
  private static void lose(Registry registry) throws IOException {
    var app = app(registry);
    app.store().delete(app.layout().manifest(A.digest()), Condition.ALWAYS);
  }

  /**
   * Something to begin with.
   *
   * @param age of all of it
   * @param deeds that are run at once, each two of them
   */
  record World(String name, Duration age, Deed.Work before, List<Deed> deeds) {
    @Override
    public String toString() {
      return name;
    }
  }

  static final List<World> ALL =
      List.of(
          new World(
              "an image with an artifact",
              Duration.ofDays(2),
              r -> {
                Stock.push(r, A, "v1");
                Stock.convert(r);
              },
              List.of(
                  PUSH_V1,
                  PUSH_V2,
                  PUSH_BY_DIGEST,
                  PUSH_B,
                  TAG,
                  DELETE_TAG,
                  DELETE,
                  DELETE_ARTIFACT,
                  PUSH_ARTIFACT,
                  CONVERT,
                  DELETE_LAYER,
                  COLLECT)),
          new World(
              "a layer that no image names",
              Duration.ofDays(2),
              r -> {
                Stock.push(r, A);
                lose(r);
              },
              List.of(PUSH_V1, PUSH_B, DELETE_LAYER, COLLECT)),
          new World(
              "an artifact whose image is gone",
              Duration.ofDays(2),
              r -> {
                Stock.push(r, A);
                Stock.convert(r);
                lose(r);
              },
              List.of(PUSH_V1, PUSH_AND_CONVERT, PUSH_ARTIFACT, CONVERT, DELETE_ARTIFACT, COLLECT)),
          new World(
              "an index of two images",
              Duration.ofDays(2),
              r -> {
                Stock.push(r, A);
                Stock.push(r, B);
                Stock.convert(r);
                Stock.push(r, INDEX, "multi");
              },
              List.of(PUSH_V1, PUSH_INDEX, PUSH_OTHER_INDEX, TAG, DELETE, DELETE_INDEX, COLLECT)),
          new World(
              "two indexes of one image",
              Duration.ofDays(2),
              r -> {
                Stock.push(r, A);
                Stock.push(r, B);
                Stock.convert(r);
                Stock.push(r, INDEX, "multi");
                Stock.push(r, OTHER_INDEX, "other");
              },
              List.of(DELETE_INDEX, DELETE_OTHER_INDEX)),
          new World(
              "a deleted image",
              Duration.ofDays(2),
              r -> {
                Stock.push(r, A, "v1");
                Stock.convert(r);
                Stock.delete(r, A);
              },
              List.of(RESTORE, PUSH_V1, PUSH_B, DELETE, DELETE_LAYER, PURGE, COLLECT)),
          new World(
              "a deleted image whose retention is over",
              Duration.ofDays(9),
              r -> {
                Stock.push(r, A, "v1");
                Stock.convert(r);
                Stock.delete(r, A);
              },
              List.of(RESTORE, PUSH_V1, PURGE, COLLECT)),
          new World(
              "a deleted index",
              Duration.ofDays(2),
              r -> {
                Stock.push(r, A);
                Stock.push(r, B);
                Stock.convert(r);
                Stock.push(r, INDEX, "multi");
                Stock.delete(r, INDEX);
                Stock.push(r, A);
                Stock.push(r, OTHER_INDEX, "other");
              },
              List.of(RESTORE_INDEX, DELETE_OTHER_INDEX, DELETE)),
          new World(
              "an image that is there again",
              Duration.ofDays(9),
              r -> {
                Stock.push(r, A, "v1");
                Stock.convert(r);
                Stock.delete(r, A);
                Stock.push(r, A, "v1");
              },
              List.of(PUSH_V1, DELETE, PURGE, COLLECT)),
          new World(
              "a deleted layer",
              Duration.ofDays(9),
              r -> {
                Stock.push(r, A);
                lose(r);
                app(r).deletions().deleteBlob(Stock.layer(A));
              },
              List.of(PUSH_V1, DELETE_LAYER, PURGE, COLLECT)),
          new World(
              "a layer in another repository",
              Duration.ofDays(2),
              r -> {
                for (var blob : A.blobs()) Stock.upload(r.repository(OTHER), blob);
              },
              List.of(MOUNT, PUSH_V1, DELETE_LAYER_ELSEWHERE, COLLECT)),
          new World(
              "an image that was announced",
              Duration.ofDays(2),
              r -> {
                Announcements.activate(r);
                Announcements.push(r, "v1");
              },
              List.of(TAKE, ANNOUNCE, START, CANCEL, DELETE_PROGRAM)),
          new World(
              "an image whose conversion is over",
              Duration.ofDays(2),
              r -> {
                Announcements.activate(r);
                Announcements.push(r, "v1");
                Announcements.take(r);
                Announcements.cancelAll(r);
                Announcements.push(r, "v1");
              },
              List.of(TAKE, ANNOUNCE, START, FORGET, DELETE_PROGRAM)),
          new World(
              "an image whose conversion is over and that is gone",
              Duration.ofDays(2),
              r -> {
                Announcements.activate(r);
                Announcements.push(r, "v1");
                Announcements.take(r);
                Announcements.cancelAll(r);
                Stock.delete(r, Stock.PROGRAM);
              },
              List.of(ANNOUNCE_AND_TAKE, START, FORGET)),
          new World(
              "a list of referrers in a tag",
              Duration.ofDays(2),
              r -> {
                Stock.push(r, A, "v1");
                Stock.push(r, SBOM);
                Stock.push(r, ARTIFACT);
                Stock.push(r, LIST, Stock.fallbackTag(A));
              },
              List.of(PUSH_LIST, PUSH_LONGER_LIST, DELETE, DELETE_SBOM, DELETE_ARTIFACT)));

  /** Three at once. */
  static final List<World> OF_THREE =
      List.of(
          three("an image with an artifact", PUSH_V1, DELETE, COLLECT),
          three("an image with an artifact", PUSH_V2, DELETE, DELETE_TAG),
          three("a layer that no image names", PUSH_V1, DELETE_LAYER, COLLECT),
          three("an index of two images", TAG, DELETE_INDEX, COLLECT),
          three("an index of two images", PUSH_OTHER_INDEX, DELETE_INDEX, COLLECT),
          three("two indexes of one image", DELETE_INDEX, DELETE_OTHER_INDEX, COLLECT),
          three("a deleted image whose retention is over", RESTORE, PURGE, COLLECT),
          three("a deleted image", RESTORE, DELETE, COLLECT),
          three("a layer in another repository", MOUNT, DELETE_LAYER_ELSEWHERE, COLLECT),
          three("an image that was announced", TAKE, TAKE, ANNOUNCE),
          three("an image whose conversion is over", TAKE, FORGET, DELETE_PROGRAM));

  private static World three(String name, Deed... deeds) {
    var world = world(name);
    return new World(name, world.age(), world.before(), List.of(deeds));
  }

  static World world(String name) {
    return ALL.stream().filter(world -> world.name().equals(name)).findFirst().orElseThrow();
  }
}
