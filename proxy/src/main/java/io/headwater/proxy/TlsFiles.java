package io.headwater.proxy;

import io.headwater.fault.FormatException;
import io.headwater.fault.Sentence;
import io.headwater.loop.Loop;
import io.headwater.loop.Loops;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.netty.http.server.HttpServer;
import reactor.netty.tcp.SslProvider;

/**
 * A certificate and its key in PEM files, which may be replaced while the server runs: connections
 * that are made afterwards get the new one. A pair that cannot be read is reported, and the old one
 * serves on.
 *
 * @param certificate with the chain behind it
 * @param key PKCS#8
 */
public record TlsFiles(Path certificate, Path key) {
  private static final Logger LOG = LoggerFactory.getLogger(TlsFiles.class);
  private static final Duration LOOK_EVERY = Duration.ofSeconds(1);

  /**
   * The server with TLS.
   *
   * @param loops gets what looks for a new certificate
   */
  HttpServer secure(HttpServer server, Loops loops) throws IOException {
    var current = new Current(this);
    var looking = loops.add(Loop.start("certificate", current::look));
    return server
        .doOnUnbound(unbound -> looking.stop())
        .secure(
            spec ->
                spec.sslContext(current.provider.getSslContext())
                    .setSniAsyncMappings((host, promise) -> promise.setSuccess(current.provider)));
  }

  private SslContext read() throws IOException {
    try {
      return SslContextBuilder.forServer(certificate.toFile(), key.toFile())
          .protocols("TLSv1.3", "TLSv1.2")
          .build();
    } catch (IllegalArgumentException e) {
      throw new FormatException(
          certificate + " and " + key + " are no PEM certificate and PKCS#8 key: " + e.getMessage(),
          e);
    }
  }

  private List<FileTime> modified() throws IOException {
    return List.of(Files.getLastModifiedTime(certificate), Files.getLastModifiedTime(key));
  }

  /** The pair as it was read last. */
  private static final class Current {
    private final TlsFiles files;
    private List<FileTime> seen;
    private volatile SslProvider provider;

    Current(TlsFiles files) throws IOException {
      this.files = files;
      this.seen = files.modified();
      this.provider = provider(files.read());
    }

    private static SslProvider provider(SslContext context) {
      return SslProvider.builder().sslContext(context).build();
    }

    private Duration look() {
      try {
        var now = files.modified();
        if (!now.equals(seen)) {
          seen = now;
          provider = provider(files.read());
          LOG.info("The certificate {} was read anew", files.certificate());
        }
      } catch (IOException e) {
        LOG.warn("The certificate is not replaced: {}", Sentence.of(e));
      }
      return LOOK_EVERY;
    }
  }
}
