package io.headwater.proxy.cli;

import io.headwater.proxy.auth.AccessOptions;
import io.headwater.proxy.login.LoginOptions;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Who may do what with the registry. */
final class AccessFlags {
  @Option(
      names = "--htpasswd",
      description = "file of users with bcrypt hashes; see: headwater passwd")
  private @Nullable Path htpasswd;

  @Option(
      names = "--access",
      description =
          "file of rules, JSON: who may do what where (default: users of --htpasswd everything)")
  private @Nullable Path rules;

  @Option(
      names = "--anonymous",
      defaultValue = "loopback",
      description = "who may pull without credentials: none, loopback or all (default: loopback)")
  private AccessOptions.Anonymous anonymous = AccessOptions.Anonymous.LOOPBACK;

  @Option(
      names = "--realm",
      description = "URL of the token endpoint, /oauth2/token, as clients reach it")
  private @Nullable String realm;

  @Option(
      names = "--service",
      defaultValue = "headwater",
      description = "what tokens are for (default: ${DEFAULT-VALUE})")
  private String service = "headwater";

  @Option(
      names = "--token-lifetime",
      defaultValue = "5m",
      converter = TimeSpan.class,
      description = "life of an access token (default: ${DEFAULT-VALUE})")
  private Duration tokenLifetime = Duration.ofMinutes(5);

  @Option(
      names = "--key-rotation",
      defaultValue = "30d",
      converter = TimeSpan.class,
      description = "tokens are signed with a new key after so long (default: ${DEFAULT-VALUE})")
  private Duration keyRotation = Duration.ofDays(30);

  @Option(
      names = "--vault-key",
      description =
          "RSA key in Azure Key Vault, https://<vault>/keys/<name>, that encrypts the signing keys in the store (default: they are kept as they are)")
  private @Nullable URI vaultKey;

  @Option(
      names = "--oidc-issuer",
      split = ",",
      description = "issuers (Entra ID, any OIDC) whose tokens are taken for identities")
  private List<String> issuers = List.of();

  @Option(
      names = "--oidc-audience",
      defaultValue = "headwater",
      description = "audience that those tokens have to have (default: ${DEFAULT-VALUE})")
  private String audience = "headwater";

  @Option(
      names = "--oidc-mutable-claims",
      split = ",",
      description =
          "claims that may give rights though they can be changed: email, upn, preferred_username (default: none)")
  private List<String> mutableClaims = List.of();

  @Option(
      names = "--login-failures",
      defaultValue = "10",
      description =
          "failed log-ins a minute from one address before it is slowed (default: ${DEFAULT-VALUE})")
  private int failures;

  @Option(
      names = "--logins-at-once",
      defaultValue = "0",
      description = "passwords checked at the same time (default: half of the processors)")
  private int atOnce;

  @Option(
      names = "--logins-waiting",
      defaultValue = "256",
      description =
          "passwords that wait to be checked; of one address a quarter of them (default: ${DEFAULT-VALUE})")
  private int waiting;

  @Option(
      names = "--login-pause",
      defaultValue = "1s",
      converter = TimeSpan.class,
      description =
          "between two checks of one user's password from an address that is slowed (default: ${DEFAULT-VALUE})")
  private Duration pause = Duration.ofSeconds(1);

  @Option(
      names = "--trusted-proxies",
      split = ",",
      description =
          "networks of proxies in front, as 10.0.0.0/8, that set Forwarded or X-Forwarded-For (default: none)")
  private List<String> trustedProxies = List.of();

  AccessOptions options() {
    return new AccessOptions(
        Optional.ofNullable(htpasswd),
        Optional.ofNullable(rules),
        anonymous,
        Optional.ofNullable(realm),
        service,
        tokenLifetime,
        keyRotation,
        Optional.ofNullable(vaultKey),
        given(issuers),
        audience,
        given(mutableClaims),
        new LoginOptions(failures, atOnce, waiting, pause, given(trustedProxies)));
  }

  /** A variable that is set and empty, as a template leaves it, is a list of nothing. */
  private static List<String> given(List<String> values) {
    return values.stream().map(String::strip).filter(value -> !value.isEmpty()).toList();
  }
}
