package io.headwater.registry;

import io.headwater.oci.RepositoryName;
import io.headwater.store.ContentStore;
import io.headwater.store.StoreException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * All repositories in a store.
 *
 * @param retention how long what was deleted can be restored; zero for not at all
 */
public record Registry(ContentStore store, Duration retention) {
  /** What ACR keeps deleted images by default. */
  public static final Duration DEFAULT_RETENTION = Duration.ofDays(7);

  /** A registry that keeps what is deleted for {@link #DEFAULT_RETENTION}. */
  public Registry(ContentStore store) {
    this(store, DEFAULT_RETENTION);
  }

  /** A repository, whether anything is in it or not. */
  public Repository repository(RepositoryName name) {
    return new Repository(store, name, retention);
  }

  /**
   * A page of the names of repositories to which anything was ever put, in the order of what the
   * store has of them: {@code a-b} comes before {@code a}.
   *
   * @param after only those behind this one, whether it is there or not; empty for the first page
   * @param limit at most so many
   */
  public List<RepositoryName> repositories(String after, int limit) throws StoreException {
    var from =
        after.isEmpty() ? "" : RepositoryLayout.CATALOG + after + RepositoryLayout.CATALOG_ENDING;
    return store.list(RepositoryLayout.CATALOG, from, limit).stream().map(Registry::name).toList();
  }

  private static RepositoryName name(String entry) {
    return new RepositoryName(
        entry.substring(
            RepositoryLayout.CATALOG.length(),
            entry.length() - RepositoryLayout.CATALOG_ENDING.length()));
  }

  /** The names of all repositories to which anything was ever put, ascending. */
  public List<RepositoryName> repositories() throws StoreException {
    var found = new ArrayList<RepositoryName>();
    for (var entries = store.names(RepositoryLayout.CATALOG); entries.hasNext(); ) {
      var entry = entries.next();
      if (entry.endsWith(RepositoryLayout.CATALOG_ENDING)) {
        found.add(name(entry));
      }
    }
    Collections.sort(found);
    return found;
  }
}
