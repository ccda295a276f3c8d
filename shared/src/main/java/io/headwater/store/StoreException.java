package io.headwater.store;

import java.io.IOException;

/** The store failed. Says whether trying again may help. */
public class StoreException extends IOException {
  private final boolean retryable;

  public StoreException(String message, boolean retryable, Throwable cause) {
    super(message, cause);
    this.retryable = retryable;
  }

  StoreException(String message) {
    super(message);
    this.retryable = false;
  }

  public boolean isRetryable() {
    return retryable;
  }
}
