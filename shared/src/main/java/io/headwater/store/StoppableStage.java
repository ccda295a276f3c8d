package io.headwater.store;

import io.headwater.fault.FormatException;
import io.headwater.oci.Digest;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A stage that another thread may close. A write or a sealing that is under way ends first, and
 * none begins afterwards, so that nothing is written to what was discarded.
 */
public final class StoppableStage implements Stage {
  private final Stage stage;

  /** Fair: who closes comes before the next of many writes. */
  private final ReentrantLock lock = new ReentrantLock(true);

  private final OutputStream body = new Body();
  private boolean isClosed;

  /** Guards a stage. */
  public StoppableStage(Stage stage) {
    this.stage = stage;
  }

  private final class Body extends OutputStream {
    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      lock.lock();
      try {
        requireOpen();
        stage.body().write(bytes, offset, length);
      } finally {
        lock.unlock();
      }
    }
  }

  private void requireOpen() throws StoreException {
    if (isClosed) {
      throw new StoreException("writing the blob was broken off");
    }
  }

  @Override
  public OutputStream body() {
    return body;
  }

  @Override
  public StoredBlob seal(byte[] front, Optional<Digest> expected)
      throws FormatException, StoreException {
    lock.lock();
    try {
      requireOpen();
      return stage.seal(front, expected);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void close() throws StoreException {
    lock.lock();
    try {
      isClosed = true;
      stage.close();
    } finally {
      lock.unlock();
    }
  }
}
