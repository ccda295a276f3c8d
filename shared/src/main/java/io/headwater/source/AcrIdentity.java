package io.headwater.source;

import com.azure.core.credential.TokenCredential;
import com.azure.core.credential.TokenRequestContext;
import io.headwater.oci.Field;
import io.headwater.source.RemoteRegistry.Credentials;
import io.headwater.store.StoreException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/**
 * An Entra ID identity at an Azure container registry: the identity's token is exchanged for a
 * refresh token of the registry, which is a password for the user of this well-known name (ACR,
 * "Authentication and OAuth", {@code /oauth2/exchange}).
 */
final class AcrIdentity implements Supplier<Credentials> {
  private static final String USER = "00000000-0000-0000-0000-000000000000";
  private static final String SCOPE = "https://containerregistry.azure.net/.default";
  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  /** Refresh tokens are good for three hours; one is used for less. */
  private static final Duration KEEP = Duration.ofHours(1);

  private final ReentrantLock lock = new ReentrantLock();
  private final String registry;
  private final String service;
  private final TokenCredential identity;
  private final HttpClient client =
      HttpClient.newBuilder()
          .connectTimeout(TIMEOUT)
          .followRedirects(HttpClient.Redirect.NEVER) // the token is in the body
          .build();
  private Credentials last = Credentials.NONE;
  private Instant renew = Instant.EPOCH;

  /**
   * An identity at a registry.
   *
   * @param registry its URL
   * @param service its name
   */
  AcrIdentity(String registry, String service, TokenCredential identity) {
    this.registry = registry;
    this.service = service;
    this.identity = identity;
  }

  @Override
  public Credentials get() {
    lock.lock();
    try {
      if (Instant.now().isAfter(renew)) {
        try {
          last = new Credentials(USER, exchange());
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
        renew = Instant.now().plus(KEEP);
      }
      return last;
    } finally {
      lock.unlock();
    }
  }

  private String exchange() throws IOException {
    var origin = Origin.of(Origin.uri(registry, "the registry"));
    var token = identity.getTokenSync(new TokenRequestContext().addScopes(SCOPE)).getToken();
    var form =
        "grant_type=access_token&service="
            + URLEncoder.encode(service, StandardCharsets.UTF_8)
            + "&access_token="
            + URLEncoder.encode(token, StandardCharsets.UTF_8);
    var request =
        HttpRequest.newBuilder(URI.create(origin + "/oauth2/exchange"))
            .timeout(TIMEOUT)
            .header("Content-Type", "application/x-www-form-urlencoded")
            .POST(BodyPublishers.ofString(form))
            .build();
    try {
      var response = client.send(request, IdleBound.bodies(request.uri().toString(), TIMEOUT));
      var body = RemoteRegistry.small(response);
      if (response.statusCode() != 200) {
        throw new StoreException(
            registry
                + " does not take this process's identity: status "
                + response.statusCode()
                + "; give it the role AcrPull, and AcrPush where artifacts are put",
            response.statusCode() == 429 || response.statusCode() >= 500,
            new IOException("HTTP " + response.statusCode()));
      }
      return Field.document(body, "token of " + registry).field("refresh_token").text();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("a request was interrupted");
    }
  }
}
