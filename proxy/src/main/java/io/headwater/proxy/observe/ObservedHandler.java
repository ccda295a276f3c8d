package io.headwater.proxy.observe;

import io.headwater.proxy.v2.BodyErrors;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import org.springframework.http.server.reactive.HttpHandler;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.http.server.reactive.ServerHttpResponse;
import reactor.core.publisher.Mono;
import reactor.core.publisher.SignalType;

/**
 * The frame around every request: an id that the client is told and the log has, a line in the log,
 * metrics, a span. Reads that go well are logged at DEBUG: a node asks for many ranges.
 */
public final class ObservedHandler implements HttpHandler {
  /** The id of a request, taken over from the client when it sends one. */
  public static final String REQUEST_ID = BodyErrors.REQUEST_ID;

  private static final Logger LOG = LoggerFactory.getLogger("io.headwater.access");
  private static final Pattern ID = Pattern.compile("[A-Za-z0-9._:-]{1,128}");

  private final HttpHandler handler;
  private final ProxyMetrics metrics;
  private final Tracing tracing;

  public ObservedHandler(HttpHandler handler, ProxyMetrics metrics, Tracing tracing) {
    this.handler = handler;
    this.metrics = metrics;
    this.tracing = tracing;
  }

  @Override
  public Mono<Void> handle(ServerHttpRequest request, ServerHttpResponse response) {
    var kind = RequestKind.of(request.getPath().value());
    var asked = request.getHeaders().getFirst(REQUEST_ID);
    var id = asked != null && ID.matcher(asked).matches() ? asked : newId();
    response.getHeaders().set(REQUEST_ID, id);
    var start = System.nanoTime();
    var span = tracing.begin(request, kind, id);
    metrics.began(kind);
    return handler
        .handle(request, response)
        .doFinally(
            signal -> {
              var status = status(response, signal);
              var took = Duration.ofNanos(System.nanoTime() - start);
              var isWhole = signal == SignalType.ON_COMPLETE;
              var sent = isWhole ? sent(request, response) : 0;
              var received = isWhole ? Math.max(0, request.getHeaders().getContentLength()) : 0;
              metrics.ended(kind, request.getMethod().name(), status, sent, received, took);
              Tracing.end(span, status);
              log(request, id, status, sent, took);
            });
  }

  /** Tells requests apart; not secret, so that no randomness has to be waited for. */
  private static String newId() {
    var random = ThreadLocalRandom.current();
    return "%016x%016x".formatted(random.nextLong(), random.nextLong());
  }

  /** What a client that went away got counts as 499, as nginx has it. */
  private static int status(ServerHttpResponse response, SignalType signal) {
    if (signal == SignalType.CANCEL) {
      return 499;
    }
    var status = response.getStatusCode();
    return status == null ? 200 : status.value();
  }

  private static long sent(ServerHttpRequest request, ServerHttpResponse response) {
    return request.getMethod().name().equals("HEAD")
        ? 0
        : Math.max(0, response.getHeaders().getContentLength());
  }

  private static void log(
      ServerHttpRequest request, String id, int status, long sent, Duration took) {
    var method = request.getMethod().name();
    var isRead = method.equals("GET") || method.equals("HEAD");
    // What is not there is asked for by every push.
    var isUsual = isRead && (status < 400 || status == 404 || status == 401);
    var level = status >= 500 ? Level.WARN : isUsual ? Level.DEBUG : Level.INFO;
    if (LOG.isEnabledForLevel(level)) {
      LOG.atLevel(level)
          .addKeyValue("request", id)
          .addKeyValue("method", method)
          .addKeyValue("path", request.getPath().value())
          .addKeyValue("status", status)
          .addKeyValue("bytes", sent)
          .addKeyValue("millis", took.toMillis())
          .log(
              "{} {} {} ({} ms, {})",
              method,
              request.getPath().value(),
              status,
              took.toMillis(),
              id);
    }
  }
}
