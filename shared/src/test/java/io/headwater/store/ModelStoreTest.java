package io.headwater.store;

import io.headwater.store.ModelStore.Etags;
import org.junit.jupiter.api.Nested;

/** The model of the stores keeps the contract that the stores keep. */
class ModelStoreTest {
  @Nested
  class WithEtagsOfContent implements StoreContract {
    private final ModelStore store = new ModelStore(Etags.OF_CONTENT);

    @Override
    public ContentStore store() {
      return store;
    }

    /**
     * Its ETags do come again: no store is like that any more, and rules hold on it all the same.
     */
    @Override
    public void etagOfDocumentNeverComesAgain() {}

    @Override
    public void deletingOnConditionLeavesWhatWasWrittenAnew() {}
  }

  @Nested
  class WithEtagsOfWriting implements StoreContract {
    private final ModelStore store = new ModelStore(Etags.OF_WRITING);

    @Override
    public ContentStore store() {
      return store;
    }
  }
}
