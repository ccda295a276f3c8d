package io.headwater.ext4;

import java.io.IOException;

/**
 * Takes the blocks that a layer changes. Each block comes once, data first, in no particular order.
 */
public interface BlockOutput {
  /**
   * Takes whole blocks.
   *
   * @param offsetBytes where on the device; a multiple of 4096
   * @param length a multiple of 4096
   */
  void write(long offsetBytes, byte[] bytes, int offset, int length) throws IOException;
}
