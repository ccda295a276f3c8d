package io.headwater.fault;

/**
 * The input is well formed but more than a limit allows. The message names the limit and how to
 * raise it.
 */
public final class LimitException extends FormatException {
  public LimitException(String message) {
    super(message);
  }

  private LimitException(String message, Throwable cause) {
    super(message, cause);
  }

  @Override
  public LimitException in(String place) {
    return new LimitException(place + ": " + getMessage(), this);
  }
}
