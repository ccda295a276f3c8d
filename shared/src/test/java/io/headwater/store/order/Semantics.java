package io.headwater.store.order;

/**
 * Where the stores differ in what can be seen between their steps.
 *
 * @param listsInParts whether a list is read in parts: names that come and go meanwhile may be
 *     missed or seen independently of each other
 * @param sealsInParts whether a blob that is sealed is touched first, and written if that did not
 *     find it
 */
public record Semantics(String name, boolean listsInParts, boolean sealsInParts) {
  /** The store in a folder: walks the folder; renames into place under a lock. */
  public static final Semantics FOLDER = new Semantics("folder", true, false);

  /** The store in a storage account: lists at once; touches, then writes. */
  public static final Semantics ACCOUNT = new Semantics("account", false, true);

  @Override
  public String toString() {
    return name;
  }
}
