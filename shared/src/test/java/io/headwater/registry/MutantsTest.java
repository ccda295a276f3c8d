package io.headwater.registry;

import static io.headwater.registry.Mutants.lookedAtOnce;
import static io.headwater.registry.Mutants.neverLookedAgain;
import static io.headwater.registry.Mutants.on;
import static io.headwater.registry.Mutants.withoutConditions;
import static org.assertj.core.api.Assertions.assertThat;

import io.headwater.registry.RegistryScene.Deed;
import io.headwater.store.order.Explorer;
import io.headwater.store.order.Semantics;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;

/** Each rule is needed: with what it rests on taken away, the explorer finds the fault. */
class MutantsTest {
  private static final int BUDGET = 2000;

  private static boolean isManifest(String name) {
    return name.contains("/_manifests/");
  }

  private static boolean isLink(String name) {
    return name.contains("/_layers/");
  }

  private static boolean isRecord(String name) {
    return name.contains("/_deleted/");
  }

  /** The first orders that lead to a fault in whose sentence a text is. */
  private static List<String> faults(String world, String text, Deed... deeds) throws Exception {
    try (var executor = Executors.newVirtualThreadPerTaskExecutor()) {
      return executor.submit(() -> faultsHere(Worlds.world(world), text, List.of(deeds))).get();
    }
  }

  private static List<String> faultsHere(Worlds.World world, String text, List<Deed> deeds)
      throws Exception {
    for (var semantics : List.of(Semantics.FOLDER, Semantics.ACCOUNT)) {
      for (var retention : List.of(Worlds.RETENTION, Duration.ZERO)) {
        var before = RegistryScene.prepared(retention, world.age(), world.before());
        var scene = new RegistryScene(before, retention, deeds).about(text);
        var faults = Explorer.explore(scene, semantics, BUDGET).faults();
        if (!faults.isEmpty()) {
          return faults;
        }
      }
    }
    return List.of();
  }

  /** Knows what it has done itself, and nothing that others have done since it looked. */
  private static Deed deletionThatLooksOnce(Deed deletion) {
    return on(
        store ->
            neverLookedAgain(
                lookedAtOnce(
                    store, name -> name.endsWith("/_tags/") || name.endsWith("/_manifests/")),
                name -> name.contains("/_tags/") || isManifest(name)),
        deletion);
  }

  /** Reads once which tags there are and what is listed, and then removes unconditionally. */
  private static final Deed DELETE_INDEX_UNCONDITIONALLY =
      on(
          store ->
              withoutConditions(
                  lookedAtOnce(
                      store, name -> name.endsWith("/_tags/") || name.endsWith("/_manifests/")),
                  MutantsTest::isManifest),
          Worlds.DELETE_INDEX);

  @Test
  void deletionOfAnIndexThatLooksOnceLeavesATagWithoutItsManifest() throws Exception {
    assertThat(
            faults(
                "an index of two images", "app:v2 names", Worlds.TAG, DELETE_INDEX_UNCONDITIONALLY))
        .isNotEmpty();
  }

  @Test
  void deletionOfAnIndexThatLooksOnceLeavesAnotherIndexWithoutItsImage() throws Exception {
    assertThat(
            faults(
                "an index of two images",
                "lost A, which was there when it was put",
                Worlds.PUSH_OTHER_INDEX,
                DELETE_INDEX_UNCONDITIONALLY))
        .isNotEmpty();
  }

  @Test
  void pushThatDoesNotLookAgainLeavesATagWithoutItsManifest() throws Exception {
    var push = on(store -> neverLookedAgain(store, MutantsTest::isManifest), Worlds.PUSH_V1);
    assertThat(faults("an image with an artifact", "app:v1 names", push, Worlds.DELETE))
        .isNotEmpty();
  }

  @Test
  void purgeWithoutConditionLosesWhatWasJustDeleted() throws Exception {
    var purge = on(store -> withoutConditions(store, MutantsTest::isRecord), Worlds.PURGE);
    assertThat(faults("an image that is there again", "restorable {}", purge, Worlds.DELETE))
        .isNotEmpty();
  }

