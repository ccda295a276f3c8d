package io.headwater.proxy.observe;

import com.github.benmanes.caffeine.cache.Cache;
import io.headwater.operation.Operation;
import io.headwater.operation.OperationListener;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.cache.CaffeineCacheMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Duration;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/** The numbers that Prometheus asks for. */
public final class ProxyMetrics implements OperationListener, AutoCloseable {
  /** A label has the values that we know: clients think of others without an end. */
  private static final Set<String> KNOWN =
      Set.of("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS");

  private final PrometheusMeterRegistry meters =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final AtomicInteger converting = new AtomicInteger();
  private final AtomicInteger requests = new AtomicInteger();
  private final AtomicInteger uploads = new AtomicInteger();
  private final JvmGcMetrics gc = new JvmGcMetrics();

  public ProxyMetrics() {
    new JvmMemoryMetrics().bindTo(meters);
    new JvmThreadMetrics().bindTo(meters);
    new ProcessorMetrics().bindTo(meters);
    gc.bindTo(meters);
    gauge("headwater.conversions.running", "conversions at work in this process", converting::get);
    gauge("headwater.requests.running", "requests being answered", requests::get);
    gauge("headwater.uploads.running", "uploads of which a part is being received", uploads::get);
  }

  private void gauge(String name, String description, Supplier<Number> value) {
    Gauge.builder(name, value).description(description).register(meters);
  }

  /** A number that is asked for when metrics are. */
  public void watch(String name, String description, Supplier<Number> value) {
    gauge(name, description, value);
  }

  /**
   * A number that only grows, asked for when metrics are.
   *
   * @param tags by turns name and value
   */
  public void count(String name, String description, Supplier<Long> value, String... tags) {
    // The meter holds its object weakly: this, which lives as long as the meters do.
    FunctionCounter.builder(name, this, self -> (double) value.get())
        .description(description)
        .tags(tags)
        .register(meters);
  }

  /** A cache's hits, misses and evictions. */
  public void watch(String name, Cache<?, ?> cache) {
    CaffeineCacheMetrics.monitor(meters, cache, name);
  }

  /** A method as labels have it. */
  static String method(String method) {
    return KNOWN.contains(method) ? method : "OTHER";
  }

  void began(RequestKind kind) {
    requests.incrementAndGet();
    if (kind == RequestKind.UPLOAD) {
      uploads.incrementAndGet();
    }
  }

  void ended(RequestKind kind, String method, int status, long sent, long received, Duration took) {
    requests.decrementAndGet();
    if (kind == RequestKind.UPLOAD) {
      uploads.decrementAndGet();
    }
    var tags = Tags.of("kind", kind.text(), "method", method(method));
    meters.timer("headwater.requests", tags.and("status", Integer.toString(status))).record(took);
    if (sent > 0) {
      meters.counter("headwater.sent.bytes", tags).increment((double) sent);
    }
    if (received > 0) {
      meters.counter("headwater.received.bytes", tags).increment((double) received);
    }
  }

  @Override
  public void started(Operation operation) {
    converting.incrementAndGet();
  }

  @Override
  public void left(Operation operation) {
    converting.decrementAndGet();
  }

  @Override
  public void ended(Operation operation) {
    var status = operation.status().name().toLowerCase(Locale.ROOT);
    var code = operation.code() == null ? "" : operation.code().name();
    meters.counter("headwater.conversions", "status", status, "code", code).increment();
  }

  @Override
  public void layerDone(LayerReport layer) {
    var reused = Boolean.toString(layer.reused());
    meters
        .counter("headwater.converted.bytes", "reused", reused)
        .increment((double) layer.original().size());
  }

  String scrape() {
    return meters.scrape();
  }

  @Override
  public void close() {
    gc.close();
    meters.close();
  }
}
