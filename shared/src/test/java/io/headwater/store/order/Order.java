package io.headwater.store.order;

import io.headwater.store.ContentStore;
import io.headwater.store.ModelStore;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** One run of a scene's operations: each call is made when it is told to be. */
final class Order implements AutoCloseable {
  private static final int MOST_CALLS = 5000;

  private final Scene scene;
  private final ContentStore store;
  private final List<Player> players = new ArrayList<>();
  private final List<String> calls = new ArrayList<>();

  Order(Scene scene, Semantics semantics) throws Exception {
    this.scene = scene;
    this.store = scene.store();
    for (var operation : scene.operations()) {
      var player = new Player(players.size());
      players.add(player);
      player.begin(operation.work(), semantics, scene, store);
    }
  }

  /** The calls that the operations stop before; empty for one that is over. */
  List<Optional<Call>> next() {
    return players.stream().map(Player::next).toList();
  }

  boolean isOver() {
    return players.stream().allMatch(player -> player.next().isEmpty());
  }

  /** Whether two of those calls give something else in the other order. */
  boolean conflict(int one, int other) {
    var first = players.get(one).next();
    var second = players.get(other).next();
    return first.isPresent()
        && second.isPresent()
        && first
            .get()
            .conflictsWith(
                second.get(), name -> !(store instanceof ModelStore m) || m.print(name) != 0);
  }

  /** Lets an operation make its next call. */
  void step(int player) {
    if (calls.size() == MOST_CALLS) {
      throw new IllegalStateException("an operation does not end:\n  " + told());
    }
    calls.add(
        scene.operations().get(player).name()
            + ": "
            + players.get(player).next().map(Call::toString).orElse("nothing"));
    players.get(player).step();
  }

  /** What the store holds and what each operation knows, as a number. */
  long state() {
    var state = store instanceof ModelStore model ? model.state() : 0;
    for (var player : players) {
      state = state * 0x9E3779B97F4A7C15L + player.history();
    }
    return state;
  }

  List<Optional<Throwable>> ends() {
    return players.stream().map(Player::failure).toList();
  }

  /** What the store holds and how the operations ended, as a number. */
  long end() {
    var end = store instanceof ModelStore model ? model.state() : calls.hashCode();
    for (var player : players) {
      end = end * 31 + player.failure().map(e -> e.toString().hashCode()).orElse(0);
    }
    return end;
  }

  List<String> faults() throws Exception {
    return scene.faults(store, ends());
  }

  /** Every call so far, one a line. */
  String told() {
    return String.join("\n  ", calls);
  }

  @Override
  public void close() {
    players.forEach(Player::abandon);
    store.close();
  }
}
