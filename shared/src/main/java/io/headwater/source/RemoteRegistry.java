package io.headwater.source;

import io.headwater.fault.FormatException;
import io.headwater.fault.LimitException;
import io.headwater.oci.Field;
import io.headwater.oci.Manifest;
import io.headwater.store.StoreException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Requests to a registry, as a client makes them: a challenge is answered with Basic credentials or
 * with a token from the realm that it names. Credentials go to the registry and to that realm, and
 * to nobody whom those lead to. What fails for the time being is tried again. Blocks; for one
 * repository; safe for use by several threads.
 */
public final class RemoteRegistry implements AutoCloseable {
  private static final Duration CONNECT = Duration.ofSeconds(10);
  private static final Duration REQUEST = Duration.ofSeconds(60);
  private static final int MAX_TOKEN_BYTES = 16 * 1024;
  private static final int TRIES = 4;
  private static final int MAX_REDIRECTS = 5;
  private static final Pattern PARAMETER = Pattern.compile("(\\w+)=\"([^\"]*)\"");

  /** The JDK's client would take the Authorization header along to wherever it is led. */
  private final HttpClient client =
      HttpClient.newBuilder()
          .connectTimeout(CONNECT)
          .followRedirects(HttpClient.Redirect.NEVER)
          .build();

  private final String host;
  private final String path;
  private final Supplier<Credentials> credentials;

  /** The longest wait for a byte of a body; null: what the environment says. */
  private final @Nullable Duration idle;

  private volatile String authorization = "";

  /** User name and password; both empty for nobody. */
  public record Credentials(String user, String password) {
    /** Nobody's. */
    public static final Credentials NONE = new Credentials("", "");

    /** HEADWATER_USERNAME and HEADWATER_PASSWORD. */
    public static Credentials ofEnvironment() {
      return ofEnvironment("HEADWATER_");
    }

    /** Variables whose names begin with a prefix and end with USERNAME and PASSWORD. */
    public static Credentials ofEnvironment(String prefix) {
      var environment = System.getenv();
      return new Credentials(
          environment.getOrDefault(prefix + "USERNAME", ""),
          environment.getOrDefault(prefix + "PASSWORD", ""));
    }

    private String basic() {
      return "Basic "
          + Base64.getEncoder()
              .encodeToString((user + ":" + password).getBytes(StandardCharsets.UTF_8));
    }

    /** Without the password. */
    @Override
    public String toString() {
      return user;
    }
  }

  /** For the repository of an image. */
  public RemoteRegistry(ImageReference image, Credentials credentials) {
    this(image, () -> credentials);
  }

  /**
   * For the repository of an image.
   *
   * @param credentials asked for whenever the registry asks
   */
  public RemoteRegistry(ImageReference image, Supplier<Credentials> credentials) {
    this(image, credentials, null);
  }

  /**
   * For the repository of an image.
   *
   * @param credentials asked for whenever the registry asks
   * @param idle the longest wait for the next byte of an answer; null: {@link IdleBound#VARIABLE}
   */
  RemoteRegistry(ImageReference image, Supplier<Credentials> credentials, @Nullable Duration idle) {
    this.host = image.host();
    this.path = "/v2/" + image.repository() + "/";
    this.credentials = credentials;
    this.idle = idle;
  }

  /** A body that can be sent again. */
  public interface Body {
    /** No body. */
    Body NONE = BodyPublishers::noBody;

    BodyPublisher publisher() throws IOException;
  }

  /**
   * Sends a GET.
   *
   * @param path below the repository
   * @throws FormatException if the registry has no such thing
   * @throws StoreException if it does not answer, or not with success
   */
  public HttpResponse<InputStream> get(String path, Map<String, String> headers)
      throws IOException {
    return find(path, headers)
        .orElseThrow(() -> new FormatException(host + this.path + path + " does not exist"));
  }

  /** Sends a GET; empty if the registry has no such thing. */
  public Optional<HttpResponse<InputStream>> find(String path, Map<String, String> headers)
      throws IOException {
    var response = send("GET", path, headers, Body.NONE, Set.of(200, 206, 404));
    if (response.statusCode() == 404) {
      response.body().close();
      return Optional.empty();
    }
    return Optional.of(response);
  }

  /**
   * Sends a request.
   *
   * @param path below the repository; from the host's root with a slash in front; or a whole URL
   * @param expected statuses that are no failure
   * @throws StoreException for any other status, or if there is no answer; also thrown by reads of
   *     the body if no byte comes for too long
   */
  public HttpResponse<InputStream> send(
      String method, String path, Map<String, String> headers, Body body, Set<Integer> expected)
      throws IOException {
    var home = Origin.ofRegistry(host);
    var uri = Origin.uri(whole(home, path), host);
    for (int attempt = 1; ; attempt++) {
      try {
        return once(home, method, uri, headers, body, expected);
      } catch (StoreException e) {
        if (!e.isRetryable() || attempt == TRIES) {
          throw e;
        }
        pause(attempt);
      }
    }
  }

  private String whole(Origin home, String path) {
    if (path.startsWith("https://") || path.startsWith("http://")) {
      return path;
    }
    return home + (path.startsWith("/") ? path : this.path + path);
  }

  private static void pause(int attempt) throws InterruptedIOException {
    try {
      Thread.sleep(Duration.ofMillis(200L << attempt));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("waiting for the registry was interrupted");
    }
  }

