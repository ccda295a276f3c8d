package io.headwater.functions.local;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.concurrent.Executors;

/** An address that is known before the server behind it is. */
final class Relay implements AutoCloseable {
  private final HttpServer server;
  private final HttpClient client = HttpClient.newHttpClient();
  private volatile int port;

  private Relay(HttpServer server) {
    this.server = server;
  }

  static Relay start() throws IOException {
    var server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    var relay = new Relay(server);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext(
        "/",
        exchange -> {
          try (exchange) {
            var body =
                HttpRequest.BodyPublishers.ofByteArray(exchange.getRequestBody().readAllBytes());
            var uri = URI.create("http://127.0.0.1:" + relay.port + exchange.getRequestURI());
            var answer =
                relay.client.send(
                    HttpRequest.newBuilder(uri).POST(body).build(), BodyHandlers.discarding());
            exchange.sendResponseHeaders(answer.statusCode(), -1);
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
    server.start();
    return relay;
  }

  String url() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  void to(int port) {
    this.port = port;
  }

  @Override
  public void close() {
    server.stop(0);
    client.close();
  }
}
