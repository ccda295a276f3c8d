package io.headwater.proxy.auth;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.source.JWKSourceBuilder;
import com.nimbusds.jose.proc.BadJOSEException;
import com.nimbusds.jose.proc.JWSVerificationKeySelector;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.proc.BadJWTException;
import com.nimbusds.jwt.proc.DefaultJWTClaimsVerifier;
import com.nimbusds.jwt.proc.DefaultJWTProcessor;
import io.headwater.oci.Field;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.text.ParseException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An issuer of identities: Entra ID, or any other that publishes its keys (OpenID Connect Discovery
 * 1.0). What its tokens claim becomes names that rules can use. Blocks.
 */
final class OidcIssuer {
  private static final Logger LOG = LoggerFactory.getLogger(OidcIssuer.class);
  private static final Duration TIMEOUT = Duration.ofSeconds(10);

  /** Claims that become names. */
  private static final List<String> CLAIMS =
      List.of(
          "sub", "oid", "appid", "azp", "email", "preferred_username", "upn", "groups", "roles");

  private static final Set<JWSAlgorithm> ALGORITHMS =
      Set.of(
          JWSAlgorithm.RS256,
          JWSAlgorithm.RS384,
          JWSAlgorithm.RS512,
          JWSAlgorithm.PS256,
          JWSAlgorithm.ES256,
          JWSAlgorithm.ES384);

  private final ReentrantLock lock = new ReentrantLock();
  private final String issuer;
  private final String audience;
  private @Nullable DefaultJWTProcessor<SecurityContext> processor;

  /**
   * An issuer.
   *
   * @param issuer as its tokens name it; what it publishes is found below that URL
   * @param audience that its tokens have to have
   */
  OidcIssuer(String issuer, String audience) {
    this.issuer = issuer;
    this.audience = audience;
  }

  /** The names of a token's bearer. */
  Checked<Set<String>> names(String token) {
    try {
      return Checked.good(names(processor().process(token, null)));
    } catch (BadJWTException e) {
      return Checked.stale(); // claims are looked at when the signature was right
    } catch (ParseException | BadJOSEException e) {
      return Checked.forged();
    } catch (JOSEException | IOException e) {
      LOG.warn("A token of {} cannot be checked: {}", issuer, e.getMessage());
      return Checked.forged();
    }
  }

  private static Set<String> names(JWTClaimsSet claims) {
    var names = new HashSet<String>();
    for (var claim : CLAIMS) {
      switch (claims.getClaim(claim)) {
        case String text -> names.add("claim:" + claim + "=" + text);
        case List<?> list -> list.forEach(text -> names.add("claim:" + claim + "=" + text));
        case null -> {}
        default -> {}
      }
    }
    return names;
  }

  private DefaultJWTProcessor<SecurityContext> processor() throws IOException {
    lock.lock();
    try {
      var ready = processor;
      if (ready == null) {
        var keys =
            JWKSourceBuilder.<SecurityContext>create(keysAddress().toURL()).retrying(true).build();
        ready = new DefaultJWTProcessor<>();
        ready.setJWSKeySelector(new JWSVerificationKeySelector<>(ALGORITHMS, keys));
        ready.setJWTClaimsSetVerifier(
            new DefaultJWTClaimsVerifier<>(
                audience, new JWTClaimsSet.Builder().issuer(issuer).build(), Set.of("sub", "exp")));
        processor = ready;
      }
      return ready;
    } finally {
      lock.unlock();
    }
  }

  private URI keysAddress() throws IOException {
    var address = URI.create(issuer.replaceFirst("/$", "") + "/.well-known/openid-configuration");
    try (var client = HttpClient.newBuilder().connectTimeout(TIMEOUT).build()) {
      var request = HttpRequest.newBuilder(address).timeout(TIMEOUT).build();
      var response = client.send(request, BodyHandlers.ofByteArray());
      if (response.statusCode() != 200) {
        throw new IOException(address + " was answered with status " + response.statusCode());
      }
      return Field.document(response.body(), address.toString())
          .field("jwks_uri")
          .parsed(URI::create);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("asking " + issuer + " was interrupted");
    }
  }
}
