/**
 * What operators see: requests in the log with their ids, metrics, traces, health.
 *
 * <p>Owns the frame around every request, and {@code /metrics}, {@code /healthz} and {@code
 * /readyz}. Open {@link io.headwater.proxy.observe.ObservedHandler} first.
 */
@NullMarked
package io.headwater.proxy.observe;

import org.jspecify.annotations.NullMarked;
