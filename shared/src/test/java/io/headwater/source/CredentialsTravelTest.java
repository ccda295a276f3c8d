package io.headwater.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.azure.core.credential.AccessToken;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.headwater.fault.FormatException;
import io.headwater.oci.RepositoryName;
import io.headwater.source.RemoteRegistry.Credentials;
import io.headwater.store.StoreException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

/** Whom credentials reach: the registry, the realm that it names, and nobody else. */
class CredentialsTravelTest {
  private static final String BASIC = "Basic dTpw";

  @SuppressWarnings("NullAway.Init")
  private Recorder registry;

  @SuppressWarnings("NullAway.Init")
  private Recorder other;

  @SuppressWarnings("NullAway.Init")
  private Recorder third;

  /** What a server does with a request. */
  private interface Answer {
    void to(HttpExchange exchange) throws IOException;
  }

  /** A server that remembers what it was sent: method, path and Authorization of each request. */
  private static final class Recorder implements AutoCloseable {
    private final HttpServer server;
    private final List<String> seen = new CopyOnWriteArrayList<>();
    private final List<String> bodies = new CopyOnWriteArrayList<>();

    Recorder() throws IOException {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
      server.start();
    }

    void on(String path, Answer answer) {
      server.createContext(
          path,
          exchange -> {
            bodies.add(
                new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
            var auth = exchange.getRequestHeaders().getFirst("Authorization");
            seen.add(
                exchange.getRequestMethod()
                    + " "
                    + exchange.getRequestURI().getPath()
                    + " "
                    + (auth == null ? "nothing" : auth));
            answer.to(exchange);
            exchange.close();
          });
    }

    /** Lets in who sends some Authorization, and challenges everybody else. */
    void guard(String path, String authorization, String challenge, Answer answer) {
      on(
          path,
          exchange -> {
            if (authorization.equals(exchange.getRequestHeaders().getFirst("Authorization"))) {
              answer.to(exchange);
            } else {
              exchange.getResponseHeaders().set("WWW-Authenticate", challenge);
              exchange.sendResponseHeaders(401, -1);
            }
          });
    }

    String host() {
      return "127.0.0.1:" + server.getAddress().getPort();
    }

    String url(String path) {
      return "http://" + host() + path;
    }

    @Override
    public void close() {
      server.stop(0);
    }
  }

  private static Answer text(String text) {
    return exchange -> {
      var bytes = text.getBytes(StandardCharsets.UTF_8);
      exchange.sendResponseHeaders(200, bytes.length);
      exchange.getResponseBody().write(bytes);
    };
  }

  private static Answer redirect(int status, String location) {
    return exchange -> {
      exchange.getResponseHeaders().set("Location", location);
      exchange.sendResponseHeaders(status, -1);
    };
  }

  @BeforeEach
  void start() throws IOException {
    registry = new Recorder();
    other = new Recorder();
    third = new Recorder();
  }

  @AfterEach
  void stop() {
    registry.close();
    other.close();
    third.close();
  }

  private RemoteRegistry client() {
    var image = new ImageReference(registry.host(), new RepositoryName("app"), "v1");
    return new RemoteRegistry(image, new Credentials("u", "p"));
  }

  private String get(String path) throws IOException {
    try (var client = client()) {
      return new String(RemoteRegistry.small(client.get(path, Map.of())), StandardCharsets.UTF_8);
    }
  }

  @Test
  void credentialsDoNotFollowARedirectToAnotherServer() throws IOException {
    for (var status : List.of(301, 302, 303, 307, 308)) {
      registry.guard("/v2/app/blobs/" + status, BASIC, "Basic", redirect(status, other.url("/b")));
    }
    other.on("/b", text("content"));
    for (var status : List.of(301, 302, 303, 307, 308)) {
      assertThat(get("blobs/" + status)).isEqualTo("content");
    }
    assertThat(registry.seen).contains("GET /v2/app/blobs/307 " + BASIC);
    assertThat(other.seen).hasSize(5).containsOnly("GET /b nothing");
  }

  @Test
  void credentialsComeBackWithARedirectToTheRegistryItself() throws IOException {
    registry.guard("/v2/app/blobs/x", BASIC, "Basic", redirect(307, "/v2/app/blobs/y"));
    registry.guard("/v2/app/blobs/y", BASIC, "Basic", text("content"));
    assertThat(get("blobs/x")).isEqualTo("content");
  }

  @Test
  void uploadThatIsToGoOnAtAnotherServerGetsNoCredentials() throws IOException {
    registry.guard(
        "/v2/app/blobs/uploads/",
        BASIC,
        "Basic",
        exchange -> exchange.sendResponseHeaders(202, -1));
    registry.guard("/v2/app/up", BASIC, "Basic", redirect(307, other.url("/put")));
    other.on("/put", exchange -> exchange.sendResponseHeaders(202, -1));
    try (var client = client()) {
      send(client, "POST", "blobs/uploads/");
      send(client, "PATCH", other.url("/put"));
      send(client, "PATCH", "/v2/app/up");
    }
    assertThat(other.seen).containsExactly("PATCH /put nothing", "PATCH /put nothing");
    assertThat(other.bodies).containsExactly("bytes", "bytes");
  }

  private static void send(RemoteRegistry client, String method, String path) throws IOException {
    RemoteRegistry.Body body = () -> BodyPublishers.ofString("bytes");
    client.send(method, path, Map.of(), body, Set.of(202)).body().close();
  }

