package io.headwater.store;

/** A document is not what the writer thought it was: read it again and decide anew. */
public final class ConflictException extends StoreException {
  public ConflictException(String name) {
    super("document '" + name + "' was changed by somebody else");
  }
}
