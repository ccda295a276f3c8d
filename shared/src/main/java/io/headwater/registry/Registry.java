package io.headwater.registry;

import io.headwater.oci.RepositoryName;
import io.headwater.store.ContentStore;

/** All repositories in a store. */
public record Registry(ContentStore store) {
  /** A repository, whether anything is in it or not. */
  public Repository repository(RepositoryName name) {
    return new Repository(store, name);
  }
}
