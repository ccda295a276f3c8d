package io.headwater.registry;

/** A request that the registry refuses, with its error code. The message is for the client. */
public final class RegistryException extends RuntimeException {
  private final ErrorCode code;

  public RegistryException(ErrorCode code, String message) {
    super(message);
    this.code = code;
  }

  public ErrorCode code() {
    return code;
  }
}
