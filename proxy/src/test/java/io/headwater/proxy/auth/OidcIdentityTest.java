package io.headwater.proxy.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import com.sun.net.httpserver.HttpServer;
import io.headwater.fault.FormatException;
import io.headwater.oci.Json;
import io.headwater.proxy.Login;
import io.headwater.proxy.RunningProxy;
import io.headwater.proxy.login.LoginOptions;
import io.headwater.store.StoreException;
import io.headwater.store.file.FileStore;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Who somebody is that an issuer vouches for: the issuer's own, and nobody else's. */
class OidcIdentityTest {
  private static final String UPLOADS = "/v2/team/app/blobs/uploads/";

  @TempDir private Path folder = Path.of("");

  @SuppressWarnings("NullAway.Init")
  private Issuer a;

  @SuppressWarnings("NullAway.Init")
  private Issuer b;

  /** An issuer on this machine. */
  private static final class Issuer implements AutoCloseable {
    private final HttpServer server;
    private final RSAKey key;
    private final AtomicInteger asked = new AtomicInteger();

    Issuer() throws Exception {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
      key = new RSAKeyGenerator(2048).keyID("k1").generate();
      serve("/keys", new JWKSet(key.toPublicJWK()).toString());
      server.start();
    }

    void serve(String path, String json) {
      server.createContext(
          path,
          exchange -> {
            asked.incrementAndGet();
            var bytes = json.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, bytes.length);
            exchange.getResponseBody().write(bytes);
            exchange.close();
          });
    }

    Issuer withKeysAt(String address) {
      serve("/.well-known/openid-configuration", "{\"jwks_uri\":\"" + address + "\"}");
      return this;
    }

    String url() {
      return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    String token(Map<String, Object> claims) throws Exception {
      var set =
          new JWTClaimsSet.Builder()
              .issuer(url())
              .audience("headwater")
              .expirationTime(Date.from(Instant.now().plusSeconds(300)));
      claims.forEach(set::claim);
      var jwt =
          new SignedJWT(new JWSHeader.Builder(JWSAlgorithm.RS256).keyID("k1").build(), set.build());
      jwt.sign(new RSASSASigner(key));
      return jwt.serialize();
    }

    @Override
    public void close() {
      server.stop(0);
    }
  }

  @BeforeEach
  void start() throws Exception {
    a = new Issuer();
    b = new Issuer();
    a.withKeysAt(a.url() + "/keys");
    b.withKeysAt(b.url() + "/keys");
  }

  @AfterEach
  void stop() {
    a.close();
    b.close();
  }

  private AccessOptions options(List<String> issuers, List<String> mutable, String... who)
      throws IOException {
    var rule = Json.object();
    for (var one : who) {
      rule.withArray("who").add(one);
    }
    rule.withArray("repositories").add("team/*");
    rule.withArray("actions").add("push");
    var file = Json.object();
    file.putArray("rules").add(rule);
    Htpasswd.put(folder.resolve("htpasswd"), "alice", "secret");
    return new AccessOptions(
        Optional.of(folder.resolve("htpasswd")),
        Optional.of(Files.write(folder.resolve("rules.json"), Json.write(file))),
        AccessOptions.Anonymous.NONE,
        Optional.empty(),
        "headwater",
        AccessOptions.DEFAULT.tokenLifetime(),
        AccessOptions.DEFAULT.keyRotation(),
        Optional.empty(),
        issuers,
        "headwater",
        mutable,
        LoginOptions.DEFAULT);
  }

  private RunningProxy proxy(AccessOptions options) throws IOException {
    return new RunningProxy(FileStore.open(folder.resolve("store")), options);
  }

  private static int push(RunningProxy proxy, String authorization) throws Exception {
    return proxy.send("POST", UPLOADS, "Authorization", authorization).statusCode();
  }