  @Test
  void deletionOfABlobThatLooksOnceLeavesAManifestWithoutItsLink() throws Exception {
    var delete =
        on(
            store ->
                withoutConditions(
                    lookedAtOnce(store, name -> name.endsWith("/_manifests/")),
                    MutantsTest::isLink),
            Worlds.DELETE_LAYER);
    assertThat(faults("a layer that no image names", "no link", delete, Worlds.PUSH_V1))
        .isNotEmpty();
  }

  @Test
  void pushThatDoesNotLookAtItsLinksLeavesAManifestWithoutOne() throws Exception {
    var push = on(store -> neverLookedAgain(store, MutantsTest::isLink), Worlds.PUSH_V1);
    assertThat(faults("a layer that no image names", "no link", push, Worlds.DELETE_LAYER))
        .isNotEmpty();
  }

  @Test
  void collectionWithoutConditionsTakesTheBlobsOfAPush() throws Exception {
    var collect = on(store -> withoutConditions(store, MutantsTest::isLink), Worlds.COLLECT);
    assertThat(faults("a layer that no image names", "is missing", collect, Worlds.PUSH_V1))
        .isNotEmpty();
  }

  @Test
  void restoringWithoutTouchingLosesBlobsToACollection() throws Exception {
    var world = "a deleted image whose retention is over";
    var restore = on(Mutants::withoutTouching, Worlds.RESTORE);
    assertThat(faults(world, "is missing", restore, Worlds.COLLECT)).isNotEmpty();
  }

  @Test
  void restoringThatDoesNotLookAgainLeavesATagWithoutItsManifest() throws Exception {
    var restore = on(store -> neverLookedAgain(store, MutantsTest::isManifest), Worlds.RESTORE);
    assertThat(faults("a deleted image", "app:v1 names", restore, Worlds.DELETE)).isNotEmpty();
  }

  @Test
  void deletionThatDoesNotLookAgainLeavesAnArtifactThatIsNoReferrer() throws Exception {
    var delete = deletionThatLooksOnce(Worlds.DELETE_ARTIFACT);
    assertThat(
            faults(
                "an image with an artifact",
                "is not among the referrers",
                delete,
                Worlds.PUSH_ARTIFACT))
        .isNotEmpty();
  }

  @Test
  void collectionThatLooksOnceTakesTheArtifactOfAnImageThatIsThere() throws Exception {
    var collect =
        on(
            store ->
                withoutConditions(
                    lookedAtOnce(store, n -> isManifest(n) || isLink(n)), MutantsTest::isManifest),
            Worlds.COLLECT);
    assertThat(faults("an artifact whose image is gone", "A=[]", collect, Worlds.PUSH_AND_CONVERT))
        .isNotEmpty();
  }

  private static boolean isOperation(String name) {
    return name.startsWith("operations/");
  }

  @Test
  void collectionThatRemovesUnconditionallyTakesAMountedLayerAway() throws Exception {
    var collect = on(store -> withoutConditions(store, name -> true), Worlds.COLLECT);
    assertThat(faults("a layer in another repository", "which is missing", Worlds.MOUNT, collect))
        .isNotEmpty();
  }

  @Test
  void pushTakenWithoutConditionsIsConvertedTwice() throws Exception {
    var take = on(store -> withoutConditions(store, MutantsTest::isOperation), Worlds.TAKE);
    assertThat(faults("an image that was announced", "converted twice", take, take)).isNotEmpty();
    assertThat(faults("an image that was announced", "under way", take, Worlds.START)).isNotEmpty();
  }

  @Test
  void forgettingWithoutConditionsTakesTheLastOperationOfAnImageThatIsThere() throws Exception {
    var forget = on(store -> withoutConditions(store, MutantsTest::isOperation), Worlds.FORGET);
    assertThat(
            faults(
                "an image whose conversion is over and that is gone",
                "not converted",
                forget,
                Worlds.ANNOUNCE_AND_TAKE))
        .isNotEmpty();
  }
}
