package io.headwater.convert;

import io.headwater.oci.Descriptor;
import io.headwater.oci.Platform;

/**
 * Is told how a conversion goes on. Called from the threads that do the work: must be quick and may
 * be called by several.
 */
public interface ConversionListener {
  /** Tells nobody. */
  ConversionListener NONE = new ConversionListener() {};

  /** Tells two. */
  static ConversionListener both(ConversionListener one, ConversionListener other) {
    return new ConversionListener() {
      @Override
      public void started(Operation operation) {
        one.started(operation);
        other.started(operation);
      }

      @Override
      public void ended(Operation operation) {
        one.ended(operation);
        other.ended(operation);
      }

      @Override
      public void begin(long totalBytes) {
        one.begin(totalBytes);
        other.begin(totalBytes);
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

  /** An operation is being worked on, here. */
  default void started(Operation operation) {}

  /** An operation has ended, here, with success or without. */
  default void ended(Operation operation) {}

  /**
   * How many bytes of layers there are to read in all. Layers that are reused count as read when
   * they are found.
   */
  default void begin(long totalBytes) {}

  /** Bytes of layers were read. */
  default void read(long bytes) {}

  /** A layer is done. */
  default void layerDone(LayerReport layer) {}

  /**
   * What became of a layer.
   *
   * @param number from 1
   * @param reused whether it had been converted before
   * @param original the original's layer; its digest and diffID are known to be right
   * @param convertedBytes size of the converted blob
   */
  record LayerReport(
      Platform platform,
      int number,
      int of,
      boolean reused,
      Descriptor original,
      long convertedBytes) {}
}
