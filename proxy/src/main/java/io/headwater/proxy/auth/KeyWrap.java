package io.headwater.proxy.auth;

import java.io.IOException;

/** A key that never leaves its place, by which other keys are encrypted. Blocks. */
interface KeyWrap {
  /**
   * A key that was encrypted.
   *
   * @param by id of what encrypted it, with its version
   * @param bytes encrypted
   */
  record Wrapped(String by, byte[] bytes) {}

  /** Encrypts a key of 16 to 64 bytes. */
  Wrapped wrap(byte[] key) throws IOException;

  /** The key again. */
  byte[] unwrap(Wrapped wrapped) throws IOException;
}
