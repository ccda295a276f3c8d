package io.headwater.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.azure.core.credential.AccessToken;
import com.azure.core.credential.TokenCredential;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

class AcrIdentityTest {
  private static final TokenCredential IDENTITY =
      request ->
          Mono.just(
              new AccessToken(
                  "entra-token", OffsetDateTime.now(java.time.ZoneOffset.UTC).plusHours(1)));

  private final List<String> asked = new ArrayList<>();
  private int status = 200;

  @SuppressWarnings("NullAway.Init")
  private HttpServer server;

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/oauth2/exchange",
        exchange -> {
          asked.add(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
          var body = "{\"refresh_token\":\"refresh\"}".getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(status, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  private AcrIdentity identity() {
    return new AcrIdentity(
        "http://127.0.0.1:" + server.getAddress().getPort(), "demo.azurecr.io", IDENTITY);
  }

  @Test
  void tokenOfTheIdentityIsExchangedOnceForAPasswordOfTheRegistry() {
    var identity = identity();
    assertThat(identity.get().user()).isEqualTo("00000000-0000-0000-0000-000000000000");
    assertThat(identity.get().password()).isEqualTo("refresh");
    assertThat(asked)
        .containsExactly(
            "grant_type=access_token&service=demo.azurecr.io&access_token=entra-token");
  }

  @Test
  void registryThatRefusesTheIdentityIsAnErrorThatNamesTheRoleAndNoToken() {
    status = 401;
    assertThatThrownBy(() -> identity().get())
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining("AcrPull")
        .hasMessageNotContaining("entra-token");
  }

  @Test
  void eachHostGetsItsOwnAccountAndNoOther() throws IOException {
    var accounts =
        new RegistryAccounts(
            RegistryAccounts.parse("{\"a.example.com\":{\"username\":\"u\",\"password\":\"p\"}}"),
            IDENTITY);
    assertThat(accounts.of("a.example.com").get().password()).isEqualTo("p");
    assertThat(accounts.of("b.example.com").get()).isEqualTo(RemoteRegistry.Credentials.NONE);
    assertThat(accounts.of("evil.azurecr.io.example.com").get().user()).isEmpty();
    assertThat(accounts.of("demo.azurecr.io")).isInstanceOf(AcrIdentity.class);
  }
}
