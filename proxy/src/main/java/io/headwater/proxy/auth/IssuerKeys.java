package io.headwater.proxy.auth;

import com.nimbusds.jose.util.Resource;
import com.nimbusds.jose.util.ResourceRetriever;
import io.headwater.fault.FormatException;
import io.headwater.oci.Field;
import io.headwater.source.IdleBound;
import io.headwater.source.Origin;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.URI;
import java.net.URL;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/**
 * Where an issuer publishes its keys. Who could change them on their way could be anybody: they
 * come by https, or from this machine, and from nowhere that an answer leads to. Blocks.
 */
final class IssuerKeys implements ResourceRetriever {
  private static final Duration TIMEOUT = Duration.ofSeconds(10);
  private static final int MAX_BYTES = 256 * 1024;

  private final Duration timeout;
  private final URI configuration;
  private final Origin origin;
  private final HttpClient client =
      HttpClient.newBuilder()
          .connectTimeout(TIMEOUT)
          .followRedirects(HttpClient.Redirect.NEVER)
          .build();

  /**
   * Keys of an issuer.
   *
   * @throws FormatException if it is no URL with https, or http on this machine
   */
  IssuerKeys(String issuer) throws FormatException {
    this(issuer, TIMEOUT);
  }

  /** With a longest wait for an answer, and for each next byte of it. */
  IssuerKeys(String issuer, Duration timeout) throws FormatException {
    this.timeout = timeout;
    this.configuration = uri(issuer.replaceFirst("/$", "") + "/.well-known/openid-configuration");
    this.origin = Origin.of(configuration);
  }

  private static URI uri(String text) throws FormatException {
    try {
      return URI.create(text);
    } catch (IllegalArgumentException e) {
      throw new FormatException("'" + text + "' is no URL");
    }
  }

  /** The address of the keys (OpenID Connect Discovery 1.0 §3, {@code jwks_uri}). */
  URI address() throws IOException {
    var address =
        Field.document(get(configuration), configuration.toString())
            .field("jwks_uri")
            .parsed(IssuerKeys::uri);
    if (!origin.mayLeadTo(Origin.of(address))) {
      throw new FormatException(
          configuration + " names keys at " + address + ", which is not encrypted");
    }
    return address;
  }

  private byte[] get(URI address) throws IOException {
    var request = HttpRequest.newBuilder(address).timeout(timeout).build();
    try {
      var response = client.send(request, IdleBound.bodies(address.toString(), timeout));
      try (var body = response.body()) {
        if (response.statusCode() != 200) {
          throw new IOException(address + " was answered with status " + response.statusCode());
        }
        var bytes = body.readNBytes(MAX_BYTES + 1);
        if (bytes.length > MAX_BYTES) {
          throw new FormatException(address + " has more than " + MAX_BYTES + " bytes");
        }
        return bytes;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("asking " + address + " was interrupted");
    }
  }

  @Override
  public Resource retrieveResource(URL url) throws IOException {
    return new Resource(
        new String(get(uri(url.toString())), StandardCharsets.UTF_8), "application/json");
  }
}
