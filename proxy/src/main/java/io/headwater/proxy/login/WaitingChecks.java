package io.headwater.proxy.login;

import static java.util.Objects.requireNonNull;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.headwater.proxy.login.PasswordLine.Outcome;
import io.headwater.proxy.login.PasswordLine.Ticket;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.MonoSink;

/**
 * Who waits, by address and user, in the order of their turns. Not safe for use by several threads:
 * the line's lock guards it.
 */
final class WaitingChecks {
  /** Addresses from which something failed get one turn of so many. */
  private static final int TURNS = 4;

  private static final int MAX_PAUSES = 50_000;

  private final int most;
  private final int mostOfAddress;
  private final int mostOfUser;
  private final long pauseNanos;
  private final FailureRate rate;

  /** Whoever had a turn goes to the end. */
  private final Map<String, Address> addresses = new LinkedHashMap<>();

  private final Map<Ticket, WaitingCheck> known = new HashMap<>();

  /** Until when a user's password is not checked for an address that is slowed. */
  private final Cache<Owner, Long> pauses;

  private int size;
  private int turn;

  /** A user at an address. */
  private record Owner(String address, String user) {}

  /** Those of one address. */
  private static final class Address {
    private final Map<String, Deque<WaitingCheck>> users = new LinkedHashMap<>();
    private int waiting;
    private int running;

    private boolean isIdle() {
      return waiting == 0 && running == 0;
    }
  }

  WaitingChecks(int most, Duration pause, FailureRate rate) {
    this.most = Math.max(1, most);
    this.mostOfAddress = Math.max(1, most / 4);
    this.mostOfUser = Math.max(1, most / 16);
    this.pauseNanos = pause.toNanos();
    this.rate = rate;
    this.pauses =
        Caffeine.newBuilder()
            .maximumSize(MAX_PAUSES)
            .expireAfterWrite(pause.plusSeconds(1))
            .build();
  }

  int size() {
    return size;
  }

  /**
   * Adds a check, or joins one of the same.
   *
   * @return what has to give way for it; the new one itself, where it has most waiting
   */
  List<WaitingCheck> add(Ticket ticket, BooleanSupplier check, MonoSink<Outcome> sink) {
    var same = known.get(ticket);
    if (same != null) {
      same.join(sink);
      return List.of();
    }
    var added = new WaitingCheck(ticket, check, sink);
    var victim = victim(ticket);
    if (victim.equals(ticket)) {
      return List.of(added);
    }
    var out = victim.address().isEmpty() ? List.<WaitingCheck>of() : List.of(dropNewest(victim));
    put(added);
    return out;
  }

  private static final Ticket NOBODY = new Ticket("", "", "");

  /**
   * Whose newest check gives way to one more: the asking one's own, another's, or nobody's. Of
   * those who have as many, it is the one whose turn is last.
   */
  private Ticket victim(Ticket asking) {
    var address = addresses.get(asking.address());
    var own = address == null ? null : address.users.get(asking.user());
    if (own != null && own.size() >= mostOfUser) {
      return asking;
    }
    if (address != null && address.waiting >= mostOfAddress) {
      return mostOf(asking.address(), address, own == null ? 0 : own.size(), asking);
    }
    if (size < most) {
      return NOBODY;
    }
    // Who failed gives way to who did not, and then who has more waiting to who has less.
    var mine = weight(asking.address(), address == null ? 0 : address.waiting);
    var heaviest =
        addresses.entrySet().stream()
            .filter(entry -> entry.getValue().waiting > 0)
            .reduce(
                (a, b) ->
                    weight(b.getKey(), b.getValue().waiting)
                            >= weight(a.getKey(), a.getValue().waiting)
                        ? b
                        : a)
            .orElseThrow();
    return weight(heaviest.getKey(), heaviest.getValue().waiting) > mine + 1
        ? mostOf(heaviest.getKey(), heaviest.getValue(), -1, asking)
        : asking;
  }

  private long weight(String address, int waiting) {
    return waiting + (rate.isClean(address) ? 0L : most);
  }

  private static Ticket mostOf(String name, Address address, int mine, Ticket asking) {
    var longest =
        address.users.entrySet().stream()
            .reduce((a, b) -> b.getValue().size() >= a.getValue().size() ? b : a)
            .orElseThrow();
    return longest.getValue().size() > mine + 1 || mine < 0
        ? new Ticket(name, longest.getKey(), "")
        : asking;
  }