  @Test
  void anotherServersChallengeIsNotAnswered() {
    registry.guard("/v2/app/blobs/x", BASIC, "Basic", redirect(307, other.url("/b?sig=secret")));
    other.guard("/b", BASIC, "Basic", text("content"));
    assertThatThrownBy(() -> get("blobs/x"))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("status 401")
        .hasMessageNotContaining("secret");
    assertThat(other.seen).containsOnly("GET /b nothing");
  }

  @Test
  void realmMayBeAnotherServerAndItsTokenGoesToTheRegistryAlone() throws IOException {
    var challenge = "Bearer realm=\"" + other.url("/token") + "\",service=\"s\"";
    registry.guard("/v2/app/blobs/x", "Bearer t", challenge, redirect(307, third.url("/b")));
    other.on("/token", text("{\"token\":\"t\"}"));
    third.on("/b", text("content"));
    assertThat(get("blobs/x")).isEqualTo("content");
    assertThat(other.seen).containsExactly("GET /token " + BASIC);
    assertThat(third.seen).containsExactly("GET /b nothing");
  }

  @Test
  void realmThatLeadsElsewhereTakesNoCredentialsAlong() throws IOException {
    var challenge = "Bearer realm=\"" + other.url("/token") + "\"";
    registry.guard("/v2/app/blobs/x", "Bearer t", challenge, text("content"));
    other.on("/token", redirect(302, third.url("/token")));
    third.on("/token", text("{\"token\":\"t\"}"));
    assertThat(get("blobs/x")).isEqualTo("content");
    assertThat(third.seen).containsExactly("GET /token nothing");
  }

  @Test
  void realmByPlainHttpIsAskedOnThisMachineOnly() {
    for (var realm :
        List.of(
            "http://127.anything.example/t", "http://registry.example/t", "ftp://h/t", "t", "")) {
      registry.on("/v2/app/blobs/" + realm.length(), challenged("Bearer realm=\"" + realm + "\""));
      assertThatThrownBy(() -> get("blobs/" + realm.length())).isInstanceOf(FormatException.class);
    }
    assertThat(registry.seen).allMatch(line -> line.endsWith("nothing"));
  }

  private static Answer challenged(String challenge) {
    return exchange -> {
      exchange.getResponseHeaders().set("WWW-Authenticate", challenge);
      exchange.sendResponseHeaders(401, -1);
    };
  }

  @Test
  void realmOfARegistryWithHttpsHasHttps() throws IOException {
    var home = Origin.ofRegistry("registry.example");
    for (var realm : List.of("http://127.0.0.1:5000/token", "http://localhost/token")) {
      assertThatThrownBy(() -> RemoteRegistry.realm(home, URI.create(realm)))
          .isInstanceOf(FormatException.class)
          .hasMessageContaining("not encrypted");
    }
    assertThat(RemoteRegistry.realm(home, URI.create("https://auth.example/token")))
        .hasToString("https://auth.example");
  }

  @Test
  void redirectToPlainHttpElsewhereIsNotFollowed() {
    registry.guard("/v2/app/blobs/x", BASIC, "Basic", redirect(307, "http://127.0.0.1.example/b"));
    assertThatThrownBy(() -> get("blobs/x"))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("127.0.0.1.example");
  }

  @Test
  void redirectsWithoutEndEnd() {
    registry.guard("/v2/app/blobs/x", BASIC, "Basic", redirect(307, "/v2/app/blobs/x"));
    assertThatThrownBy(() -> get("blobs/x"))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("more than 5 times");
  }

  @Test
  void identitysTokenGoesToItsRegistryAndNotWhereThatLeads() {
    var asked = new AtomicInteger();
    registry.on("/oauth2/exchange", redirect(307, other.url("/oauth2/exchange")));
    other.on("/oauth2/exchange", text("{\"refresh_token\":\"r\"}"));
    var identity =
        new AcrIdentity(
            registry.url(""),
            "demo.azurecr.io",
            request -> {
              asked.incrementAndGet();
              return Mono.just(
                  new AccessToken("entra-token", OffsetDateTime.now(ZoneOffset.UTC).plusHours(1)));
            });
    assertThatThrownBy(identity::get).hasMessageContaining("status 307");
    assertThat(registry.bodies).hasSize(1);
    assertThat(other.bodies).isEmpty();
    var plain =
        new AcrIdentity(
            "http://127.0.0.1.example", "x", request -> Mono.error(new AssertionError()));
    assertThatThrownBy(plain::get).hasMessageContaining("http is for this machine alone");
    assertThat(asked).hasValue(1);
  }

  @Test
  void identityIsForWholeHostsOfAzure() {
    var accounts = new RegistryAccounts(Map.of(), request -> Mono.error(new AssertionError()));
    for (var host :
        List.of("evil.example?.azurecr.io", "evil.example#.azurecr.io", "u@evil.azurecr.io:1@x")) {
      assertThat(accounts.of(host).get()).isEqualTo(Credentials.NONE);
    }
    assertThat(accounts.of("demo.azurecr.io")).isInstanceOf(AcrIdentity.class);
    assertThat(accounts.of("demo.westeurope.data.azurecr.io")).isInstanceOf(AcrIdentity.class);
  }
}
