package io.headwater.store.order;

import java.util.List;
import java.util.function.Predicate;

/**
 * A call on a store: what it looks at and whether it changes that.
 *
 * @param text for people
 * @param space documents, blobs or uploads: calls on different ones commute
 * @param key the thing's name; of a listing, what the names begin with
 * @param witnessed other documents of which it is noted, in the same moment, whether they are there
 */
record Call(String text, Space space, String key, Effect effect, List<String> witnessed) {
  enum Space {
    DOCUMENTS,
    BLOBS,
    UPLOADS
  }

  enum Effect {
    READS,
    WRITES,
    REMOVES,
    LISTS,
    /** Lists, and removes what it finds. */
    SWEEPS
  }

  private boolean isWhole() {
    return effect == Effect.LISTS || effect == Effect.SWEEPS;
  }

  private boolean changes() {
    return effect != Effect.READS && effect != Effect.LISTS;
  }

  /**
   * Whether the two calls, made now, may answer or leave behind something else in the other order.
   *
   * @param exists the documents that there are now
   */
  boolean conflictsWith(Call other, Predicate<String> exists) {
    if (space != other.space || !changes() && !other.changes()) {
      return false;
    }
    if (isWitnessOf(other, exists) || other.isWitnessOf(this, exists)) {
      return true;
    }
    if (isWhole()) {
      return other.isWhole() || other.key.startsWith(key) && other.changesNames(exists);
    }
    return other.isWhole() ? other.conflictsWith(this, exists) : key.equals(other.key);
  }

  private boolean isWitnessOf(Call other, Predicate<String> exists) {
    return witnessed.contains(other.key) && other.changes() && other.changesNames(exists);
  }

  /** A list of documents shows names alone; one of blobs shows which state they are in. */
  private boolean changesNames(Predicate<String> exists) {
    return space != Space.DOCUMENTS
        || (effect == Effect.WRITES) != exists.test(key)
        || effect == Effect.SWEEPS;
  }

  @Override
  public String toString() {
    return text;
  }
}
