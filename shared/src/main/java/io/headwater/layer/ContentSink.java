package io.headwater.layer;

import java.io.IOException;

/** Takes a file's content from its first byte to its last. */
public interface ContentSink {
  /** The next bytes. The array is used again after the call. */
  void write(byte[] bytes, int offset, int length) throws IOException;

  /** The next {@code length} bytes are zero. */
  void hole(long length) throws IOException;
}
