package io.headwater.store;

/** Something is not what the writer thought it was: read it again and decide anew. */
public final class ConflictException extends StoreException {
  /**
   * A conflict.
   *
   * @param what was changed, as a message begins with it
   */
  public ConflictException(String what) {
    super(what + " was changed by somebody else");
  }
}
