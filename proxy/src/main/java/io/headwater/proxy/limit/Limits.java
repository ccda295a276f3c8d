package io.headwater.proxy.limit;

import io.headwater.fault.FormatException;
import java.time.Duration;

/**
 * What clients may take. Each value is an option of {@code up}; docs/limits.md says why it is what
 * it is.
 *
 * @param connections open at the same time, on both ports together
 * @param connectionsPerAddress of them, from one address (of IPv6: from one /64); 0: no limit
 * @param headBytes of a request line, and of all header fields of one request together
 * @param headLines header fields of one request
 * @param unfinishedHeadBytes of all heads that have begun and not ended
 * @param headTimeout from a head's first byte (of a connection's first head: from the connection's
 *     beginning, TLS included) to its end
 * @param pipelined requests of one connection that wait for an answer
 * @param requests under way at the same time; health and metrics are not counted
 * @param leastRate bytes a second that a client has to take or send, in the mean of {@code window};
 *     0: none
 * @param window how long the mean is taken over
 * @param uploads whose parts are written to the store at the same time
 * @param uploadSessions of a repository that are begun and not ended
 * @param responseBytes in memory for answers that wait for their clients
 * @param requestBytes in memory for bodies of requests that are taken as a whole
 * @param documents manifests and lists that are read, checked or written at the same time
 */
public record Limits(
    int connections,
    int connectionsPerAddress,
    int headBytes,
    int headLines,
    long unfinishedHeadBytes,
    Duration headTimeout,
    int pipelined,
    int requests,
    long leastRate,
    Duration window,
    int uploads,
    int uploadSessions,
    long responseBytes,
    long requestBytes,
    int documents) {
  public static final Limits DEFAULT =
      new Limits(
          2048,
          512,
          8 << 10,
          100,
          4 << 20,
          Duration.ofSeconds(10),
          16,
          1024,
          4 << 10,
          Duration.ofSeconds(60),
          12,
          1000,
          64 << 20,
          32 << 20,
          8);

  /** The same, refused when it cannot be. */
  public Limits checked() throws FormatException {
    atLeast("max-connections", connections, 1);
    atLeast("max-connections-per-address", connectionsPerAddress, 0);
    atLeast("max-head-bytes", headBytes, 1024);
    atLeast("max-head-lines", headLines, 16);
    atLeast("max-unfinished-heads", unfinishedHeadBytes, headBytes);
    atLeast("head-timeout", headTimeout.toSeconds(), 1);
    atLeast("max-pipelined", pipelined, 1);
    atLeast("max-requests", requests, 1);
    atLeast("least-rate", leastRate, 0);
    atLeast("stall", window.toSeconds(), 1);
    atLeast("max-uploads", uploads, 1);
    atLeast("max-upload-sessions", uploadSessions, 1);
    atLeast("response-memory", responseBytes, 1 << 20);
    atLeast("request-memory", requestBytes, 4 << 20);
    atLeast("documents-at-once", documents, 1);
    return this;
  }

  private static void atLeast(String option, long value, long least) throws FormatException {
    if (value < least) {
      throw new FormatException(option + " is " + value + ": give " + least + " or more");
    }
  }
}
