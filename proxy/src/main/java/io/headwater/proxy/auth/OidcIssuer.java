package io.headwater.proxy.auth;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.source.JWKSourceBuilder;
import com.nimbusds.jose.jwk.source.RateLimitReachedException;
import com.nimbusds.jose.proc.BadJOSEException;
import com.nimbusds.jose.proc.JWSVerificationKeySelector;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import com.nimbusds.jwt.proc.BadJWTException;
import com.nimbusds.jwt.proc.DefaultJWTClaimsVerifier;
import com.nimbusds.jwt.proc.DefaultJWTProcessor;
import io.headwater.fault.FormatException;
import java.io.IOException;
import java.text.ParseException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An issuer of identities: Entra ID, or any other that publishes its keys (OpenID Connect Discovery
 * 1.0). What its tokens claim becomes names that rules can use, together with the issuer's own: who
 * somebody is, is issuer and subject (OpenID Connect Core 1.0 §5.7). Blocks.
 */
final class OidcIssuer {
  private static final Logger LOG = LoggerFactory.getLogger(OidcIssuer.class);

  /** An issuer that does not answer is asked again after so long. */
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  /** Claims that become names, whoever has them. */
  private static final List<String> CLAIMS =
      List.of("sub", "oid", "appid", "azp", "groups", "roles");

  private static final Set<JWSAlgorithm> ALGORITHMS =
      Set.of(
          JWSAlgorithm.RS256,
          JWSAlgorithm.RS384,
          JWSAlgorithm.RS512,
          JWSAlgorithm.PS256,
          JWSAlgorithm.ES256,
          JWSAlgorithm.ES384);

  private final String issuer;
  private final String audience;
  private final Set<String> mutableClaims;
  private final IssuerKeys keys;
  private final ReentrantLock lock = new ReentrantLock();
  private @Nullable DefaultJWTProcessor<SecurityContext> processor;

  /** When it may be asked again, by {@link System#nanoTime}; 0: at once. */
  private long notBefore;

  /**
   * An issuer.
   *
   * @param issuer as its tokens name it; what it publishes is found below that URL
   * @param audience that its tokens have to have
   * @param mutableClaims those of {@link Identities#MUTABLE} that are taken for names
   * @throws FormatException if it is no URL with https, or http on this machine
   */
  OidcIssuer(String issuer, String audience, Set<String> mutableClaims) throws FormatException {
    this.issuer = issuer;
    this.audience = audience;
    this.mutableClaims = mutableClaims;
    this.keys = new IssuerKeys(issuer);
  }

  /** The names of a token's bearer. */
  Checked<Set<String>> names(String token) {
    try {
      // Before anybody is asked for keys: the token says itself that it is of another issuer.
      var jwt = SignedJWT.parse(token);
      if (!issuer.equals(jwt.getJWTClaimsSet().getIssuer())) {
        return Checked.forged();
      }
      var ready = processor();
      return ready == null ? Checked.forged() : Checked.good(names(ready.process(jwt, null)));
    } catch (BadJWTException e) {
      return Checked.stale(); // claims are looked at when the signature was right
    } catch (ParseException | BadJOSEException | RateLimitReachedException e) {
      return Checked.forged();
    } catch (JOSEException e) {
      warn(e);
      return Checked.forged();
    }
  }

  private void warn(Exception e) {
    LOG.warn("Tokens of {} cannot be checked: {}", issuer, e.getMessage());
  }

  private Set<String> names(JWTClaimsSet claims) {
    var names = new HashSet<String>();
    names.add(Identities.ISSUER + issuer);
    for (var claim : Stream.concat(CLAIMS.stream(), mutableClaims.stream()).toList()) {
      switch (claims.getClaim(claim)) {
        case String text -> names.add(Identities.CLAIM + claim + "=" + text);
        case List<?> list -> list.forEach(text -> names.add(Identities.CLAIM + claim + "=" + text));
        case null -> {}
        default -> {}
      }
    }
    return names;
  }

  /** Null for as long as the issuer cannot be asked: it is not asked for each token anew. */
  private @Nullable DefaultJWTProcessor<SecurityContext> processor() {
    lock.lock();
    try {
      if (processor == null && (notBefore == 0 || System.nanoTime() - notBefore >= 0)) {
        try {
          processor = newProcessor();
        } catch (IOException e) {
          notBefore = System.nanoTime() + PATIENCE.toNanos();
          warn(e);
        }
      }
      return processor;
    } finally {
      lock.unlock();
    }
  }

  private DefaultJWTProcessor<SecurityContext> newProcessor() throws IOException {
    var source =
        JWKSourceBuilder.<SecurityContext>create(keys.address().toURL(), keys)
            .retrying(true)
            .build();
    var made = new DefaultJWTProcessor<SecurityContext>();
    made.setJWSKeySelector(new JWSVerificationKeySelector<>(ALGORITHMS, source));
    made.setJWTClaimsSetVerifier(
        new DefaultJWTClaimsVerifier<>(
            audience, new JWTClaimsSet.Builder().issuer(issuer).build(), Set.of("sub", "exp")));
    return made;
  }
}
