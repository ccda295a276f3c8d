package io.headwater.registry;

/**
 * The error codes of the OCI distribution specification ("Error Codes"), with the HTTP status that
 * goes with each.
 */
public enum ErrorCode {
  BLOB_UNKNOWN(404),
  BLOB_UPLOAD_INVALID(400),
  BLOB_UPLOAD_UNKNOWN(404),
  DIGEST_INVALID(400),
  MANIFEST_BLOB_UNKNOWN(404),
  MANIFEST_INVALID(400),
  MANIFEST_UNKNOWN(404),
  NAME_INVALID(400),
  NAME_UNKNOWN(404),
  SIZE_INVALID(400),
  UNAUTHORIZED(401),
  DENIED(403),
  UNSUPPORTED(405),
  TOOMANYREQUESTS(429),
  PAGINATION_NUMBER_INVALID(400),

  /** Not in the specification, which asks for its status. */
  MANIFEST_TOO_LARGE(413),

  /** Not in the specification. */
  BLOB_TOO_LARGE(413),

  /** Not in the specification: a request to the management routes that makes no sense. */
  REQUEST_INVALID(400),

  /** Not in the specification: there is no such operation. */
  OPERATION_UNKNOWN(404),

  /** Not in the specification: the state of things is not what the request takes for granted. */
  CONFLICT(409),
  UNAVAILABLE(503);

  private final int status;

  ErrorCode(int status) {
    this.status = status;
  }

  /** HTTP status. */
  public int status() {
    return status;
  }
}
