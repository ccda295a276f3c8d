package io.headwater.proxy.observe;

import java.util.Locale;

/** What a request is about, for metrics: few, whatever paths clients think of. */
enum RequestKind {
  BLOB,
  UPLOAD,
  MANIFEST,
  REFERRERS,
  TAGS,
  CATALOG,
  TOKEN,
  MANAGEMENT,
  OTHER;

  static RequestKind of(String path) {
    if (path.startsWith("/v2/")) {
      if (path.contains("/blobs/uploads")) {
        return UPLOAD;
      }
      return path.contains("/blobs/")
          ? BLOB
          : path.contains("/manifests/")
              ? MANIFEST
              : path.contains("/referrers/")
                  ? REFERRERS
                  : path.endsWith("/tags/list")
                      ? TAGS
                      : path.equals("/v2/_catalog") ? CATALOG : OTHER;
    }
    return path.startsWith("/oauth2/") ? TOKEN : path.startsWith("/acr/") ? MANAGEMENT : OTHER;
  }

  /** Whether whoever asks watches over the server. */
  static boolean isHealth(String path) {
    return path.equals("/healthz") || path.equals("/readyz") || path.equals("/metrics");
  }

  String text() {
    return name().toLowerCase(Locale.ROOT);
  }
}
