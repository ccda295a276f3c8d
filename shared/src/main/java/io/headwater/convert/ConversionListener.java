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

  /**
   * How many bytes of layers there are to read in all. Layers that are reused count as read when
   * they are found.
   */
  default void begin(long totalBytes) {}

  /** An image of an index is not converted: a line that says which and why. */
  default void passedOver(String line) {}

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
