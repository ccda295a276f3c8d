package io.headwater.store;

import io.headwater.fault.FormatException;
import io.headwater.oci.Digest;
import java.io.Closeable;
import java.io.OutputStream;
import java.util.Optional;

/**
 * A blob being written. Nobody sees it before it is sealed; closed without being sealed it leaves
 * nothing behind. One writes at a time; any thread may close it, which waits for a write that is
 * under way.
 */
public interface Stage extends Closeable {
  /** Takes everything behind the front. */
  OutputStream body();

  /**
   * Puts the front before the body, and the whole into the store under its digest.
   *
   * @param front as many bytes as the stage was made for
   * @param expected what the digest must be, if that is known
   * @throws FormatException if the digest is another; nothing is kept then
   * @throws StoreException if the store fails; nothing is kept then
   */
  StoredBlob seal(byte[] front, Optional<Digest> expected) throws FormatException, StoreException;

  @Override
  void close() throws StoreException;
}
