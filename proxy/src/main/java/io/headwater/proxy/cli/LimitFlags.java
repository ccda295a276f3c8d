package io.headwater.proxy.cli;

import io.headwater.proxy.limit.Limits;
import java.time.Duration;
import picocli.CommandLine.Option;

/** What clients may take of the server: docs/limits.md. */
final class LimitFlags {
  @Option(
      names = "--max-connections",
      defaultValue = "2048",
      description = "connections open at the same time, both ports (default: ${DEFAULT-VALUE})")
  private int connections;

  @Option(
      names = "--max-connections-per-address",
      defaultValue = "512",
      description =
          "of them from one address (IPv6: one /64); 0: no limit, for a server that only a load balancer reaches (default: ${DEFAULT-VALUE})")
  private int connectionsPerAddress;

  @Option(
      names = "--max-head-bytes",
      defaultValue = "8k",
      converter = ByteSize.class,
      description =
          "bytes of a request line, and of a request's header fields (default: ${DEFAULT-VALUE})")
  private long headBytes;

  @Option(
      names = "--max-head-lines",
      defaultValue = "100",
      description = "header fields of a request (default: ${DEFAULT-VALUE})")
  private int headLines;

  @Option(
      names = "--max-unfinished-heads",
      defaultValue = "4m",
      converter = ByteSize.class,
      description =
          "bytes of all request heads that have begun and not ended (default: ${DEFAULT-VALUE})")
  private long unfinishedHeadBytes;

  @Option(
      names = "--head-timeout",
      defaultValue = "10s",
      converter = TimeSpan.class,
      description =
          "a request's head, and TLS before the first, have to be complete in so long (default: ${DEFAULT-VALUE})")
  private Duration headTimeout = Limits.DEFAULT.headTimeout();

  @Option(
      names = "--max-pipelined",
      defaultValue = "16",
      description =
          "requests of one connection that wait for their answers (default: ${DEFAULT-VALUE})")
  private int pipelined;

  @Option(
      names = "--max-requests",
      defaultValue = "1024",
      description = "requests under way at the same time (default: ${DEFAULT-VALUE})")
  private int requests;

  @Option(
      names = "--least-rate",
      defaultValue = "4k",
      converter = ByteSize.class,
      description =
          "a client that takes or sends fewer bytes a second, in the mean of --stall, is dropped; 0: none is (default: ${DEFAULT-VALUE})")
  private long leastRate;

  @Option(
      names = "--max-uploads",
      defaultValue = "12",
      description =
          "uploads written to the store at the same time; others wait, with their bytes at the client (default: ${DEFAULT-VALUE})")
  private int uploads;

  @Option(
      names = "--max-upload-sessions",
      defaultValue = "1000",
      description =
          "uploads of a repository that are begun and not ended (default: ${DEFAULT-VALUE})")
  private int uploadSessions;

  @Option(
      names = "--response-memory",
      defaultValue = "64m",
      converter = ByteSize.class,
      description =
          "memory that answers may hold which wait for their clients (default: ${DEFAULT-VALUE})")
  private long responseBytes;

  @Option(
      names = "--request-memory",
      defaultValue = "32m",
      converter = ByteSize.class,
      description =
          "memory of manifests that come and are larger than 64 KiB (default: ${DEFAULT-VALUE})")
  private long requestBytes;

  @Option(
      names = "--documents-at-once",
      defaultValue = "8",
      description =
          "manifests and lists that are read, checked or written at the same time; others wait (default: ${DEFAULT-VALUE})")
  private int documents;

  @Option(
      names = "--log-rate",
      defaultValue = "50",
      description =
          "lines a second that clients may cause in the log; 0: as many as there are (default: ${DEFAULT-VALUE})")
  private int logRate;

  int logRate() {
    return logRate;
  }

  Limits limits(Duration stall) {
    return new Limits(
        connections,
        connectionsPerAddress,
        (int) Math.min(headBytes, 1 << 20),
        headLines,
        unfinishedHeadBytes,
        headTimeout,
        pipelined,
        requests,
        leastRate,
        stall,
        uploads,
        uploadSessions,
        responseBytes,
        requestBytes,
        documents);
  }
}
