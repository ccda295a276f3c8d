package io.headwater.proxy.v2;

import java.util.List;

/** Conditions on entity tags (RFC 9110, 13.1). */
final class EntityTags {
  private EntityTags() {}

  /** Whether {@code If-None-Match} names the tag, weakly compared. */
  static boolean matches(List<String> headers, String etag) {
    for (var header : headers) {
      for (var part : header.split(",")) {
        var candidate = part.trim();
        if (candidate.equals("*") || candidate.equals(etag) || candidate.equals("W/" + etag)) {
          return true;
        }
      }
    }
    return false;
  }
}
