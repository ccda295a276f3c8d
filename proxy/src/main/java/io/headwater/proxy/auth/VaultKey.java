package io.headwater.proxy.auth;

import com.azure.core.exception.AzureException;
import com.azure.core.exception.HttpResponseException;
import com.azure.identity.DefaultAzureCredentialBuilder;
import com.azure.security.keyvault.keys.cryptography.CryptographyClient;
import com.azure.security.keyvault.keys.cryptography.CryptographyClientBuilder;
import com.azure.security.keyvault.keys.cryptography.models.KeyWrapAlgorithm;
import io.headwater.fault.FormatException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * An RSA key in Azure Key Vault, used by the environment's identity, which needs the role "Key
 * Vault Crypto Service Encryption User" on it and no other. The vault may rotate the key: its
 * newest version wraps, and each version unwraps what it has wrapped.
 */
final class VaultKey implements KeyWrap {
  private static final KeyWrapAlgorithm ALGORITHM = KeyWrapAlgorithm.RSA_OAEP_256;
  private static final Pattern PATH = Pattern.compile("/keys/[0-9A-Za-z-]{1,127}");
  private static final Pattern VERSION = Pattern.compile("/[0-9A-Fa-f]{32}");

  private final URI key;
  private final Function<String, CryptographyClientBuilder> clients;

  /**
   * A key.
   *
   * @param key {@code https://<vault>/keys/<name>}, without a version
   * @throws FormatException if it is none
   */
  static VaultKey of(URI key) throws FormatException {
    var credential = new DefaultAzureCredentialBuilder().build();
    return new VaultKey(
        key, id -> new CryptographyClientBuilder().keyIdentifier(id).credential(credential));
  }

  /** A key whose clients are made otherwise. */
  VaultKey(URI key, Function<String, CryptographyClientBuilder> clients) throws FormatException {
    if (!"https".equals(key.getScheme())
        || key.getHost() == null
        || key.getRawQuery() != null
        || key.getRawUserInfo() != null
        || !PATH.matcher(String.valueOf(key.getRawPath())).matches()) {
      throw new FormatException(
          "'"
              + key
              + "' is no key in a vault: give https://<vault>/keys/<name>, without a version");
    }
    this.key = key;
    this.clients = clients;
  }

  @Override
  public Wrapped wrap(byte[] plain) throws IOException {
    try {
      // A new client each time: one that is kept would go on with a version that was rotated out.
      var result = client(key.toString()).wrapKey(ALGORITHM, plain);
      return new Wrapped(result.getKeyId(), result.getEncryptedKey());
    } catch (AzureException | UncheckedIOException e) {
      throw failed("wrap", e);
    }
  }

  @Override
  public byte[] unwrap(Wrapped wrapped) throws IOException {
    // Who may write to the store must not learn our token by naming a server of its own.
    var by = wrapped.by();
    if (!by.startsWith(key.toString())
        || !VERSION.matcher(by.substring(key.toString().length())).matches()) {
      throw new FormatException("it was wrapped by '" + by + "', not by " + key);
    }
    try {
      return client(by).unwrapKey(ALGORITHM, wrapped.bytes()).getKey();
    } catch (AzureException | UncheckedIOException e) {
      throw failed("unwrap", e);
    }
  }

  private CryptographyClient client(String id) {
    return clients.apply(id).buildClient();
  }

  private IOException failed(String what, RuntimeException e) {
    return new IOException(
        "the key vault does not "
            + what
            + " with "
            + key
            + " ("
            + reason(e)
            + "): is the key enabled, and has the proxy's identity the role"
            + " 'Key Vault Crypto Service Encryption User' on it?",
        e);
  }

  private static String reason(RuntimeException e) {
    if (e instanceof HttpResponseException http && http.getResponse() != null) {
      return "HTTP " + http.getResponse().getStatusCode();
    }
    Throwable why = e;
    while (why instanceof RuntimeException && why.getCause() != null) {
      why = why.getCause();
    }
    return why.toString().lines().findFirst().orElse("");
  }
}
