package io.headwater.proxy;

import io.headwater.oci.Platform;
import io.headwater.proxy.auth.AccessOptions;
import io.headwater.proxy.cache.CacheOptions;
import io.headwater.proxy.limit.Limits;
import java.time.Duration;
import java.util.Optional;

/**
 * How the servers listen.
 *
 * @param port of the registry; 0 for any that is free
 * @param streamingPort of the nodes' view; 0 for any that is free
 * @param platform what a node is that does not say
 * @param tls empty for plain HTTP
 * @param stall how long a client may send nothing in the middle of a request
 * @param shutdown how long requests that are under way may go on when the server closes
 * @param storageThresholdBytes more than this stored is reported
 * @param maxBlobBytes larger blobs are not taken
 * @param cache before a far store
 * @param limits what clients may take
 */
public record ProxyOptions(
    String address,
    int port,
    int streamingPort,
    Platform platform,
    AccessOptions access,
    Optional<TlsFiles> tls,
    Duration stall,
    Duration shutdown,
    long storageThresholdBytes,
    long maxBlobBytes,
    CacheOptions cache,
    Limits limits) {
  /** As ACR's limit of a Premium registry's included storage. */
  public static final long DEFAULT_STORAGE_THRESHOLD = 500L << 30;

  /** As ACR's largest layer, five times over. */
  public static final long DEFAULT_MAX_BLOB_BYTES = 1L << 40;

  public static final Duration DEFAULT_STALL = Duration.ofSeconds(60);
  public static final Duration DEFAULT_SHUTDOWN = Duration.ofSeconds(30);

  /** On loopback, on free ports, with default access. */
  public static ProxyOptions onFreePorts(Platform platform, AccessOptions access) {
    return new ProxyOptions(
        "127.0.0.1",
        0,
        0,
        platform,
        access,
        Optional.empty(),
        DEFAULT_STALL,
        Duration.ofSeconds(5),
        DEFAULT_STORAGE_THRESHOLD,
        DEFAULT_MAX_BLOB_BYTES,
        CacheOptions.DEFAULT,
        Limits.DEFAULT);
  }
}
