package io.headwater.tool;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/** Passes requests on to a server, but for those that are to fail. */
public final class FaultyProxy implements AutoCloseable {
  /**
   * What to do with a request: 0 to pass it on, −1 never to answer, else the status to answer with.
   */
  public interface Faults {
    int of(String method, URI uri);
  }

  /** Changes the headers of an answer that is passed on. */
  public interface Answers {
    void change(String method, URI uri, Map<String, List<String>> headers);
  }

  private static final Set<String> NOT_PASSED_ON =
      Set.of(
          "host",
          "connection",
          "content-length",
          "upgrade",
          "http2-settings",
          "transfer-encoding",
          "expect");

  private final HttpServer server;
  private final HttpClient client = HttpClient.newHttpClient();
  private final AtomicInteger faults = new AtomicInteger();
  private final int target;
  private final Faults plan;
  private final Answers answers;

  public FaultyProxy(int target, Faults plan) throws IOException {
    this(target, plan, (method, uri, headers) -> {});
  }

  public FaultyProxy(int target, Faults plan, Answers answers) throws IOException {
    this.target = target;
    this.plan = plan;
    this.answers = answers;
    this.server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(Executors.newCachedThreadPool(Thread.ofPlatform().daemon().factory()));
    server.createContext("/", this::handle);
    server.start();
  }

  /** Where it listens. */
  public int port() {
    return server.getAddress().getPort();
  }

  /** How many requests failed. */
  public int faults() {
    return faults.get();
  }

  private void handle(HttpExchange exchange) throws IOException {
    var body = exchange.getRequestBody().readAllBytes();
    var fault = plan.of(exchange.getRequestMethod(), exchange.getRequestURI());
    if (fault != 0) {
      faults.incrementAndGet();
    }
    try {
      if (fault < 0) {
        Thread.sleep(60_000);
      } else if (fault > 0) {
        exchange.sendResponseHeaders(fault, -1);
      } else {
        passOn(exchange, body);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      exchange.close();
    }
  }

  private void passOn(HttpExchange exchange, byte[] body) throws IOException, InterruptedException {
    var request =
        HttpRequest.newBuilder(
                URI.create("http://127.0.0.1:" + target + exchange.getRequestURI().toString()))
            .method(exchange.getRequestMethod(), HttpRequest.BodyPublishers.ofByteArray(body));
    exchange
        .getRequestHeaders()
        .forEach(
            (name, values) -> {
              if (!NOT_PASSED_ON.contains(name.toLowerCase(Locale.ROOT))) {
                values.forEach(value -> request.header(name, value));
              }
            });
    var response = client.send(request.build(), BodyHandlers.ofInputStream());
    response
        .headers()
        .map()
        .forEach(
            (name, values) -> {
              if (!name.equals("transfer-encoding") && !name.equals("connection")) {
                exchange.getResponseHeaders().put(name, values);
              }
            });
    answers.change(
        exchange.getRequestMethod(), exchange.getRequestURI(), exchange.getResponseHeaders());
    try (InputStream in = response.body()) {
      var bytes = in.readAllBytes();
      exchange.sendResponseHeaders(response.statusCode(), bytes.length == 0 ? -1 : bytes.length);
      if (bytes.length > 0) {
        exchange.getResponseBody().write(bytes);
      }
    }
  }

  @Override
  public void close() {
    server.stop(0);
    client.shutdownNow();
  }
}
