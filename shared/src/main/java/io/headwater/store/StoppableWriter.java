package io.headwater.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A writer of an upload that another thread may close: a request that is canceled is ended by
 * another thread than the one that writes. A write that is under way ends first, and none begins
 * afterwards: what counts is what the writer has said.
 */
public final class StoppableWriter implements Upload.Writer {
  private final String what;
  private final Upload.Writer writer;

  /** Fair: who closes comes before the next of many writes. */
  private final ReentrantLock lock = new ReentrantLock(true);

  private boolean isClosed;

  /**
   * Guards a writer.
   *
   * @param what it writes, as a message begins with it
   */
  public StoppableWriter(String what, Upload.Writer writer) {
    this.what = what;
    this.writer = writer;
  }

  @Override
  public void write(ByteBuffer bytes) throws IOException {
    lock.lock();
    try {
      if (isClosed) {
        throw new StoreException(what + " was broken off; go on from what it has");
      }
      writer.write(bytes);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void close() throws StoreException {
    lock.lock();
    try {
      if (!isClosed) {
        isClosed = true;
        writer.close();
      }
    } finally {
      lock.unlock();
    }
  }
}
