package io.headwater.operation;

import io.headwater.store.StoreException;

/** Where requests for conversions wait for a worker. What was sent is delivered at least once. */
public interface ConversionQueue {
  /** Puts a request at the end. */
  void send(ConversionRequest request) throws StoreException;
}
