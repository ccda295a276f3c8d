package io.headwater.proxy.auth;

import io.headwater.store.ContentStore;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Finds out who sends a request from its Authorization header. Blocks. */
final class Authenticator {
  /** Entra ID's and ACR's way to say that a password is a token. */
  private static final String TOKEN_USER = "00000000-0000-0000-0000-000000000000";

  private static final Duration REFRESH_LIFETIME = Duration.ofHours(3);

  private final AccessOptions options;
  private final @Nullable Htpasswd htpasswd;
  private final @Nullable WatchedFile<AccessRules> rules;
  private final List<OidcIssuer> issuers;
  private final Tokens tokens;
  private final FailedLogins failures;

  Authenticator(AccessOptions options, ContentStore store) throws IOException {
    this.options = options;
    this.htpasswd = options.htpasswd().isPresent() ? Htpasswd.open(options.htpasswd().get()) : null;
    this.rules =
        options.rules().isPresent()
            ? new WatchedFile<>(options.rules().get(), AccessRules::read)
            : null;
    this.issuers =
        options.issuers().stream()
            .map(issuer -> new OidcIssuer(issuer, options.audience()))
            .toList();
    this.tokens = new Tokens(keys(options, store), options.service());
    this.failures = new FailedLogins(options.failuresPerMinute());
  }

  private static SigningKeys keys(AccessOptions options, ContentStore store) throws IOException {
    if (options.vaultKey().isEmpty()) {
      return new SigningKeys(store, Optional.empty(), options.keyRotation(), REFRESH_LIFETIME);
    }
    var wrap = Optional.<KeyWrap>of(VaultKey.of(options.vaultKey().get()));
    var keys = new SigningKeys(store, wrap, options.keyRotation(), REFRESH_LIFETIME);
    keys.newest(); // so that a vault that refuses is heard of at the start, not at the first log-in
    return keys;
  }

  /** Where a request comes from. */
  record Origin(String address, boolean isLoopback) {}

  /**
   * The caller.
   *
   * @param header Authorization; empty for none
   * @throws AccessException if there are credentials and they are wrong
   */
  Caller caller(String header, Origin origin) throws IOException {
    if (header.isEmpty()) {
      return anonymous(origin);
    }
    if (header.regionMatches(true, 0, "Bearer ", 0, 7)) {
      return bearer(header.substring(7).trim());
    }
    if (header.regionMatches(true, 0, "Basic ", 0, 6)) {
      return basic(header.substring(6).trim(), origin);
    }
    throw wrong();
  }

  private static AccessException wrong() {
    return AccessException.unauthorized("the credentials are wrong", "");
  }

  private Caller anonymous(Origin origin) {
    var mayPull =
        switch (options.anonymous()) {
          case NONE -> false;
          case LOOPBACK -> origin.isLoopback();
          case ALL -> true;
        };
    var grants = new java.util.ArrayList<>(rules().grantsOf(Set.of(Caller.ANONYMOUS)));
    if (mayPull) {
      grants.add(Grant.PULL_EVERYTHING);
    }
    return new Caller(Set.of(), grants, mayPull);
  }

  private AccessRules rules() {
    return rules == null ? AccessRules.USERS_MAY_EVERYTHING : rules.get();
  }

  /** What a caller may do that is known by some names. */
  Caller known(Set<String> names) {
    var isUser = names.stream().anyMatch(name -> name.startsWith("user:"));
    var grants = rules == null && isUser ? List.of(Grant.EVERYTHING) : rules().grantsOf(names);
    return new Caller(names, grants, true);
  }

  private Caller bearer(String token) throws IOException {
    var access = tokens.readAccess(token);
    if (access.isPresent()) {
      return access.get();
    }
    var names = issued(token);
    if (names.isEmpty()) {
      // An old token is no attempt to guess one: nobody has to wait for it.
      throw AccessException.unauthorized("the token is not valid, or not any more", "");
    }
    return known(names.get());
  }

  private Optional<Set<String>> issued(String token) {
    return issuers.stream().flatMap(issuer -> issuer.names(token).stream()).findFirst();
  }

  private Caller basic(String encoded, Origin origin) throws IOException {
    String text;
    try {
      text = new String(Base64.getDecoder().decode(encoded), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw wrong();
    }
    var colon = text.indexOf(':');
    if (colon < 0) {
      throw wrong();
    }
    return login(text.substring(0, colon), text.substring(colon + 1), origin);
  }

  /** Who a user is by a password, or by a token in its place. */
  Caller login(String user, String password, Origin origin) throws IOException {
    failures.check(origin.address(), user);
    if (user.equals(TOKEN_USER)) {
      var names =
          tokens.readRefresh(password).filter(this::isStillKnown).or(() -> issued(password));
      if (names.isPresent()) {
        return known(names.get());
      }
    } else if (htpasswd != null && htpasswd.check(user, password)) {
      return known(Set.of("user:" + user));
    }
    failures.failed(origin.address(), user);
    throw wrong();
  }

  /** A user who was taken out of the file gets nothing for an old refresh token. */
  private boolean isStillKnown(Set<String> names) {
    return names.stream()
        .filter(name -> name.startsWith("user:"))
        .allMatch(name -> htpasswd != null && htpasswd.has(name.substring("user:".length())));
  }

  /** Who the bearer of a refresh token is. */
  Caller refresh(String token, Origin origin) throws IOException {
    failures.check(origin.address(), TOKEN_USER);
    var names = tokens.readRefresh(token).filter(this::isStillKnown);
    if (names.isEmpty()) {
      failures.failed(origin.address(), TOKEN_USER);
      throw wrong();
    }
    return known(names.get());
  }

  /** Who the bearer of another issuer's token is. */
  Caller exchange(String token, Origin origin) {
    failures.check(origin.address(), TOKEN_USER);
    var names = issued(token);
    if (names.isEmpty()) {
      failures.failed(origin.address(), TOKEN_USER);
      throw wrong();
    }
    return known(names.get());
  }

  String accessToken(Caller caller, List<Scope> granted) throws IOException {
    return tokens.access(caller, granted, options.tokenLifetime());
  }

  String refreshToken(Caller caller) throws IOException {
    return tokens.refresh(caller, REFRESH_LIFETIME);
  }
}
