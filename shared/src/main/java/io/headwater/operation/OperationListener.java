package io.headwater.operation;

import io.headwater.convert.ConversionListener;

/** Is told of operations from their start to their end, by the process that works on them. */
public interface OperationListener extends ConversionListener {
  /** Tells nobody. */
  OperationListener NONE = new OperationListener() {};

  /** Tells two; the second of the conversion only. */
  static OperationListener both(OperationListener one, ConversionListener other) {
    return new OperationListener() {
      @Override
      public void started(Operation operation) {
        one.started(operation);
      }

      @Override
      public void ended(Operation operation) {
        one.ended(operation);
      }

      @Override
      public void left(Operation operation) {
        one.left(operation);
      }

      @Override
      public void begin(long totalBytes) {
        one.begin(totalBytes);
        other.begin(totalBytes);
      }

      @Override
      public void passedOver(String line) {
        one.passedOver(line);
        other.passedOver(line);
      }

      @Override
      public void read(long bytes) {
        one.read(bytes);
        other.read(bytes);
      }

      @Override
      public void layerDone(LayerReport layer) {
        one.layerDone(layer);
        other.layerDone(layer);
      }
    };
  }

  /** An operation is being worked on, here: a try has begun. */
  default void started(Operation operation) {}

  /** An operation has ended, here, with success or without. */
  default void ended(Operation operation) {}

  /**
   * Nobody works on an operation any more, here: once for each {@link #started}, however the try
   * went, and whether it is the last one or not.
   */
  default void left(Operation operation) {}
}
