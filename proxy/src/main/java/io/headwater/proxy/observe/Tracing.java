package io.headwater.proxy.observe;

import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapGetter;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.autoconfigure.AutoConfiguredOpenTelemetrySdk;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.server.reactive.ServerHttpRequest;

/**
 * Traces of requests by OpenTelemetry, when it is configured: {@code OTEL_EXPORTER_OTLP_ENDPOINT}
 * or {@code OTEL_TRACES_EXPORTER} and the other variables of its specification.
 */
public final class Tracing implements AutoCloseable {
  private static final TextMapGetter<HttpHeaders> HEADERS =
      new TextMapGetter<>() {
        @Override
        public Iterable<String> keys(HttpHeaders headers) {
          return headers.headerNames();
        }

        @Override
        public @Nullable String get(@Nullable HttpHeaders headers, String name) {
          return headers == null ? null : headers.getFirst(name);
        }
      };

  private final OpenTelemetry telemetry;
  private final Tracer tracer;
  private final @Nullable OpenTelemetrySdk sdk;

  private Tracing(OpenTelemetry telemetry, @Nullable OpenTelemetrySdk sdk) {
    this.telemetry = telemetry;
    this.tracer = telemetry.getTracer("io.headwater");
    this.sdk = sdk;
  }

  /** No traces. */
  public static Tracing off() {
    return new Tracing(OpenTelemetry.noop(), null);
  }

  /** As the environment says; none where it says nothing of traces. */
  public static Tracing ofEnvironment(Map<String, String> environment) {
    if (!environment.containsKey("OTEL_EXPORTER_OTLP_ENDPOINT")
        && !environment.containsKey("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
        && !environment.containsKey("OTEL_TRACES_EXPORTER")) {
      return off();
    }
    var sdk =
        AutoConfiguredOpenTelemetrySdk.builder()
            .addPropertiesSupplier(
                () ->
                    Map.of(
                        "otel.service.name", "headwater",
                        "otel.metrics.exporter", "none",
                        "otel.logs.exporter", "none",
                        "otel.exporter.otlp.protocol", "http/protobuf"))
            .disableShutdownHook()
            .build()
            .getOpenTelemetrySdk();
    return new Tracing(sdk, sdk);
  }

  Span begin(ServerHttpRequest request, RequestKind kind, String requestId) {
    var parent =
        telemetry
            .getPropagators()
            .getTextMapPropagator()
            .extract(Context.root(), request.getHeaders(), HEADERS);
    return tracer
        .spanBuilder(ProxyMetrics.method(request.getMethod().name()) + " " + kind.text())
        .setParent(parent)
        .setSpanKind(SpanKind.SERVER)
        .setAttribute("http.request.method", request.getMethod().name())
        .setAttribute("url.path", request.getPath().value())
        .setAttribute("headwater.request.id", requestId)
        .startSpan();
  }

  static void end(Span span, int status) {
    span.setAttribute("http.response.status_code", status);
    if (status >= 500) {
      span.setStatus(StatusCode.ERROR);
    }
    span.end();
  }

  @Override
  public void close() {
    if (sdk != null) {
      sdk.close();
    }
  }
}
