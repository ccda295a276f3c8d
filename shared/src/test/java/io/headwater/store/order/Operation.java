package io.headwater.store.order;

import io.headwater.store.ContentStore;

/** Something that is done on a store, by one thread. */
public record Operation(String name, Work work) {
  /** What is done. */
  public interface Work {
    void run(ContentStore store) throws Exception;
  }
}
