package io.headwater.proxy.auth;

import io.headwater.oci.RepositoryName;
import java.util.List;
import java.util.Set;

/**
 * Who sends a request, as far as it is known.
 *
 * @param names under which rules know it: {@code user:alice}, {@code claim:groups=platform}; none
 *     for nobody
 * @param grants what it may do with this request
 * @param catalog whether it may list repositories
 */
public record Caller(Set<String> names, List<Grant> grants, boolean catalog) {
  /** What rules call a caller without credentials. */
  static final String ANONYMOUS = "anonymous";

  boolean isKnown() {
    return !names.isEmpty();
  }

  boolean allows(RepositoryName repository, Action action) {
    return grants.stream().anyMatch(grant -> grant.covers(repository.value(), action));
  }

  /** For logs: never a secret. */
  @Override
  public String toString() {
    return isKnown() ? String.join(",", names) : ANONYMOUS;
  }
}
