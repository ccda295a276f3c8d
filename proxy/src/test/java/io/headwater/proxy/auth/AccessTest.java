package io.headwater.proxy.auth;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import com.sun.net.httpserver.HttpServer;
import io.headwater.oci.Json;
import io.headwater.proxy.Login;
import io.headwater.proxy.RunningProxy;
import io.headwater.store.file.FileStore;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLEncoder;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who may do what, over HTTP. */
class AccessTest {
  private static final byte[] CONTENT = "hello".getBytes(StandardCharsets.UTF_8);

  @TempDir private Path folder = Path.of("");

  private RunningProxy start(AccessOptions options) throws IOException {
    return new RunningProxy(FileStore.open(folder.resolve("store")), options);
  }

  private static AccessOptions with(
      AccessOptions base,
      Optional<Path> rules,
      AccessOptions.Anonymous anonymous,
      List<String> issuers) {
    return new AccessOptions(
        base.htpasswd(),
        rules,
        anonymous,
        base.realm(),
        base.service(),
        base.tokenLifetime(),
        base.keyRotation(),
        base.vaultKey(),
        issuers,
        base.audience(),
        base.mutableClaims(),
        base.logins());
  }

  private AccessOptions rules(String json) throws IOException {
    var file = Files.writeString(folder.resolve("rules.json"), json);
    Htpasswd.put(folder.resolve("htpasswd"), "alice", "secret");
    return with(Login.options(folder), Optional.of(file), AccessOptions.Anonymous.NONE, List.of());
  }

  private static String header(HttpResponse<?> response, String name) {
    return response.headers().firstValue(name).orElse("");
  }

  private static String token(HttpResponse<byte[]> response) throws IOException {
    assertThat(response.statusCode()).isEqualTo(200);
    return Json.object(response.body(), "token").path("access_token").asString();
  }

