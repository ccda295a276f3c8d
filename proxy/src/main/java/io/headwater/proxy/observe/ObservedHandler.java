package io.headwater.proxy.observe;

import io.headwater.oci.Json;
import io.headwater.proxy.limit.Requests;
import io.headwater.proxy.v2.BodyErrors;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.server.reactive.HttpHandler;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.http.server.reactive.ServerHttpResponse;
import reactor.core.publisher.Mono;
import reactor.core.publisher.SignalType;
import reactor.netty.channel.AbortedException;

/**
 * The frame around every request: an id that the client is told and the log has, a line in the log,
 * metrics, a span. Reads that go well are logged at DEBUG: a node asks for many ranges.
 */
public final class ObservedHandler implements HttpHandler {
  /** The id of a request, taken over from the client when it sends one. */
  public static final String REQUEST_ID = BodyErrors.REQUEST_ID;

  private static final Logger LOG = LoggerFactory.getLogger("io.headwater.access");
  private static final Pattern ID = Pattern.compile("[A-Za-z0-9._:-]{1,128}");

  /** What a client that went away, or was dropped, got: as nginx has it. */
  private static final int GONE = 499;

  private final HttpHandler handler;
  private final ProxyMetrics metrics;
  private final Tracing tracing;
  private final Requests requests;

  public ObservedHandler(
      HttpHandler handler, ProxyMetrics metrics, Tracing tracing, Requests requests) {
    this.handler = handler;
    this.metrics = metrics;
    this.tracing = tracing;
    this.requests = requests;
  }

  @Override
  public Mono<Void> handle(ServerHttpRequest request, ServerHttpResponse response) {
    var path = request.getPath().value();
    var kind = RequestKind.of(path);
    var asked = request.getHeaders().getFirst(REQUEST_ID);
    var id = asked != null && ID.matcher(asked).matches() ? asked : newId();
    response.getHeaders().set(REQUEST_ID, id);
    var start = System.nanoTime();
    var span = tracing.begin(request, kind, id);
    var transfer = Transfer.begin(response);
    metrics.began(kind);
    // Whoever watches over the server hears from it, however much it has to do.
    var isCounted = !RequestKind.isHealth(path);
    var mayRun = !isCounted || requests.begin();
    var fault = new AtomicBoolean();
    return (mayRun ? handler.handle(request, response) : refuse(response))
        .doOnError(error -> fault.set(!isGone(error)))
        .doFinally(
            signal -> {
              if (isCounted && mayRun) {
                requests.end();
              }
              var promised = Transfer.promised(request, response);
              var isUnanswered = signal == SignalType.CANCEL && !response.isCommitted();
              transfer.whenOver(
                  promised,
                  () -> {
                    var isBroken = isUnanswered || transfer.sent() < promised;
                    var status = fault.get() ? 500 : isBroken ? GONE : status(response);
                    var took = Duration.ofNanos(System.nanoTime() - start);
                    metrics.ended(
                        kind,
                        request.getMethod().name(),
                        status,
                        transfer.sent(),
                        transfer.received(),
                        took);
                    Tracing.end(span, status);
                    var end = isBroken ? ", " + transfer.broken(promised, fault.get()) : "";
                    log(request, id, mayRun ? status : 0, transfer.sent(), took, end);
                  });
            });
  }

  /** Whether it is the client's doing that a response could not be sent. */
  private static boolean isGone(Throwable error) {
    return error instanceof AbortedException
        || error instanceof ClosedChannelException
        || AbortedException.isConnectionReset(error);
  }

  private static Mono<Void> refuse(ServerHttpResponse response) {
    var error = Json.object();
    error
        .putArray("errors")
        .addObject()
        .put("code", "TOOMANYREQUESTS")
        .put("message", "too many requests are under way (max-requests): try again");
    response.setStatusCode(HttpStatus.SERVICE_UNAVAILABLE);
    response.getHeaders().set(HttpHeaders.RETRY_AFTER, "1");
    response.getHeaders().set(HttpHeaders.CONTENT_TYPE, "application/json");
    var body = response.bufferFactory().wrap(Json.write(error));
    response.getHeaders().setContentLength(body.readableByteCount());
    return response.writeWith(Mono.just(body));
  }

  /** Tells requests apart; not secret, so that no randomness has to be waited for. */
  private static String newId() {
    var random = ThreadLocalRandom.current();
    return "%016x%016x".formatted(random.nextLong(), random.nextLong());
  }

  private static int status(ServerHttpResponse response) {
    var status = response.getStatusCode();
    return status == null ? 200 : status.value();
  }

  private static void log(
      ServerHttpRequest request, String id, int status, long sent, Duration took, String end) {
    var method = request.getMethod().name();
    var isRead = method.equals("GET") || method.equals("HEAD");
    // What is not there is asked for by every push.
    var isUsual = isRead && (status < 400 || status == 404 || status == 401 || status == GONE);
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
              "{} {} {} ({} ms, {}{})",
              method,
              request.getPath().value(),
              status,
              took.toMillis(),
              id,
              end);
    }
  }
}
