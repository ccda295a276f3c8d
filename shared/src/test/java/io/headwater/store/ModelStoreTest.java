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
