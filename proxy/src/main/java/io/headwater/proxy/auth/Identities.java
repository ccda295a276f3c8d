package io.headwater.proxy.auth;

import io.headwater.fault.FormatException;
import java.util.List;
import java.util.Set;

/**
 * By which names callers can be known, and what rules may call them. A claim is a name together
 * with its issuer only: issuers do not know each other's users.
 *
 * @param issuers of tokens
 * @param mutableClaims those of {@link #MUTABLE} that may give rights
 */
record Identities(List<String> issuers, Set<String> mutableClaims) {
  static final String USER = "user:";
  static final String ISSUER = "issuer:";
  static final String CLAIM = "claim:";
  private static final String OIDC = "oidc:";

  /**
   * Claims that whom they name, or whoever administers another directory, may be able to change
   * (OpenID Connect Core 1.0 §5.7: only {@code iss} and {@code sub} identify).
   */
  static final Set<String> MUTABLE = Set.of("email", "upn", "preferred_username");

  Identities {
    for (var claim : mutableClaims) {
      if (!MUTABLE.contains(claim)) {
        throw new IllegalArgumentException(
            "oidc-mutable-claims: '" + claim + "' is none: give email, upn, preferred_username");
      }
    }
  }

  /**
   * The names that a caller has to have whom a rule means: {@code user:alice}, {@code
   * oidc:<issuer>#<claim>=<value>}, and {@code claim:<claim>=<value>} where there is one issuer.
   *
   * @throws FormatException if it is ambiguous, or gives rights to who should have none
   */
  Set<String> meant(String who) throws FormatException {
    if (who.startsWith(CLAIM)) {
      var claim = checked(who, who.substring(CLAIM.length()));
      if (issuers.size() > 1) {
        throw new FormatException(
            "'"
                + who
                + "' could be of each of the "
                + issuers.size()
                + " issuers: write "
                + OIDC
                + "<issuer>#"
                + claim);
      }
      return issuers.isEmpty()
          ? Set.of(CLAIM + claim)
          : Set.of(ISSUER + issuers.getFirst(), CLAIM + claim);
    }
    if (who.startsWith(OIDC)) {
      var hash = who.indexOf('#');
      var issuer = hash < 0 ? "" : who.substring(OIDC.length(), hash);
      if (!issuers.contains(issuer)) {
        throw new FormatException(
            "'"
                + who
                + "' is of no issuer that is taken: write "
                + OIDC
                + "<issuer>#<claim>=<value>, with one of "
                + issuers);
      }
      return Set.of(ISSUER + issuer, CLAIM + checked(who, who.substring(hash + 1)));
    }
    return Set.of(who);
  }

  private String checked(String who, String claim) throws FormatException {
    var name = claim.substring(0, Math.max(0, claim.indexOf('=')));
    if (name.isEmpty()) {
      throw new FormatException("'" + who + "' has no <claim>=<value>");
    }
    if (MUTABLE.contains(name) && !mutableClaims.contains(name)) {
      throw new FormatException(
          "'"
              + who
              + "' gives no rights, since "
              + name
              + " can be changed: use sub or oid, or start with --oidc-mutable-claims "
              + name);
    }
    return claim;
  }

  /** Whether a caller's names are such as are given out now. */
  boolean areOf(Set<String> names) {
    var hasIssuer = names.stream().anyMatch(name -> name.startsWith(ISSUER));
    return names.stream()
        .allMatch(
            name ->
                name.startsWith(ISSUER)
                    ? issuers.contains(name.substring(ISSUER.length()))
                    : hasIssuer || name.startsWith(USER));
  }
}
