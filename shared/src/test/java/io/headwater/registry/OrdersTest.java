package io.headwater.registry;

import static org.assertj.core.api.Assertions.assertThat;

import io.headwater.registry.RegistryScene.Deed;
import io.headwater.registry.Worlds.World;
import io.headwater.store.order.Explorer;
import io.headwater.store.order.Semantics;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/**
 * Each two operations of a world run in every order of their calls on the store, with the semantics
 * of both stores, and with and without retention. Prints how many orders were seen; where a pair's
 * budget of runs was used up before all were seen, the line says "cut", and as many again were
 * drawn by lot. {@code -Dheadwater.orders.budget=20000} looks longer.
 */
class OrdersTest {
  private static final int BUDGET = Integer.getInteger("headwater.orders.budget", 150);

  private static final int FOLDER_PAIRS = 3;
  private static final int FOLDER_ORDERS = 4;

  static final List<World> WORLDS = Worlds.ALL;
  static final List<World> OF_THREE = Worlds.OF_THREE;

  @ParameterizedTest
  @FieldSource("WORLDS")
  void rulesHoldInEveryOrderOfTwoOperations(World world) throws Exception {
    var faults = new ArrayList<String>();
    var total = 0;
    for (int i = 0; i < world.deeds().size(); i++) {
      for (int j = i; j < world.deeds().size(); j++) {
        total += explore(world, List.of(world.deeds().get(i), world.deeds().get(j)), faults);
      }
    }
    System.out.println(total + " orders in all: " + world.name());
    assertThat(faults).isEmpty();
  }

  @ParameterizedTest
  @FieldSource("OF_THREE")
  void rulesHoldInOrdersOfThreeOperations(World world) throws Exception {
    var faults = new ArrayList<String>();
    explore(world, world.deeds(), faults);
    assertThat(faults).isEmpty();
  }

  /** A few orders of each pair over a real store; the model is held to what they see. */
  @ParameterizedTest
  @FieldSource("WORLDS")
  void rulesHoldOverTheStoreInAFolder(World world, @TempDir Path folder) throws Exception {
    var random = new Random(42);
    var faults = new ArrayList<String>();
    for (int i = 0; i < FOLDER_PAIRS; i++) {
      var deeds =
          List.of(
              world.deeds().get(random.nextInt(world.deeds().size())),
              world.deeds().get(random.nextInt(world.deeds().size())));
      var before = RegistryScene.prepared(Worlds.RETENTION, world.age(), world.before());
      var scene = new RegistryScene(before, Worlds.RETENTION, deeds).over(folder.resolve("" + i));
      var report = Explorer.draw(scene, Semantics.FOLDER, FOLDER_ORDERS, i);
      report.faults().forEach(fault -> faults.add(names(deeds) + ": " + fault));
      System.out.printf(
          "%6d orders over files: %s, %s%n", report.orders(), world.name(), names(deeds));
    }
    assertThat(faults).isEmpty();
  }

  /** On a virtual thread, as the operations are: a turn is handed on without the kernel. */
  private static int explore(World world, List<Deed> deeds, List<String> faults) throws Exception {
    try (var executor = Executors.newVirtualThreadPerTaskExecutor()) {
      return executor.submit(() -> exploreHere(world, deeds, faults)).get();
    }
  }

  private static int exploreHere(World world, List<Deed> deeds, List<String> faults)
      throws Exception {
    var orders = 0;
    var ends = 0;
    var cut = 0;
    for (var semantics : List.of(Semantics.FOLDER, Semantics.ACCOUNT)) {
      for (var retention : List.of(Worlds.RETENTION, Duration.ZERO)) {
        var before = RegistryScene.prepared(retention, world.age(), world.before());
        var scene = new RegistryScene(before, retention, deeds);
        var report = Explorer.explore(scene, semantics, BUDGET);
        orders += report.orders();
        ends += report.ends();
        cut += report.isCut() ? 1 : 0;
        report
            .faults()
            .forEach(
                fault ->
                    faults.add(names(deeds) + ", " + semantics + ", " + retention + ": " + fault));
      }
    }
    System.out.printf(
        "%6d orders, %3d ends%s: %s, %s%n",
        orders, ends, cut == 0 ? "" : ", cut " + cut + " of 4", world.name(), names(deeds));
    return orders;
  }

  private static String names(List<Deed> deeds) {
    return String.join(" | ", deeds.stream().map(Deed::name).toList());
  }
}
