package io.headwater.functions.beans;

import java.io.IOException;

/** A conversion has failed after its last try for a reason that is not the image's. */
final class GivenUpException extends IOException {
  GivenUpException(String message) {
    super(message);
  }
}
