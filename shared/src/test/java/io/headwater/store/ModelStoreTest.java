package io.headwater.store;

/** The model of the stores keeps the contract that the stores keep. */
class ModelStoreTest implements StoreContract {
  private final ModelStore store = new ModelStore();

  @Override
  public ContentStore store() {
    return store;
  }
}
