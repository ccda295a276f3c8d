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

  /** Wrong credentials, after too many wrong ones. */
  static AccessException slowed(long retryAfterSeconds) {
    return tooMany(
        "the credentials are wrong, and so were too many others from the same address",
        retryAfterSeconds);
  }

  /** So many wait that this log-in cannot. */
  static AccessException busy(long retryAfterSeconds) {
    return tooMany("too many log-ins wait to be checked", retryAfterSeconds);
  }

  private static AccessException tooMany(String why, long retryAfterSeconds) {
    return new AccessException(
        ErrorCode.TOOMANYREQUESTS,
        why + "; try again in " + retryAfterSeconds + " seconds",
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
