package io.headwater.operation;

import io.headwater.convert.ConversionListener;
import java.io.IOException;

/** Where operations are worked on. */
sealed interface Workplace extends AutoCloseable permits WorkHere, WorkInQueue {
  /** Takes up an operation that was just filed; gives its state now. */
  Operation begin(OperationLog.Entry entry, ConversionListener listener) throws IOException;

  /** Whether nobody will go on with an operation unless it is taken over now. */
  boolean isLost(OperationLog.Entry entry);

  /**
   * Sees to it that somebody goes on with an operation that is lost.
   *
   * @return false if somebody else was faster
   */
  boolean takeOver(OperationLog.Entry entry, ConversionListener listener) throws IOException;

  /** Stops an operation, if it is this process that works on it: it was canceled. */
  void stop(String id);

  @Override
  void close();
}
