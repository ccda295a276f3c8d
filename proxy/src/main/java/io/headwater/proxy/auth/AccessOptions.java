package io.headwater.proxy.auth;

import io.headwater.proxy.login.LoginOptions;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * How callers are known and what they may do.
 *
 * @param htpasswd users and their bcrypt hashes; empty for none
 * @param rules who may do what (JSON); empty: users of htpasswd everything, others nothing
 * @param anonymous who may pull without credentials
 * @param realm URL of the token endpoint as clients reach it; empty to conclude it from each
 *     request
 * @param service what tokens are for
 * @param tokenLifetime of an access token
 * @param keyRotation a new signing key is made after so long
 * @param vaultKey key in Azure Key Vault that encrypts the signing keys in the store, {@code
 *     https://<vault>/keys/<name>}; empty: they are kept there as they are
 * @param issuers of tokens that are taken for identities
 * @param audience that those tokens have to have
 * @param mutableClaims claims of those tokens that may give rights though they can be changed:
 *     email, upn, preferred_username
 * @param logins how often they may fail, and how many passwords are checked at once
 */
public record AccessOptions(
    Optional<Path> htpasswd,
    Optional<Path> rules,
    Anonymous anonymous,
    Optional<String> realm,
    String service,
    Duration tokenLifetime,
    Duration keyRotation,
    Optional<URI> vaultKey,
    List<String> issuers,
    String audience,
    List<String> mutableClaims,
    LoginOptions logins) {

  /** Who may pull without credentials. */
  public enum Anonymous {
    /** Nobody. */
    NONE,
    /** Whoever is on this machine. */
    LOOPBACK,
    /** Everybody. */
    ALL
  }

  /** Pulling without credentials on this machine, and nothing else. */
  public static final AccessOptions DEFAULT =
      new AccessOptions(
          Optional.empty(),
          Optional.empty(),
          Anonymous.LOOPBACK,
          Optional.empty(),
          "headwater",
          Duration.ofMinutes(5),
          Duration.ofDays(30),
          Optional.empty(),
          List.of(),
          "headwater",
          List.of(),
          LoginOptions.DEFAULT);

  /** The same with users. */
  public AccessOptions withHtpasswd(Path file) {
    return new AccessOptions(
        Optional.of(file),
        rules,
        anonymous,
        realm,
        service,
        tokenLifetime,
        keyRotation,
        vaultKey,
        issuers,
        audience,
        mutableClaims,
        logins);
  }

  /** The same with other bounds of log-ins. */
  public AccessOptions withLogins(LoginOptions bounds) {
    return new AccessOptions(
        htpasswd,
        rules,
        anonymous,
        realm,
        service,
        tokenLifetime,
        keyRotation,
        vaultKey,
        issuers,
        audience,
        mutableClaims,
        bounds);
  }

  boolean hasCredentials() {
    return htpasswd.isPresent() || !issuers.isEmpty();
  }
}