  @Test
  void aliceOfOneIssuerIsNeitherTheOthersNorTheUserOfThatName() throws Exception {
    var both = List.of(a.url(), b.url());
    try (var proxy = proxy(options(both, List.of(), "oidc:" + a.url() + "#sub=alice"))) {
      assertThat(push(proxy, "Bearer " + a.token(Map.of("sub", "alice")))).isEqualTo(202);
      assertThat(push(proxy, "Bearer " + b.token(Map.of("sub", "alice")))).isEqualTo(401);
      assertThat(push(proxy, "Bearer " + a.token(Map.of("sub", "bob")))).isEqualTo(401);
      assertThat(push(proxy, Login.basic("alice", "secret"))).isEqualTo(404);
    }
    try (var proxy = proxy(options(both, List.of(), "user:alice"))) {
      for (var issuer : List.of(a, b)) {
        assertThat(push(proxy, "Bearer " + issuer.token(Map.of("sub", "alice")))).isEqualTo(401);
        var asUser = issuer.token(Map.of("sub", "user:alice", "groups", List.of("user:alice")));
        assertThat(push(proxy, "Bearer " + asUser)).isEqualTo(401);
      }
      assertThat(push(proxy, Login.basic("alice", "secret"))).isEqualTo(202);
    }
  }

  @Test
  void claimWithoutAnIssuerIsOfTheOnlyOneAndElseRefused() throws Exception {
    try (var proxy = proxy(options(List.of(a.url()), List.of(), "claim:groups=platform"))) {
      var member = a.token(Map.of("sub", "x", "groups", List.of("platform")));
      assertThat(push(proxy, "Bearer " + member)).isEqualTo(202);
    }
    var both = List.of(a.url(), b.url());
    assertThatThrownBy(() -> proxy(options(both, List.of(), "claim:groups=platform")))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("'claim:groups=platform' could be of each of the 2 issuers")
        .hasMessageContaining("oidc:<issuer>#groups=platform");
  }

  @Test
  void ruleForAnotherIssuerIsRefused() {
    assertThatThrownBy(
            () -> proxy(options(List.of(a.url()), List.of(), "oidc:" + b.url() + "#sub=alice")))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("is of no issuer that is taken");
  }

  @Test
  void claimsThatCanBeChangedGiveNoRightsUnlessSwitchedOn() throws Exception {
    var issuers = List.of(a.url());
    for (var claim : List.of("email", "upn", "preferred_username")) {
      var claims = Map.<String, Object>of("sub", "eve", claim, "alice@example.com");
      for (var who :
          List.of(
              "claim:" + claim + "=alice@example.com",
              "oidc:" + a.url() + "#" + claim + "=alice@example.com")) {
        assertThatThrownBy(() -> proxy(options(issuers, List.of(), who)))
            .isInstanceOf(FormatException.class)
            .hasMessageContaining("--oidc-mutable-claims " + claim);
        try (var proxy = proxy(options(issuers, List.of(claim), who))) {
          assertThat(push(proxy, "Bearer " + a.token(claims))).isEqualTo(202);
        }
      }
    }
    assertThatThrownBy(() -> proxy(options(issuers, List.of("name"), "*")))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("'name' is none");
  }

  @Test
  void refreshTokenIsGoodAsLongAsItsIssuerIsTaken() throws Exception {
    String refresh;
    try (var proxy = proxy(options(List.of(a.url()), List.of(), "*"))) {
      var form =
          "grant_type=access_token&service=headwater&access_token="
              + a.token(Map.of("sub", "alice"));
      var answer = form(proxy, "/oauth2/exchange", form);
      refresh = Json.object(answer, "exchange").path("refresh_token").asString();
      assertThat(push(proxy, Login.basic("00000000-0000-0000-0000-000000000000", refresh)))
          .isEqualTo(202);
    }
    try (var proxy = proxy(options(List.of(b.url()), List.of(), "*"))) {
      assertThat(push(proxy, Login.basic("00000000-0000-0000-0000-000000000000", refresh)))
          .isEqualTo(401);
    }
  }

  private static byte[] form(RunningProxy proxy, String path, String form) throws Exception {
    return proxy
        .send(
            "POST",
            path,
            form.getBytes(StandardCharsets.UTF_8),
            "Content-Type",
            "application/x-www-form-urlencoded")
        .body();
  }

