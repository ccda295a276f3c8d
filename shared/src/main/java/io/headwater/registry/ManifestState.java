package io.headwater.registry;

/**
 * A manifest as it was read.
 *
 * @param etag for removing it on the condition that nobody has pushed it since
 */
record ManifestState(StoredManifest stored, String etag) {}
