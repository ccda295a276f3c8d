package io.headwater.proxy.auth;

import com.azure.core.credential.AccessToken;
import com.azure.core.credential.TokenCredential;
import com.azure.core.http.jdk.httpclient.JdkHttpClientBuilder;
import com.azure.core.http.policy.FixedDelayOptions;
import com.azure.core.http.policy.RetryOptions;
import com.azure.security.keyvault.keys.cryptography.CryptographyClientBuilder;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.headwater.oci.Json;
import io.headwater.tool.Command;
import java.io.IOException;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.MGF1ParameterSpec;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import javax.crypto.Cipher;
import javax.crypto.spec.OAEPParameterSpec;
import javax.crypto.spec.PSource;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * Stands in for Azure Key Vault (REST API, "wrap Key", "unwrap Key", "get Key"), with TLS and its
 * challenge: one RSA key with versions.
 */
final class Vault implements AutoCloseable {
  private static final TokenCredential IDENTITY =
      request ->
          Mono.just(new AccessToken("identity", OffsetDateTime.now(ZoneOffset.UTC).plusHours(1)));
  private static final OAEPParameterSpec OAEP =
      new OAEPParameterSpec(
          "SHA-256", "MGF1", MGF1ParameterSpec.SHA256, PSource.PSpecified.DEFAULT);

  private final HttpsServer server;
  private final SSLContext tls;
  private final Map<String, KeyPair> versions = new LinkedHashMap<>();
  private String newest = "";
  private volatile int refusal;
  private volatile @Nullable URI redirection;
  private final List<String> asked = new ArrayList<>();

  Vault(Path folder) throws IOException, InterruptedException, GeneralSecurityException {
    tls = tls(folder);
    rotate();
    server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setHttpsConfigurator(new HttpsConfigurator(tls));
    server.createContext("/keys/signing", this::answer);
    server.start();
  }

  private static SSLContext tls(Path folder)
      throws IOException, InterruptedException, GeneralSecurityException {
    var file = folder.resolve("vault.p12");
    Command.succeed(
        Path.of(System.getProperty("java.home"), "bin", "keytool"),
        "-genkeypair",
        "-keystore",
        file,
        "-storepass",
        "password",
        "-storetype",
        "PKCS12",
        "-alias",
        "vault",
        "-keyalg",
        "EC",
        "-dname",
        "CN=localhost",
        "-ext",
        "SAN=DNS:localhost");
    var keys = KeyStore.getInstance("PKCS12");
    var password = "password".toCharArray();
    try (var in = Files.newInputStream(file)) {
      keys.load(in, password);
    }
    var own = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    own.init(keys, password);
    var trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, null);
    trusted.setCertificateEntry("vault", keys.getCertificate("vault"));
    var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(trusted);
    var tls = SSLContext.getInstance("TLS");
    tls.init(own.getKeyManagers(), trust.getTrustManagers(), null);
    return tls;
  }

  /** Makes a new version of the key. */
  void rotate() throws GeneralSecurityException {
    var generator = KeyPairGenerator.getInstance("RSA");
    generator.initialize(2048);
    newest = UUID.randomUUID().toString().replace("-", "");
    versions.put(newest, generator.generateKeyPair());
  }

  /** Answers with a status from now on; 0 to do its work again. */
  void refuse(int status) {
    refusal = status;
  }

  /** Sends everybody elsewhere from now on. */
  void redirectTo(URI elsewhere) {
    redirection = elsewhere;
    refusal = 307;
  }

  /** The operations that it was asked for. */
  List<String> asked() {
    return asked;
  }

  URI key() {
    return URI.create("https://localhost:" + server.getAddress().getPort() + "/keys/signing");
  }

  VaultKey open() throws IOException {
    var http =
        new JdkHttpClientBuilder(java.net.http.HttpClient.newBuilder().sslContext(tls)).build();
    return new VaultKey(
        key(),
        id ->
            new CryptographyClientBuilder()
                .keyIdentifier(id)
                .credential(IDENTITY)
                .httpClient(http)
                .retryOptions(new RetryOptions(new FixedDelayOptions(1, Duration.ofMillis(1))))
                .disableChallengeResourceVerification());
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      var body = exchange.getRequestBody().readAllBytes();
      if (!"Bearer identity".equals(exchange.getRequestHeaders().getFirst("Authorization"))) {
        exchange
            .getResponseHeaders()
            .add(
                "WWW-Authenticate",
                "Bearer authorization=\"https://login.example/tenant\", resource=\"https://vault.azure.net\"");
        exchange.sendResponseHeaders(401, -1);
        return;
      }
      var path = exchange.getRequestURI().getPath().split("/");
      var operation = path[path.length - 1];
      asked.add(operation.endsWith("wrapkey") ? operation : "get");
      var status = refusal;
      byte[] answer;
      try {
        answer =
            status != 0
                ? Json.write(Map.of("error", Map.of("code", "Forbidden", "message", "no")))
                : operate(exchange, operation, body);
      } catch (GeneralSecurityException e) {
        status = 400;
        answer = Json.write(Map.of("error", Map.of("code", "BadParameter", "message", "bad")));
      }
      var elsewhere = redirection;
      if (elsewhere != null) {
        exchange.getResponseHeaders().add("Location", elsewhere.toString());
      }
      exchange.getResponseHeaders().add("Content-Type", "application/json");
      exchange.sendResponseHeaders(status == 0 ? 200 : status, answer.length);
      exchange.getResponseBody().write(answer);
    }
  }

  private byte[] operate(HttpExchange exchange, String operation, byte[] body)
      throws IOException, GeneralSecurityException {
    var version =
        versions.keySet().stream()
            .filter(id -> exchange.getRequestURI().getPath().contains(id))
            .findFirst()
            .orElse(newest);
    var pair = java.util.Objects.requireNonNull(versions.get(version));
    var id = key() + "/" + version;
    if (!operation.endsWith("wrapkey")) {
      var rsa = (RSAPublicKey) pair.getPublic();
      return Json.write(
          Map.of(
              "key",
              Map.of(
                  "kid",
                  id,
                  "kty",
                  "RSA",
                  "key_ops",
                  List.of("wrapKey", "unwrapKey"),
                  "n",
                  unsigned(rsa.getModulus()),
                  "e",
                  unsigned(rsa.getPublicExponent()))));
    }
    var cipher = Cipher.getInstance("RSA/ECB/OAEPWithSHA-256AndMGF1Padding");
    if (operation.equals("wrapkey")) {
      cipher.init(Cipher.ENCRYPT_MODE, pair.getPublic(), OAEP);
    } else {
      cipher.init(Cipher.DECRYPT_MODE, pair.getPrivate(), OAEP);
    }
    var value = Json.object(body, "request").path("value").asString();
    return Json.write(
        Map.of("kid", id, "value", text(cipher.doFinal(Base64.getUrlDecoder().decode(value)))));
  }

  private static String unsigned(BigInteger number) {
    var bytes = number.toByteArray();
    return text(bytes[0] == 0 ? java.util.Arrays.copyOfRange(bytes, 1, bytes.length) : bytes);
  }

  private static String text(byte[] bytes) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
