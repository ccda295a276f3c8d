package io.headwater.functions.local;

import com.microsoft.azure.functions.HttpResponseMessage;
import com.microsoft.azure.functions.annotation.HttpTrigger;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.headwater.fault.FormatException;
import io.headwater.fault.Sentence;
import io.headwater.oci.Field;
import io.headwater.oci.Json;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The HTTP side of the host, on this machine only and, as with Core Tools, without keys: functions
 * with an HTTP trigger, and the address to which Event Grid delivers.
 */
final class LocalHttp implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(LocalHttp.class);
  private static final String EVENT_GRID = "/runtime/webhooks/EventGrid";
  private static final String VALIDATION = "Microsoft.EventGrid.SubscriptionValidationEvent";
  private static final int MAX_BODY_BYTES = 1 << 20;
  private static final String NO_SNIFF = "X-Content-Type-Options";

  private final HttpServer server;

  private LocalHttp(HttpServer server) {
    this.server = server;
  }

  /**
   * Starts it.
   *
   * @param port 0 for a free one
   */
  static LocalHttp start(
      int port, List<BoundFunction> http, List<BoundFunction> events, LocalStorage storage)
      throws IOException {
    var server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    for (var function : http) {
      var trigger = (HttpTrigger) function.trigger();
      var path = "/" + trigger.route().replaceAll("\\{.*", "");
      server.createContext(path, exchange -> answer(exchange, () -> call(exchange, function)));
    }
    server.createContext(
        EVENT_GRID, exchange -> answer(exchange, () -> deliver(exchange, events, storage)));
    server.start();
    return new LocalHttp(server);
  }

  int port() {
    return server.getAddress().getPort();
  }

  /** An answer. */
  private record Answer(int status, Map<String, String> headers, byte[] body) {
    static Answer text(int status, String text) {
      var headers = Map.of("Content-Type", "text/plain", NO_SNIFF, "nosniff");
      return new Answer(status, headers, text.getBytes(StandardCharsets.UTF_8));
    }
  }

  private interface Call {
    Answer answer() throws Exception;
  }

  private static void answer(HttpExchange exchange, Call call) throws IOException {
    try (exchange) {
      Answer answer;
      try {
        answer = call.answer();
      } catch (FormatException e) {
        answer = Answer.text(400, String.valueOf(e.getMessage()));
      } catch (Throwable e) {
        LOG.warn(
            "{} {} failed: {}",
            exchange.getRequestMethod(),
            exchange.getRequestURI(),
            Sentence.of(e));
        answer = Answer.text(500, "the function failed; the log says why");
      }
      answer.headers().forEach(exchange.getResponseHeaders()::set);
      exchange.sendResponseHeaders(
          answer.status(), answer.body().length == 0 ? -1 : answer.body().length);
      exchange.getResponseBody().write(answer.body());
    }
  }

  private static String body(HttpExchange exchange) throws IOException {
    var bytes = exchange.getRequestBody().readNBytes(MAX_BODY_BYTES + 1);
    if (bytes.length > MAX_BODY_BYTES) {
      throw new FormatException("a body of more than " + MAX_BODY_BYTES + " bytes is not taken");
    }
    return new String(bytes, StandardCharsets.UTF_8);
  }

  private static Answer call(HttpExchange exchange, BoundFunction function) throws Exception {
    var trigger = (HttpTrigger) function.trigger();
    var method = exchange.getRequestMethod();
    if (Arrays.stream(trigger.methods()).noneMatch(allowed -> allowed.name().equals(method))) {
      return Answer.text(405, "only " + Arrays.toString(trigger.methods()));
    }
    var request = LocalRequest.of(exchange, body(exchange));
    var response = (HttpResponseMessage) function.call(request, Map.of()).result();
    if (response == null) {
      return Answer.text(204, "");
    }
    return new Answer(
        response.getStatusCode(),
        headers(response),
        String.valueOf(response.getBody()).getBytes(StandardCharsets.UTF_8));
  }

  /** Those of the function, and no other: what a function forgets is missing here as in Azure. */
  private static Map<String, String> headers(HttpResponseMessage response) {
    var headers = new TreeMap<String, String>();
    for (var name : List.of("Content-Type", NO_SNIFF)) {
      var value = response.getHeader(name);
      if (value != null) {
        headers.put(name, value);
      }
    }
    return headers;
  }

  /** Event Grid delivers lists; a function gets one event at a time. */
  private static Answer deliver(
      HttpExchange exchange, List<BoundFunction> functions, LocalStorage storage) throws Exception {
    var events = body(exchange).getBytes(StandardCharsets.UTF_8);
    for (var event : Field.oneOrMore(events, "events")) {
      if (event.field("eventType").textOr("").equals(VALIDATION)) {
        var code =
            Json.object()
                .put("validationResponse", event.field("data").field("validationCode").text());
        var headers = Map.of("Content-Type", "application/json", NO_SNIFF, "nosniff");
        return new Answer(200, headers, Json.write(code));
      }
      for (var function : functions) {
        storage.send(function.call(event.json().toString(), Map.of()));
      }
    }
    return Answer.text(202, "");
  }

  @Override
  public void close() {
    server.stop(1);
  }
}