  private HttpResponse<InputStream> once(
      Origin home,
      String method,
      URI uri,
      Map<String, String> headers,
      Body body,
      Set<Integer> expected)
      throws IOException {
    var response = exchange(home, method, uri, headers, body, authorization);
    if (response.statusCode() == 401 && Origin.of(response.uri()).equals(home)) {
      response.body().close();
      authorization = answer(home, response.headers().firstValue("WWW-Authenticate").orElse(""));
      response = exchange(home, method, uri, headers, body, authorization);
    }
    var status = response.statusCode();
    if (expected.contains(status)) {
      return response;
    }
    try (var content = response.body()) {
      var said = new String(content.readNBytes(500), StandardCharsets.UTF_8).strip();
      throw new StoreException(
          method
              + " "
              + Origin.shown(response.uri())
              + " was answered with status "
              + status
              + ": "
              + said,
          status == 429 || status >= 500,
          new IOException("HTTP " + status));
    }
  }

  /**
   * Sends a request and goes where it is led, though never from https to http.
   *
   * @param home whom the credentials are for; nobody else gets them
   */
  private HttpResponse<InputStream> exchange(
      Origin home, String method, URI uri, Map<String, String> headers, Body body, String auth)
      throws IOException {
    var at = uri;
    var from = home;
    for (int led = 0; ; led++) {
      var origin = Origin.of(at);
      if (!from.mayLeadTo(origin)) {
        throw new FormatException(
            from + " leads to " + origin + ", which is not asked: it is not encrypted");
      }
      from = origin;
      var response = request(method, at, headers, body, origin.equals(home) ? auth : "");
      var location = response.headers().firstValue("Location");
      if (!isRedirect(method, response.statusCode()) || location.isEmpty()) {
        return response;
      }
      response.body().close();
      if (led == MAX_REDIRECTS) {
        throw new FormatException(
            Origin.shown(uri) + " leads on and on, more than " + MAX_REDIRECTS + " times");
      }
      at = at.resolve(Origin.uri(location.get(), origin.toString()));
    }
  }

  /** What is sent is sent again only where the status says so (RFC 9110 §15.4). */
  private static boolean isRedirect(String method, int status) {
    return switch (status) {
      case 301, 302, 303 -> method.equals("GET") || method.equals("HEAD");
      case 307, 308 -> true;
      default -> false;
    };
  }

  private HttpResponse<InputStream> request(
      String method, URI uri, Map<String, String> headers, Body body, String auth)
      throws IOException {
    var limit = idle == null ? IdleBound.limit(System.getenv(IdleBound.VARIABLE)) : idle;
    var content = body.publisher();
    var request = HttpRequest.newBuilder(uri).method(method, content);
    if (content.contentLength() == 0) {
      request.timeout(REQUEST); // a long body takes its time
    }
    headers.forEach(request::header);
    if (!auth.isEmpty()) {
      request.header("Authorization", auth);
    }
    try {
      return client.send(request.build(), IdleBound.bodies(Origin.shown(uri), limit));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("a request was interrupted");
    } catch (IOException e) {
      throw new StoreException(Origin.shown(uri) + " cannot be reached: " + e, true, e);
    }
  }

  private Credentials identify() throws IOException {
    try {
      return credentials.get();
    } catch (UncheckedIOException e) {
      throw e.getCause() == null ? new IOException(e) : e.getCause();
    }
  }

  /** The Authorization header that a challenge asks for. */
  private String answer(Origin home, String challenge) throws IOException {
    var credentials = identify();
    if (challenge.regionMatches(true, 0, "Basic", 0, 5) && !credentials.user().isEmpty()) {
      return credentials.basic();
    }
    if (!challenge.regionMatches(true, 0, "Bearer", 0, 6)) {
      throw new StoreException(
          host + " asks for credentials, or does not take those that it was given",
          false,
          new IOException("HTTP 401"));
    }
    var parameters = new java.util.HashMap<String, String>();
    var matcher = PARAMETER.matcher(challenge);
    while (matcher.find()) {
      parameters.put(matcher.group(1), matcher.group(2));
    }
    var realm = parameters.getOrDefault("realm", "");
    var query =
        "service="
            + encode(parameters.getOrDefault("service", ""))
            + "&scope="
            + encode(parameters.getOrDefault("scope", ""));
    var uri = Origin.uri(realm + (realm.contains("?") ? "&" : "?") + query, home.toString());
    var realmOrigin = realm(home, uri);
    var response =
        exchange(
            realmOrigin,
            "GET",
            uri,
            Map.of(),
            Body.NONE,
            credentials.user().isEmpty() ? "" : credentials.basic());
    try (var body = response.body()) {
      if (response.statusCode() != 200) {
        throw new StoreException(
            realm + " gave no token: status " + response.statusCode(),
            false,
            new IOException("token"));
      }
      var json = Field.document(body.readNBytes(MAX_TOKEN_BYTES), "token of " + realm);
      var token = json.field("token");
      return "Bearer " + (token.isAbsent() ? json.field("access_token") : token).text();
    }
  }

  /**
   * Who gives tokens. It may be another host, as at the best known registry, though never by a
   * weaker scheme than the registry itself.
   */
  static Origin realm(Origin home, URI realm) throws FormatException {
    var origin = Origin.of(realm);
    if (!home.mayLeadTo(origin)) {
      throw new FormatException(
          home + " wants credentials to be sent to " + origin + ", which is not encrypted");
    }
    return origin;
  }

  private static String encode(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  /** All of a small answer. */
  public static byte[] small(HttpResponse<InputStream> response) throws IOException {
    try (var body = response.body()) {
      var bytes = body.readNBytes(Manifest.MAX_BYTES + 1);
      if (bytes.length > Manifest.MAX_BYTES) {
        throw new LimitException(
            Origin.shown(response.uri()) + ": more than " + Manifest.MAX_BYTES + " bytes");
      }
      return bytes;
    }
  }

  @Override
  public void close() {
    client.shutdownNow();
  }
}
