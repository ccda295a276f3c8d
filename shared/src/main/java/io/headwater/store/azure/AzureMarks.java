package io.headwater.store.azure;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Where pages of listings have ended, with the service's marker to go on from there. A marker
 * stands for a place between names, so that it stays right whatever is written or removed. Bounded;
 * safe for use by several threads.
 */
final class AzureMarks {
  /** About half a kilobyte each. At 5000 names a page they reach over 20 million. */
  private static final int MOST = 4096;

  /** The service says nothing about how long a marker may be used. */
  private static final Duration KEPT = Duration.ofMinutes(30);

  /** The end of a page, at a name. */
  record Mark(String name, String marker, Instant since) {}

  private record Place(String prefix, String name, Instant since) {}

  private final ReentrantLock lock = new ReentrantLock();
  private final Map<String, TreeMap<String, Mark>> byPrefix = new HashMap<>();
  private final Deque<Place> oldestFirst = new ArrayDeque<>();

  void add(String prefix, String name, String marker) {
    lock.lock();
    try {
      var now = Instant.now();
      var mark = new Mark(name, marker, now);
      byPrefix.computeIfAbsent(prefix, p -> new TreeMap<>()).put(name, mark);
      oldestFirst.add(new Place(prefix, name, now));
      forgetOld(now);
    } finally {
      lock.unlock();
    }
  }

  /** The last one that is at a name or before it. */
  Optional<Mark> before(String prefix, String name) {
    lock.lock();
    try {
      forgetOld(Instant.now());
      return Optional.ofNullable(byPrefix.get(prefix))
          .map(marks -> marks.floorEntry(name))
          .map(Map.Entry::getValue);
    } finally {
      lock.unlock();
    }
  }

  private void forgetOld(Instant now) {
    while (!oldestFirst.isEmpty()
        && (oldestFirst.size() > MOST || oldestFirst.element().since().isBefore(now.minus(KEPT)))) {
      forget(oldestFirst.remove());
    }
  }

  /** Unless it was found anew since. */
  private void forget(Place place) {
    var marks = byPrefix.get(place.prefix());
    if (marks == null) {
      return;
    }
    var mark = marks.get(place.name());
    if (mark != null && mark.since().equals(place.since())) {
      marks.remove(place.name());
    }
    if (marks.isEmpty()) {
      byPrefix.remove(place.prefix());
    }
  }
}
