package io.headwater.proxy.v2;

/** A part of an upload that does not begin where the upload is. */
final class OutOfOrderException extends RuntimeException {
  private final String id;
  private final long uploadedBytes;

  OutOfOrderException(String id, long uploadedBytes) {
    super("the upload is at byte " + uploadedBytes + "; go on from there");
    this.id = id;
    this.uploadedBytes = uploadedBytes;
  }

  String id() {
    return id;
  }

  long uploadedBytes() {
    return uploadedBytes;
  }
}
