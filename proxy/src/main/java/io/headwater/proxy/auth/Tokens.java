package io.headwater.proxy.auth;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.crypto.ECDSAVerifier;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import java.io.IOException;
import java.text.ParseException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/**
 * Our own tokens: JWTs that say what their bearer may do (distribution's token specification,
 * "Access token"), and refresh tokens that say who the bearer is. Blocks.
 */
final class Tokens {
  private static final String ISSUER = "headwater";
  private static final JOSEObjectType ACCESS = new JOSEObjectType("at+jwt");
  private static final JOSEObjectType REFRESH = new JOSEObjectType("rt+jwt");
  private static final int MAX_TOKEN_CHARACTERS = 16 * 1024;

  /** Clocks of several machines do not agree to the second. */
  private static final Duration SKEW = Duration.ofSeconds(30);

  private final SigningKeys keys;
  private final String service;

  Tokens(SigningKeys keys, String service) {
    this.keys = keys;
    this.service = service;
  }

  /** A token for what was granted of the scopes that were asked for. */
  String access(Caller caller, List<Scope> granted, Duration lifetime) throws IOException {
    var access = new ArrayList<Map<String, Object>>();
    for (var scope : granted) {
      access.add(Map.of("type", scope.type(), "name", scope.name(), "actions", scope.actions()));
    }
    return sign(ACCESS, claims(caller, lifetime).claim("access", access).build());
  }

  /** A token for getting access tokens. */
  String refresh(Caller caller, Duration lifetime) throws IOException {
    return sign(REFRESH, claims(caller, lifetime).build());
  }

  private JWTClaimsSet.Builder claims(Caller caller, Duration lifetime) {
    var now = Instant.now();
    return new JWTClaimsSet.Builder()
        .issuer(ISSUER)
        .subject(caller.toString())
        .audience(service)
        .issueTime(Date.from(now))
        .notBeforeTime(Date.from(now.minus(SKEW)))
        .expirationTime(Date.from(now.plus(lifetime)))
        .jwtID(UUID.randomUUID().toString())
        .claim("names", List.copyOf(caller.names()));
  }

  private String sign(JOSEObjectType type, JWTClaimsSet claims) throws IOException {
    try {
      var key = keys.newest();
      var header =
          new JWSHeader.Builder(JWSAlgorithm.ES256).type(type).keyID(key.getKeyID()).build();
      var token = new SignedJWT(header, claims);
      token.sign(new ECDSASigner(key));
      return token.serialize();
    } catch (JOSEException e) {
      throw new IOException("a token cannot be signed", e);
    }
  }

  /** The bearer of an access token. */
  Checked<Caller> readAccess(String token) throws IOException {
    return verify(token, ACCESS).map(Tokens::caller);
  }

  /** The names of a refresh token's bearer. */
  Checked<Set<String>> readRefresh(String token) throws IOException {
    return verify(token, REFRESH).map(Tokens::names);
  }

  private Checked<JWTClaimsSet> verify(String token, JOSEObjectType type) throws IOException {
    if (token.length() > MAX_TOKEN_CHARACTERS) {
      return Checked.forged();
    }
    try {
      var jwt = SignedJWT.parse(token);
      var header = jwt.getHeader();
      if (!JWSAlgorithm.ES256.equals(header.getAlgorithm()) || header.getKeyID() == null) {
        return Checked.forged();
      }
      var key = keys.find(header.getKeyID());
      if (key.isEmpty() || !jwt.verify(new ECDSAVerifier(key.get().toPublicJWK()))) {
        return Checked.forged();
      }
      var claims = jwt.getJWTClaimsSet();
      return type.equals(header.getType()) && isValidNow(claims)
          ? Checked.good(claims)
          : Checked.stale();
    } catch (ParseException | JOSEException e) {
      return Checked.forged();
    }
  }

  private boolean isValidNow(JWTClaimsSet claims) {
    var now = Instant.now();
    return ISSUER.equals(claims.getIssuer())
        && claims.getAudience().contains(service)
        && claims.getExpirationTime() != null
        && claims.getExpirationTime().toInstant().plus(SKEW).isAfter(now)
        && claims.getNotBeforeTime() != null
        && claims.getNotBeforeTime().toInstant().minus(SKEW).isBefore(now);
  }

  private static Set<String> names(JWTClaimsSet claims) {
    try {
      var names = claims.getStringListClaim("names");
      return names == null ? Set.of() : Set.copyOf(names);
    } catch (ParseException e) {
      return Set.of();
    }
  }

  private static Caller caller(JWTClaimsSet claims) {
    var grants = new ArrayList<Grant>();
    var catalog = false;
    if (claims.getClaim("access") instanceof List<?> access) {
      for (var entry : access) {
        if (entry instanceof Map<?, ?> map && map.get("actions") instanceof List<?> actions) {
          var name = String.valueOf(map.get("name"));
          if ("repository".equals(map.get("type"))) {
            var allowed = EnumSet.noneOf(Action.class);
            actions.forEach(action -> allowed.addAll(Action.named(String.valueOf(action))));
            grants.add(new Grant(name, allowed));
          } else {
            catalog |= "registry".equals(map.get("type")) && Scope.CATALOGS.contains(name);
          }
        }
      }
    }
    return new Caller(names(claims), grants, catalog);
  }
}