  @Test
  void keysComeEncryptedOrFromThisMachineAndFromNowhereElse() throws Exception {
    for (var issuer : List.of("http://127.anything.example", "http://login.example.com", "x")) {
      assertThatThrownBy(() -> proxy(options(List.of(issuer), List.of(), "*")))
          .isInstanceOf(FormatException.class);
    }
    try (var leads = new Issuer()) {
      // Its keys are said to be elsewhere: there, who has the line gives them.
      leads.server.createContext(
          "/elsewhere",
          exchange -> {
            exchange.getResponseHeaders().set("Location", leads.url() + "/keys");
            exchange.sendResponseHeaders(307, -1);
            exchange.close();
          });
      leads.withKeysAt(leads.url() + "/elsewhere");
      try (var proxy = proxy(options(List.of(leads.url()), List.of(), "*"))) {
        assertThat(push(proxy, "Bearer " + leads.token(Map.of("sub", "x")))).isEqualTo(401);
      }
    }
    try (var plain = new Issuer().withKeysAt("http://keys.example/k")) {
      assertThatThrownBy(() -> new IssuerKeys(plain.url()).address())
          .isInstanceOf(FormatException.class)
          .hasMessageContaining("http is for this machine alone");
    }
  }

  /** One without an end would be good for as long as its issuer's key is. */
  @Test
  void tokenWithoutAnEndOrASubjectOrForAnotherAudienceIsNobodys() throws Exception {
    try (var proxy = proxy(options(List.of(a.url()), List.of(), "*"))) {
      var claims = new HashMap<String, Object>(Map.of("sub", "alice"));
      assertThat(push(proxy, "Bearer " + a.token(claims))).isEqualTo(202);
      for (var claim : List.of("exp", "sub", "aud")) {
        var without = new HashMap<>(claims);
        without.put(claim, null);
        assertThat(push(proxy, "Bearer " + a.token(without))).as(claim).isEqualTo(401);
      }
      claims.put("aud", "another");
      assertThat(push(proxy, "Bearer " + a.token(claims))).isEqualTo(401);
    }
  }

  @Test
  void issuerIsNotAskedForTokensThatAreNotItsOwn() throws Exception {
    try (var proxy = proxy(options(List.of(a.url()), List.of(), "*"))) {
      for (int i = 0; i < 20; i++) {
        assertThat(push(proxy, "Bearer " + b.token(Map.of("sub", "x" + i)))).isEqualTo(401);
      }
      assertThat(a.asked).hasValue(0);
    }
  }

  @Test
  void issuerWhoseAnswerIsTooLongIsNotRead() throws Exception {
    try (var talks = new Issuer()) {
      talks.serve(
          "/.well-known/openid-configuration",
          "{\"x\":\"" + "y".repeat(300_000) + "\",\"jwks_uri\":\"" + talks.url() + "/keys\"}");
      assertThatThrownBy(() -> new IssuerKeys(talks.url()).address())
          .isInstanceOf(FormatException.class)
          .hasMessageContaining("has more than 262144 bytes");
    }
  }

  @Test
  @Timeout(60)
  void issuerThatStopsInTheMiddleOfItsKeysHoldsNobody() throws Exception {
    var over = new CountDownLatch(1);
    try (var stalls = new Issuer()) {
      stalls.server.createContext(
          "/.well-known/openid-configuration",
          exchange -> {
            exchange.sendResponseHeaders(200, 1000);
            exchange.getResponseBody().write('{');
            exchange.getResponseBody().flush();
            try {
              over.await();
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            }
          });
      try {
        assertThatThrownBy(() -> new IssuerKeys(stalls.url(), Duration.ofMillis(400)).address())
            .isInstanceOf(StoreException.class)
            .hasMessageContaining("openid-configuration sent nothing for");
      } finally {
        over.countDown(); // closing the server waits for what it answers
      }
    }
  }
}
