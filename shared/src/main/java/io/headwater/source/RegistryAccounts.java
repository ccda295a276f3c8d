package io.headwater.source;

import com.azure.core.credential.TokenCredential;
import io.headwater.fault.FormatException;
import io.headwater.oci.Field;
import io.headwater.source.RemoteRegistry.Credentials;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * As whom remote registries are asked: each host gets its own credentials and no other host's.
 * Azure container registries without any get the identity of this process.
 */
public final class RegistryAccounts {
  /** The whole host: what only ends so may be anybody's, as {@code example.com?.azurecr.io}. */
  private static final Pattern ACR = Pattern.compile("[a-z0-9-]+(\\.[a-z0-9-]+)*\\.azurecr\\.io");

  /** Nobody, everywhere. */
  public static final RegistryAccounts NONE = new RegistryAccounts(Map.of(), null);

  private final Map<String, Credentials> accounts;
  private final @Nullable TokenCredential identity;
  private final Map<String, AcrIdentity> exchanges = new ConcurrentHashMap<>();

  /**
   * Accounts.
   *
   * @param accounts by host with its port
   * @param identity for Azure container registries; null for none
   */
  public RegistryAccounts(Map<String, Credentials> accounts, @Nullable TokenCredential identity) {
    this.accounts = Map.copyOf(accounts);
    this.identity = identity;
  }

  /**
   * Reads accounts from JSON: {@code {"harbor.example.com": {"username": "robot", "password":
   * "…"}}}; an empty text has none.
   *
   * @throws FormatException if it is not of that form; the message has nothing of the text
   */
  public static Map<String, Credentials> parse(String json) throws FormatException {
    var accounts = new HashMap<String, Credentials>();
    if (json.isBlank()) {
      return accounts;
    }
    try {
      var hosts = Field.document(json.getBytes(StandardCharsets.UTF_8), "accounts").fields();
      for (var host : hosts.entrySet()) {
        var account = host.getValue();
        accounts.put(
            host.getKey(),
            new Credentials(account.field("username").text(), account.field("password").text()));
      }
      return accounts;
    } catch (FormatException e) {
      // The parser's message may quote a secret.
      throw new FormatException(
          "the accounts of registries are not of the form {\"HOST\": {\"username\": \"…\", \"password\": \"…\"}}");
    }
  }

  /** As whom a host is asked. */
  public Supplier<Credentials> of(String host) {
    var account = accounts.get(host);
    if (account != null) {
      return () -> account;
    }
    if (identity != null && ACR.matcher(host).matches()) {
      return exchanges.computeIfAbsent(
          host, name -> new AcrIdentity("https://" + name, name, identity));
    }
    return () -> Credentials.NONE;
  }
}