  private void put(WaitingCheck check) {
    var ticket = check.ticket();
    var address = addresses.computeIfAbsent(ticket.address(), a -> new Address());
    address.users.computeIfAbsent(ticket.user(), u -> new ArrayDeque<>()).addLast(check);
    address.waiting++;
    size++;
    known.put(ticket, check);
  }

  private WaitingCheck dropNewest(Ticket owner) {
    var address = requireNonNull(addresses.get(owner.address()));
    var checks = requireNonNull(address.users.get(owner.user()));
    var dropped = checks.getLast();
    take(address, dropped);
    known.remove(dropped.ticket());
    forget(owner.address(), address);
    return dropped;
  }

  /** Takes a check out of its user's line. */
  private void take(Address address, WaitingCheck check) {
    var user = check.ticket().user();
    var checks = address.users.get(user);
    if (checks != null && checks.remove(check)) {
      address.waiting--;
      size--;
      if (checks.isEmpty()) {
        address.users.remove(user);
      }
    }
  }

  private void forget(String name, Address address) {
    if (address.isIdle()) {
      addresses.remove(name);
    }
  }

  /** Somebody does not wait any more; a check that is being made goes on. */
  void remove(Ticket ticket, MonoSink<Outcome> sink) {
    var check = known.get(ticket);
    if (check == null || !check.leave(sink)) {
      return;
    }
    var address = addresses.get(ticket.address());
    var checks = address == null ? null : address.users.get(ticket.user());
    if (address != null && checks != null && checks.contains(check)) {
      take(address, check);
      known.remove(ticket);
      forget(ticket.address(), address);
    }
  }

  /** Whose turn it is; null when nobody may begin. */
  @Nullable WaitingCheck next(long now) {
    turn = (turn + 1) % TURNS;
    var prefersClean = turn != 0;
    WaitingCheck second = null;
    for (var entry : addresses.entrySet()) {
      var found = nextOf(entry.getKey(), entry.getValue(), now);
      if (found != null && rate.isClean(entry.getKey()) == prefersClean) {
        return begin(found);
      }
      second = second == null ? found : second;
    }
    return second == null ? null : begin(second);
  }

  private @Nullable WaitingCheck nextOf(String name, Address address, long now) {
    var isSlowed = rate.isSlowed(name);
    if (isSlowed && address.running > 0) {
      return null;
    }
    for (var user : address.users.entrySet()) {
      if (!isSlowed || pauseLeft(new Owner(name, user.getKey()), now) <= 0) {
        return user.getValue().getFirst();
      }
    }
    return null;
  }

  private long pauseLeft(Owner owner, long now) {
    var until = pauses.getIfPresent(owner);
    return until == null ? 0 : until - now;
  }

  /** Its user goes to the end of the address's users, and the address to the end of all. */
  private WaitingCheck begin(WaitingCheck check) {
    var ticket = check.ticket();
    var address = requireNonNull(addresses.remove(ticket.address()));
    addresses.put(ticket.address(), address);
    take(address, check);
    var rest = address.users.remove(ticket.user());
    if (rest != null) {
      address.users.put(ticket.user(), rest);
    }
    address.running++;
    return check;
  }

  /** How long until a pause ends that keeps somebody waiting; empty when none does. */
  OptionalLong shortestPause(long now) {
    return addresses.entrySet().stream()
        .filter(entry -> entry.getValue().running == 0 && rate.isSlowed(entry.getKey()))
        .flatMapToLong(
            entry ->
                entry.getValue().users.keySet().stream()
                    .mapToLong(user -> pauseLeft(new Owner(entry.getKey(), user), now)))
        .map(left -> Math.max(1, left))
        .min();
  }

  /** A check has its result: nobody joins it any more. Returns who waits for it. */
  List<MonoSink<Outcome>> over(WaitingCheck check) {
    known.remove(check.ticket());
    return check.sinks();
  }

  /** The turn of a check is over. */
  void done(WaitingCheck check, boolean isWrong, long now) {
    var ticket = check.ticket();
    var address = addresses.get(ticket.address());
    if (address != null) {
      address.running--;
      forget(ticket.address(), address);
    }
    if (isWrong) {
      pauses.put(new Owner(ticket.address(), ticket.user()), now + pauseNanos);
    }
  }
}
