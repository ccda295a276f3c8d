package io.headwater.store.order;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;

/**
 * Runs the operations of a scene in every order of their calls on the store. An order is a list of
 * choices, run from the beginning each time: depth first, and
 *
 * <ul>
 *   <li>of orders that differ only in calls that commute, one (sleep sets: Godefroid,
 *       "Partial-Order Methods for the Verification of Concurrent Systems", chapter 5);
 *   <li>not on from where the store holds and the operations know the same as before.
 * </ul>
 *
 * <p>When the budget is used up, as many orders again are drawn by lot, each with few changes from
 * one operation to another, and the report says so.
 */
public final class Explorer {
  private static final int REPLAYS = 5;
  private static final int CHANGES = 4;

  private final Scene scene;
  private final Semantics semantics;
  private final int budget;
  private final List<Choice> path = new ArrayList<>();
  private final Map<Long, List<Integer>> seen = new HashMap<>();
  private final Set<Long> ends = new HashSet<>();
  private final List<String> faults = new ArrayList<>();
  private int orders;
  private int joined;
  private int runs;
  private boolean isCut;

  /**
   * What was seen.
   *
   * @param orders that were run to their end
   * @param joined that came to where another had been
   * @param ends different ones
   * @param isCut whether the budget was used up before all orders were seen
   * @param faults each with the order that led to it; exploring ends with the first
   */
  public record Report(int orders, int joined, int ends, boolean isCut, List<String> faults) {}

  /** One place in an order where it was chosen who goes on. Sets of operations are bits. */
  private static final class Choice {
    private final List<Optional<Call>> calls;
    private final int asleep;
    private final int[] conflicts;
    private int done;
    private int chosen;

    Choice(Order order, int asleep) {
      this.calls = order.next();
      this.asleep = asleep;
      this.conflicts = new int[calls.size()];
      for (int i = 0; i < conflicts.length; i++) {
        for (int j = 0; j < conflicts.length; j++) {
          conflicts[i] |= i != j && order.conflict(i, j) ? 1 << j : 0;
        }
      }
      this.chosen = open();
    }

    /** An operation that is to go on here and has not yet; -1 for none. */
    private int open() {
      for (int i = 0; i < calls.size(); i++) {
        if (calls.get(i).isPresent() && ((asleep | done) & 1 << i) == 0) {
          return i;
        }
      }
      return -1;
    }

    /** Whether there is one more to go on with. */
    boolean next() {
      done |= 1 << chosen;
      chosen = open();
      return chosen >= 0;
    }

    /** Those whose next call was tried here and commutes with the one that is made. */
    int asleepBehind() {
      return (asleep | done) & ~conflicts[chosen] & ~(1 << chosen);
    }
  }

  private Explorer(Scene scene, Semantics semantics, int budget) {
    this.scene = scene;
    this.semantics = semantics;
    this.budget = budget;
  }

  /**
   * Explores.
   *
   * @param budget runs at most, whether they come to their end or to where another had been
   */
  public static Report explore(Scene scene, Semantics semantics, int budget) throws Exception {
    var explorer = new Explorer(scene, semantics, budget);
    explorer.explore();
    return explorer.report();
  }

  /** Runs orders that are drawn by lot; for stores that cannot be asked for their state. */
  public static Report draw(Scene scene, Semantics semantics, int orders, long seed)
      throws Exception {
    var explorer = new Explorer(scene, semantics, orders);
    explorer.isCut = true;
    explorer.draw(new Random(seed), 60);
    return explorer.report();
  }

  private Report report() {
    return new Report(orders, joined, ends.size(), isCut, faults);
  }

  private void explore() throws Exception {
    do {
      if (runs == budget) {
        isCut = true;
        draw(new Random(budget), longest());
        return;
      }
      runs++;
      run();
    } while (faults.isEmpty() && back());
  }

  private int longest() {
    return path.size() + 10;
  }

  private void run() throws Exception {
    for (int i = 0; ; i++) {
      try (var order = new Order(scene, semantics)) {
        if (replay(order)) {
          goOn(order);
          return;
        }
      }
      if (i == REPLAYS) {
        throw new IllegalStateException("the operations do not do the same each time");
      }
    }
  }

  /** False if the operations do something else this time, because so much time has passed. */
  private boolean replay(Order order) {
    for (var choice : path) {
      if (!texts(order.next()).equals(texts(choice.calls))) {
        return false;
      }
      order.step(choice.chosen);
    }
    return true;
  }

  private static List<String> texts(List<Optional<Call>> calls) {
    return calls.stream().map(call -> call.map(Call::text).orElse("")).toList();
  }

  private void goOn(Order order) throws Exception {
    while (!order.isOver()) {
      var asleep = path.isEmpty() ? 0 : path.getLast().asleepBehind();
      if (wasSeen(order.state(), asleep)) {
        joined++;
        return;
      }
      var choice = new Choice(order, asleep);
      if (choice.chosen < 0) {
        return; // all that could follow was seen in another order of calls that commute
      }
      path.add(choice);
      order.step(choice.chosen);
    }
    end(order);
  }

  /** Whether as much was tried from such a state before. */
  private boolean wasSeen(long state, int asleep) {
    var before = seen.computeIfAbsent(state, key -> new ArrayList<>(1));
    if (before.stream().anyMatch(other -> (other & ~asleep) == 0)) {
      return true;
    }
    before.add(asleep);
    return false;
  }

  private void end(Order order) throws Exception {
    orders++;
    if (ends.add(order.end())) {
      for (var fault : order.faults()) {
        faults.add(fault + "\nafter\n  " + order.told());
      }
    }
  }

  private boolean back() {
    while (!path.isEmpty()) {
      if (path.getLast().next()) {
        return true;
      }
      path.removeLast();
    }
    return false;
  }

  private void draw(Random random, int length) throws Exception {
    for (int i = 0; i < budget && faults.isEmpty(); i++) {
      try (var order = new Order(scene, semantics)) {
        var count = order.next().size();
        var player = random.nextInt(count);
        var changes = new HashSet<Integer>();
        for (int change = 0; change < CHANGES; change++) {
          changes.add(random.nextInt(length));
        }
        for (int at = 0; !order.isOver(); at++) {
          while (changes.remove(at) || order.next().get(player).isEmpty()) {
            player = (player + 1) % count;
          }
          order.step(player);
        }
        end(order);
      }
    }
  }
}
