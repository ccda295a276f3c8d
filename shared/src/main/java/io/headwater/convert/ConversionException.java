package io.headwater.convert;

import java.io.IOException;

/** An image that cannot be converted, with the code for clients. */
public final class ConversionException extends IOException {
  private final FailureCode code;

  public ConversionException(FailureCode code, String message) {
    super(message);
    this.code = code;
  }

  public FailureCode code() {
    return code;
  }
}
