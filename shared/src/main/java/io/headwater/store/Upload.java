package io.headwater.store;

import io.headwater.fault.FormatException;
import io.headwater.oci.Digest;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Content that comes in pieces and becomes a blob at the end. Its state is in the store: after a
 * restart, and at another process, it goes on where it was. One writes at a time.
 */
public interface Upload {
  /** Bytes that came so far. */
  long sizeBytes();

  /**
   * Goes on writing.
   *
   * @throws ConflictException if somebody else writes or has written meanwhile
   */
  Writer append() throws StoreException;

  /**
   * Ends the upload and puts its content into the store.
   *
   * @throws FormatException if the content is not of that digest; the upload is gone then
   * @throws ConflictException if somebody else is writing
   */
  StoredBlob seal(Digest expected) throws FormatException, StoreException;

  /** Ends the upload and forgets what came. */
  void discard() throws StoreException;

  /**
   * Takes bytes. What it took counts from {@link #close} on, and mostly before; where a write has
   * failed, nothing behind what failed counts. Any thread may close it, which waits for a write
   * that is under way; after that, it takes no more.
   */
  interface Writer extends Closeable {
    /** Takes all bytes that remain in the buffer. */
    void write(ByteBuffer bytes) throws IOException;

    @Override
    void close() throws StoreException;
  }
}
