package io.headwater.proxy.auth;

import io.headwater.oci.RepositoryName;
import java.util.List;
import java.util.Optional;
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

  /** For logs: who it is, and never a secret. */
  @Override
  public String toString() {
    if (!isKnown()) {
      return ANONYMOUS;
    }
    return first(Identities.USER)
        .or(
            () ->
                first(Identities.ISSUER)
                    .map(
                        issuer ->
                            "oidc:"
                                + issuer.substring(Identities.ISSUER.length())
                                + "#"
                                + first(Identities.CLAIM + "oid=")
                                    .or(() -> first(Identities.CLAIM + "sub="))
                                    .map(claim -> claim.substring(Identities.CLAIM.length()))
                                    .orElse("?")))
        .orElse("somebody");
  }

  private Optional<String> first(String prefix) {
    return names.stream().filter(name -> name.startsWith(prefix)).findFirst();
  }
}
