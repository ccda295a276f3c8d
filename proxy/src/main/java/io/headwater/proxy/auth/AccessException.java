package io.headwater.proxy.auth;

import io.headwater.registry.ErrorCode;

/** A request that is not allowed: who asks is not known, may not, or has guessed too often. */
public final class AccessException extends RuntimeException {
  private final ErrorCode code;
  private final String challenge;
  private final long retryAfterSeconds;

  private AccessException(
      ErrorCode code, String message, String challenge, long retryAfterSeconds) {
    super(message);
    this.code = code;
    this.challenge = challenge;
    this.retryAfterSeconds = retryAfterSeconds;
  }

  static AccessException unauthorized(String message, String challenge) {
    return new AccessException(ErrorCode.UNAUTHORIZED, message, challenge, 0);
  }

  static AccessException denied(String message) {
    return new AccessException(ErrorCode.DENIED, message, "", 0);
  }

  /** As if there were no such repository. */
  static AccessException hidden(String message) {
    return new AccessException(ErrorCode.NAME_UNKNOWN, message, "", 0);
  }

  static AccessException tooMany(long retryAfterSeconds) {
    return new AccessException(
        ErrorCode.TOOMANYREQUESTS,
        "too many failed log-ins; try again in " + retryAfterSeconds + " seconds",
        "",
        retryAfterSeconds);
  }

  public int status() {
    return code.status();
  }

  public ErrorCode code() {
    return code;
  }

  /** For WWW-Authenticate; empty for none. */
  public String challenge() {
    return challenge;
  }

  public long retryAfterSeconds() {
    return retryAfterSeconds;
  }
}
