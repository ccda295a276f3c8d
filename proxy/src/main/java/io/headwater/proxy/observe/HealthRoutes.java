package io.headwater.proxy.observe;

import io.headwater.proxy.auth.Access;
import io.headwater.proxy.v2.RegistryErrors;
import io.headwater.proxy.v2.RegistryReads;
import org.springframework.http.HttpHeaders;
import org.springframework.web.reactive.function.server.RequestPredicates;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.RouterFunctions;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;

/**
 * {@code /healthz}: the process lives. {@code /readyz}: it does its work now, or 503 and a sentence
 * for each reason why not ({@link Readiness}). {@code /metrics}: for Prometheus, on this machine or
 * with an operator's credentials.
 */
public final class HealthRoutes {
  private final RegistryReads reads;
  private final ProxyMetrics metrics;
  private final Access access;
  private final Readiness readiness;

  public HealthRoutes(
      RegistryReads reads, ProxyMetrics metrics, Access access, Readiness readiness) {
    this.reads = reads;
    this.metrics = metrics;
    this.access = access;
    this.readiness = readiness;
  }

  /** For a server. */
  public RouterFunction<ServerResponse> routes() {
    return RouterFunctions.route(RequestPredicates.GET("/healthz"), request -> text(200, "alive"))
        .andRoute(RequestPredicates.GET("/readyz"), request -> ready())
        .andRoute(RequestPredicates.GET("/metrics"), this::scrape);
  }

  private Mono<ServerResponse> ready() {
    return readiness
        .faults()
        .flatMap(
            faults -> faults.isEmpty() ? text(200, "ready") : text(503, String.join("\n", faults)));
  }

  private Mono<ServerResponse> scrape(ServerRequest request) {
    return access
        .requireLocalOrOperator(request)
        .then(reads.call(metrics::scrape))
        .flatMap(
            numbers ->
                ServerResponse.ok()
                    .header(HttpHeaders.CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")
                    .bodyValue(numbers))
        .onErrorResume(error -> RegistryErrors.respond(error, request));
  }

  private static Mono<ServerResponse> text(int status, String text) {
    return ServerResponse.status(status)
        .header(HttpHeaders.CONTENT_TYPE, "text/plain")
        .bodyValue(text);
  }
}
