package io.headwater.store;

/**
 * A small document.
 *
 * @param content its bytes
 * @param mediaType as it was given
 * @param etag changes with every change of content or media type
 * @param age how long ago it was written, by the store's clock alone, to the second
 */
public record Document(byte[] content, String mediaType, String etag, java.time.Duration age) {
  /** The content as text in UTF-8. */
  public String text() {
    return new String(content, java.nio.charset.StandardCharsets.UTF_8);
  }
}
