package io.headwater.event;

import io.headwater.oci.Digest;
import io.headwater.oci.RepositoryName;

/**
 * Something happened to an image in a registry.
 *
 * @param host the registry, with its port
 */
public record RegistryEvent(Kind kind, String host, RepositoryName repository, Digest digest) {
  /** What happened. */
  public enum Kind {
    PUSHED,
    DELETED
  }

  @Override
  public String toString() {
    return host + "/" + repository + "@" + digest + " " + kind;
  }
}
