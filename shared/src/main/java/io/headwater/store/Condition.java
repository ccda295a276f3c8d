package io.headwater.store;

/** When a document may be written or removed. */
public sealed interface Condition {
  /** Always. */
  Condition ALWAYS = new Always();

  /** Only if there is none ({@code If-None-Match: *}). */
  Condition IF_ABSENT = new IfAbsent();

  /** Only if it still has that ETag ({@code If-Match}). */
  static Condition ifMatch(String etag) {
    return new IfMatch(etag);
  }

  /** Always. */
  record Always() implements Condition {}

  /** Only if there is none. */
  record IfAbsent() implements Condition {}

  /** Only if it still has that ETag. */
  record IfMatch(String etag) implements Condition {}
}
