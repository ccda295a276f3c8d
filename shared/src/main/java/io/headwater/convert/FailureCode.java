package io.headwater.convert;

/** Why a conversion fails (formats/acr-contract.md, "Why a conversion fails"). */
public enum FailureCode {
  /** An internal error; a retry helps. */
  UNKNOWN_ERROR,
  /** The image is not in the registry. */
  RESOURCE_NOT_FOUND,
  /** The image is for another system than linux. */
  UNSUPPORTED_PLATFORM,
  /** No image in the index is for linux. */
  NO_SUPPORTED_PLATFORM_FOUND,
  /** The target is neither manifest nor index, OCI's or Docker's. */
  UNSUPPORTED_MEDIATYPE,
  /** The target is itself a streaming artifact. */
  UNSUPPORTED_ARTIFACT_TYPE,
  /** The target is no image that can be run. */
  IMAGE_NOT_RUNNABLE,
  /**
   * The image breaks a rule of its formats, or a limit. Not in ACR's list, which says
   * UNKNOWN_ERROR.
   */
  INVALID_IMAGE
}
