package io.headwater.proxy.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import io.headwater.fault.FormatException;
import io.headwater.store.Condition;
import io.headwater.store.ContentStore;
import io.headwater.store.file.FileStore;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Signing keys that a key in a vault encrypts, by the Azure SDK. */
@SuppressWarnings("NullAway.Init")
class VaultKeyTest {
  private static final Duration LONG = Duration.ofDays(1);

  @TempDir private Path folder = Path.of("");
  private ContentStore store;
  private Vault vault;

  @BeforeEach
  void start() throws Exception {
    store = FileStore.open(folder.resolve("store"));
    vault = new Vault(folder);
  }

  @AfterEach
  void stop() {
    vault.close();
  }

  private SigningKeys keys(Duration rotation) throws IOException {
    return new SigningKeys(store, Optional.of(vault.open()), rotation, LONG);
  }

  private SigningKeys plainKeys() {
    return new SigningKeys(store, Optional.empty(), LONG, LONG);
  }

  private String stored() throws IOException {
    return store.get("keys/signing").orElseThrow().text();
  }

  private void store(String text) throws IOException {
    store.put(
        "keys/signing",
        text.getBytes(StandardCharsets.UTF_8),
        "application/json",
        Condition.ALWAYS);
  }

  @Test
  void keyIsEncryptedInTheStoreAndReadByEveryProcess() throws Exception {
    var key = keys(LONG).newest();
    assertThat(stored())
        .doesNotContain("\"d\"")
        .doesNotContain(key.getD().toString())
        .contains(vault.key().toString());
    assertThat(keys(LONG).newest()).isEqualTo(key);
    assertThat(keys(LONG).find(key.getKeyID())).contains(key);
  }

  @Test
  void keyIsAskedForOnceHoweverManyTokensAreSigned() throws Exception {
    keys(LONG).newest();
    vault.asked().clear();
    var keys = keys(LONG);
    for (var i = 0; i < 100; i++) {
      keys.newest();
    }
    assertThat(vault.asked()).containsOnlyOnce("unwrapkey");
  }

  @Test
  void olderVersionOfTheVaultsKeyStillOpensWhatItHasClosed() throws Exception {
    var first = keys(LONG).newest();
    vault.rotate();
    Thread.sleep(1100);
    var later = keys(Duration.ofSeconds(1));
    var second = later.newest();
    assertThat(second.getKeyID()).isNotEqualTo(first.getKeyID());
    assertThat(keys(LONG).find(first.getKeyID())).contains(first);
    assertThat(keys(LONG).find(second.getKeyID())).contains(second);
  }

  @Test
  void keyThatLayOpenIsNotUsedAnyMore() throws Exception {
    var open = plainKeys().newest();
    var closed = keys(LONG).newest();
    assertThat(closed.getKeyID()).isNotEqualTo(open.getKeyID());
    assertThat(keys(LONG).find(open.getKeyID())).isEmpty();
    assertThat(stored()).doesNotContain(open.getKeyID());
  }

  @Test
  void proxyWithoutTheVaultSaysWhatItLacks() throws Exception {
    keys(LONG).newest();
    var before = stored();
    assertThatThrownBy(() -> plainKeys().newest()).hasMessageContaining("--vault-key");
    assertThat(stored()).isEqualTo(before);
  }

  @Test
  void vaultThatRefusesIsNamedWithTheRoleThatIsNeeded() throws Exception {
    vault.refuse(403);
    assertThatThrownBy(() -> keys(LONG).newest())
        .isInstanceOf(IOException.class)
        .hasMessageContaining("does not wrap with " + vault.key() + " (HTTP 403)")
        .hasMessageContaining("Key Vault Crypto Service Encryption User");
    assertThat(store.get("keys/signing")).isEmpty();
    vault.refuse(0);
    keys(LONG).newest();
    var before = stored();
    vault.refuse(403);
    // No new key in its place: that would end the tokens of everybody.
    assertThatThrownBy(() -> keys(LONG).newest()).hasMessageContaining("does not unwrap");
    assertThat(stored()).isEqualTo(before);
  }

  @Test
  void vaultThatCannotBeReachedIsNamedWithTheReason() throws Exception {
    vault.close();
    assertThatThrownBy(() -> keys(LONG).newest())
        .isInstanceOf(IOException.class)
        .hasMessageContaining("ConnectException");
  }

  @Test
  void processGoesOnWithTheKeysThatItKnowsWhileTheVaultIsAway() throws Exception {
    var keys = keys(LONG);
    var key = keys.newest();
    vault.close();
    assertThat(keys.newest()).isEqualTo(key);
    assertThat(keys.find(key.getKeyID())).contains(key);
  }

  @Test
  void tokenIsNotSentToAServerThatTheStoreNames() throws Exception {
    keys(LONG).newest();
    try (var other = new Vault(Files.createDirectory(folder.resolve("other")))) {
      store(stored().replace(vault.key().toString(), other.key().toString()));
      assertThatThrownBy(() -> keys(LONG).newest())
          .isInstanceOf(FormatException.class)
          .hasMessageContaining("not by " + vault.key());
      assertThat(other.asked()).isEmpty();
    }
  }

  @Test
  void tokenAndKeyAreNotSentToWhereTheVaultRedirects() throws Exception {
    var requests = new CopyOnWriteArrayList<String>();
    var elsewhere =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    elsewhere.createContext(
        "/",
        exchange -> {
          requests.add(String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")));
          exchange.sendResponseHeaders(500, -1);
          exchange.close();
        });
    elsewhere.start();
    try {
      vault.redirectTo(URI.create("http://127.0.0.1:" + elsewhere.getAddress().getPort() + "/"));
      assertThatThrownBy(() -> keys(LONG).newest())
          .isInstanceOf(IOException.class)
          .hasMessageContaining("HTTP 307");
      assertThat(vault.asked()).isNotEmpty();
      assertThat(requests).isEmpty();
    } finally {
      elsewhere.stop(0);
    }
  }

  @Test
  void keyThatWasChangedInTheStoreIsRefused() throws Exception {
    keys(LONG).newest();
    var text = stored();
    var at = text.indexOf("\"jwe\":\"") + 60;
    var changed = text.charAt(at) == 'A' ? 'B' : 'A';
    store(text.substring(0, at) + changed + text.substring(at + 1));
    assertThatThrownBy(() -> keys(LONG).newest()).hasMessageContaining("was changed");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://vault/keys/a",
        "https://vault/secrets/a",
        "https://vault/keys/a/0123456789abcdef0123456789abcdef",
        "https://vault/keys/a?x=1",
        "https://me@vault/keys/a",
        "keys/a"
      })
  void whatIsNoKeyInAVaultIsRefusedWithAnExample(String key) {
    assertThatThrownBy(() -> VaultKey.of(URI.create(key)))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("https://<vault>/keys/<name>");
  }
}