  private static String encode(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  @Test
  void anonymousMayPullOnLoopbackAndNothingElse() throws Exception {
    try (var proxy = start(AccessOptions.DEFAULT)) {
      var digest = proxy.putBlob("team/app", CONTENT);
      assertThat(proxy.get("/v2/").statusCode()).isEqualTo(200);
      assertThat(proxy.get("/v2/team/app/blobs/" + digest).statusCode()).isEqualTo(200);
      for (var refused :
          List.of(
              proxy.send("POST", "/v2/team/app/blobs/uploads/"),
              proxy.send("DELETE", "/v2/team/app/blobs/" + digest),
              proxy.send("POST", "/acr/v1/team/app/_streaming", CONTENT),
              proxy.get("/acr/v1/_deleted/team/app/_manifests"),
              proxy.get("/v2/team/app/blobs/" + digest, "X-Forwarded-For", "192.0.2.1"))) {
        assertThat(refused.statusCode()).isEqualTo(401);
      }
    }
  }

  @Test
  void challengeHasRealmServiceAndScope() throws Exception {
    try (var proxy = start(Login.options(folder))) {
      var refused = proxy.send("POST", "/v2/team/app/blobs/uploads/");
      assertThat(header(refused, "WWW-Authenticate"))
          .isEqualTo(
              "Bearer realm=\"http://127.0.0.1:"
                  + proxy.port()
                  + "/oauth2/token\",service=\"headwater\",scope=\"repository:team/app:pull,push\"");
      assertThat(header(proxy.get("/v2/"), "WWW-Authenticate")).startsWith("Bearer realm=");
    }
  }

  @Test
  void tokenOpensWhatItWasGivenForAndNothingElse() throws Exception {
    try (var proxy = start(Login.options(folder))) {
      var asked = "/oauth2/token?service=headwater&scope=repository:team/app:pull,push";
      var token = token(proxy.get(asked, "Authorization", Login.header()));
      var bearer = "Bearer " + token;
      var post = "POST";
      assertThat(
              proxy.send(post, "/v2/team/app/blobs/uploads/", "Authorization", bearer).statusCode())
          .isEqualTo(202);
      var other = proxy.send(post, "/v2/team/other/blobs/uploads/", "Authorization", bearer);
      assertThat(other.statusCode()).isEqualTo(401);
      assertThat(header(other, "WWW-Authenticate")).contains("insufficient_scope");
      var broken = bearer.substring(0, bearer.length() - 4) + "AAAA";
      assertThat(proxy.get("/v2/", "Authorization", broken).statusCode()).isEqualTo(401);
      assertThat(proxy.get("/v2/", "Authorization", bearer).statusCode()).isEqualTo(200);
    }
  }

  /** The key is in the store: what one process signs, another one knows. */
  @Test
  void tokenOfOneProcessOpensAnother() throws Exception {
    try (var one = start(Login.options(folder));
        var other = start(Login.options(folder))) {
      var asked = "/oauth2/token?scope=repository:a:push";
      var token = token(one.get(asked, "Authorization", Login.header()));
      var sent = other.send("POST", "/v2/a/blobs/uploads/", "Authorization", "Bearer " + token);
      assertThat(sent.statusCode()).isEqualTo(202);
    }
  }

  @Test
  void refreshTokenGetsAccessTokens() throws Exception {
    try (var proxy = start(Login.options(folder))) {
      var answer =
          proxy.get("/oauth2/token?offline_token=true", "Authorization", Login.header()).body();
      var refresh = Json.object(answer, "token").path("refresh_token").asString();
      var form =
          "grant_type=refresh_token&service=headwater&scope=repository:a:push&refresh_token="
              + encode(refresh);
      var token =
          token(
              proxy.send(
                  "POST",
                  "/oauth2/token",
                  form.getBytes(StandardCharsets.UTF_8),
                  "Content-Type",
                  "application/x-www-form-urlencoded"));
      var sent = proxy.send("POST", "/v2/a/blobs/uploads/", "Authorization", "Bearer " + token);
      assertThat(sent.statusCode()).isEqualTo(202);
      // A refresh token is no access token.
      assertThat(proxy.get("/v2/", "Authorization", "Bearer " + refresh).statusCode())
          .isEqualTo(401);
    }
  }

  @Test
  void rulesHoldByRepositoryAndPrefix() throws Exception {
    var options =
        rules(
            """
            {"rules":[
              {"who":["user:alice"],"repositories":["team/*"],"actions":["pull","push"]},
              {"who":["user:alice"],"repositories":["library"],"actions":["pull"]},
              {"who":["anonymous"],"repositories":["public/*"],"actions":["pull"]}]}""");
    try (var proxy = start(options)) {
      var alice = Login.basic("alice", "secret");
      proxy.putBlob("library", CONTENT);
      var digest = proxy.putBlob("public/x", CONTENT);
      proxy.putBlob("hidden", CONTENT);
      assertThat(status(proxy, "POST", "/v2/team/app/blobs/uploads/", alice)).isEqualTo(202);
      assertThat(status(proxy, "POST", "/v2/library/blobs/uploads/", alice)).isEqualTo(403);
      assertThat(status(proxy, "GET", "/v2/library/blobs/" + digest, alice)).isEqualTo(200);
      // What alice may not even pull looks as if it were not there.
      assertThat(status(proxy, "GET", "/v2/hidden/blobs/" + digest, alice)).isEqualTo(404);
      assertThat(status(proxy, "GET", "/v2/hidden/tags/list", alice)).isEqualTo(404);
      assertThat(status(proxy, "DELETE", "/v2/team/app/manifests/v1", alice)).isEqualTo(403);
      assertThat(proxy.get("/v2/public/x/blobs/" + digest).statusCode()).isEqualTo(200);
      assertThat(proxy.get("/v2/library/blobs/" + digest).statusCode()).isEqualTo(401);
      // Nor can a blob be mounted from there, whose digest she knows.
      var mount = "/v2/team/app/blobs/uploads/?mount=" + digest;
      assertThat(status(proxy, "POST", mount + "&from=hidden", alice)).isEqualTo(202);
      assertThat(status(proxy, "POST", mount + "&from=library", alice)).isEqualTo(201);
    }
  }

  private static int status(RunningProxy proxy, String method, String path, String authorization)
      throws IOException, InterruptedException {
    return proxy.send(method, path, "Authorization", authorization).statusCode();
  }

  @Test
  void changedRulesAndPasswordsHoldAtOnceAndBrokenOnesDoNot() throws Exception {
    var options = rules("{\"rules\":[]}");
    try (var proxy = start(options)) {
      var alice = Login.basic("alice", "secret");
      assertThat(status(proxy, "POST", "/v2/a/blobs/uploads/", alice)).isEqualTo(404);
      var rule = "{\"rules\":[{\"who\":[\"*\"],\"repositories\":[\"*\"],\"actions\":[\"*\"]}]}";
      touch(Files.writeString(folder.resolve("rules.json"), rule), 5);
      assertThat(status(proxy, "POST", "/v2/a/blobs/uploads/", alice)).isEqualTo(202);
      touch(Files.writeString(folder.resolve("rules.json"), "{"), 10);
      assertThat(status(proxy, "POST", "/v2/a/blobs/uploads/", alice)).isEqualTo(202);
      Htpasswd.put(folder.resolve("htpasswd"), "alice", "another");
      touch(folder.resolve("htpasswd"), 15);
      assertThat(status(proxy, "POST", "/v2/a/blobs/uploads/", alice)).isEqualTo(401);
    }
  }

  private static void touch(Path file, int secondsAhead) throws IOException {
    Files.setLastModifiedTime(
        file, java.nio.file.attribute.FileTime.from(Instant.now().plusSeconds(secondsAhead)));
  }

  @Test
  void guessingPasswordsIsSlowedAndTheRightOneStillGetsIn() throws Exception {
    try (var proxy = start(Login.options(folder))) {
      var statuses = new ArrayList<Integer>();
      HttpResponse<byte[]> last;
      do {
        last = proxy.get("/v2/", "Authorization", Login.basic("admin", "x" + statuses.size()));
        statuses.add(last.statusCode());
      } while (last.statusCode() == 401 && statuses.size() < 100);
      assertThat(statuses).hasSizeGreaterThan(10);
      assertThat(last.statusCode()).isEqualTo(429);
      assertThat(Integer.parseInt(header(last, "Retry-After"))).isBetween(1, 6);
      assertThat(status(proxy, "GET", "/v2/", Login.header())).isEqualTo(200);
    }
  }

  @Test
  void tokenOfAnotherIssuerIsAnIdentityWithTheRightsOfItsGroups() throws Exception {
    var key = new RSAKeyGenerator(2048).keyID("k1").generate();
    var issuer = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    var url = "http://127.0.0.1:" + issuer.getAddress().getPort() + "/tenant";
    serve(
        issuer, "/tenant/.well-known/openid-configuration", "{\"jwks_uri\":\"" + url + "/keys\"}");
    serve(issuer, "/tenant/keys", new JWKSet(key.toPublicJWK()).toString());
    issuer.start();
    try {
      var file =
          Files.writeString(
              folder.resolve("rules.json"),
              "{\"rules\":[{\"who\":[\"claim:groups=platform\"],\"repositories\":[\"team/*\"],\"actions\":[\"push\"]}]}");
      var options =
          with(
              AccessOptions.DEFAULT, Optional.of(file), AccessOptions.Anonymous.NONE, List.of(url));
      try (var proxy = start(options)) {
        var member = token(key, url, "headwater", List.of("platform"), Duration.ofMinutes(5));
        var path = "/v2/team/app/blobs/uploads/";
        assertThat(status(proxy, "POST", path, "Bearer " + member)).isEqualTo(202);
        for (var bad :
            List.of(
                token(key, url, "headwater", List.of("others"), Duration.ofMinutes(5)),
                token(key, url, "another", List.of("platform"), Duration.ofMinutes(5)),
                token(key, url, "headwater", List.of("platform"), Duration.ofHours(-1)),
                token(key, url + "x", "headwater", List.of("platform"), Duration.ofMinutes(5)))) {
          assertThat(status(proxy, "POST", path, "Bearer " + bad)).isEqualTo(401);
        }
        // As ACR's clients do it: the identity's token for a refresh token, that for an access
        // token.
        var form =
            "grant_type=access_token&service=headwater&tenant=t&access_token=" + encode(member);
        var exchanged =
            proxy.send(
                "POST",
                "/oauth2/exchange",
                form.getBytes(StandardCharsets.UTF_8),
                "Content-Type",
                "application/x-www-form-urlencoded");
        var refresh = Json.object(exchanged.body(), "x").path("refresh_token").asString();
        var basic = Login.basic("00000000-0000-0000-0000-000000000000", refresh);
        var token =
            token(
                proxy.get("/oauth2/token?scope=repository:team/app:push", "Authorization", basic));
        assertThat(status(proxy, "POST", path, "Bearer " + token)).isEqualTo(202);
      }
    } finally {
      issuer.stop(0);
    }
  }

  private static void serve(HttpServer server, String path, String json) {
    server.createContext(
        path,
        exchange -> {
          var bytes = json.getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(200, bytes.length);
          exchange.getResponseBody().write(bytes);
          exchange.close();
        });
  }

  private static String token(
      RSAKey key, String issuer, String audience, List<String> groups, Duration lifetime)
      throws Exception {
    var claims =
        new JWTClaimsSet.Builder()
            .issuer(issuer)
            .subject("somebody")
            .audience(audience)
            .expirationTime(Date.from(Instant.now().plus(lifetime)))
            .claim("groups", groups)
            .build();
    var jwt = new SignedJWT(new JWSHeader.Builder(JWSAlgorithm.RS256).keyID("k1").build(), claims);
    jwt.sign(new RSASSASigner(key));
    return jwt.serialize();
  }
}
