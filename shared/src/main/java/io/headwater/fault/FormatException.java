package io.headwater.fault;

import java.io.IOException;

/** The input breaks a rule of its format. The message names the rule, the place and the value. */
public class FormatException extends IOException {
  public FormatException(String message) {
    super(message);
  }

  public FormatException(String message, Throwable cause) {
    super(message, cause);
  }

  /** The same fault, with where it was found put in front ("layer sha256:…: …"). */
  public FormatException in(String place) {
    return new FormatException(place + ": " + getMessage(), this);
  }
}
