package io.headwater.proxy.v2;

import io.headwater.fault.FormatException;
import io.headwater.oci.Json;
import io.headwater.proxy.auth.AccessException;
import io.headwater.registry.ErrorCode;
import io.headwater.registry.RegistryException;
import io.headwater.store.BlobMissingException;
import io.headwater.store.ConflictException;
import io.headwater.store.StoreException;
import io.netty.handler.timeout.ReadTimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.HttpHeaders;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import org.springframework.web.reactive.function.server.ServerResponse.BodyBuilder;
import reactor.core.publisher.Mono;
import reactor.netty.channel.AbortedException;

/**
 * Errors as clients of a registry expect them (OCI distribution spec, "Error Codes"): the one place
 * that maps them.
 */
public final class RegistryErrors {
  private static final Logger LOG = LoggerFactory.getLogger(RegistryErrors.class);
  private static final String RETRY_AFTER_SECONDS = "2";

  private RegistryErrors() {}

  /** The answer to a request that failed. */
  public static Mono<ServerResponse> respond(Throwable error, ServerRequest request) {
    return switch (error) {
      case RegistryException refused ->
          body(status(refused.code()), refused.code().name(), refused.getMessage());
      case AccessException refused -> {
        var response = ServerResponse.status(refused.status());
        if (!refused.challenge().isEmpty()) {
          response.header(HttpHeaders.WWW_AUTHENTICATE, refused.challenge());
        }
        if (refused.status() == 429) {
          response.header(HttpHeaders.RETRY_AFTER, Long.toString(refused.retryAfterSeconds()));
        }
        yield body(response, refused.code().name(), refused.getMessage());
      }
      case ConflictException conflict ->
          body(status(ErrorCode.CONFLICT), ErrorCode.CONFLICT.name(), conflict.getMessage());
      // Nobody is there to be answered; what is not answered counts as a fault of ours.
      case AbortedException gone -> ServerResponse.badRequest().build();
      case ReadTimeoutException stalled ->
          body(
              ServerResponse.status(408),
              "UNKNOWN",
              "the request's body did not come; send it again");
      case BlobMissingException missing -> {
        LOG.error("{} {}: {}", request.method(), request.path(), missing.getMessage());
        yield body(
            status(ErrorCode.BLOB_UNKNOWN), ErrorCode.BLOB_UNKNOWN.name(), missing.getMessage());
      }
      case StoreException store -> {
        LOG.warn("{} {}: {}", request.method(), request.path(), store.getMessage());
        yield body(
            status(ErrorCode.UNAVAILABLE),
            ErrorCode.UNAVAILABLE.name(),
            "the store cannot be reached right now; try again");
      }
      case FormatException format -> {
        LOG.error("{} {}: {}", request.method(), request.path(), format.getMessage());
        yield body(ServerResponse.status(500), "UNKNOWN", format.getMessage());
      }
      default -> {
        LOG.error("{} {} failed", request.method(), request.path(), error);
        yield body(
            ServerResponse.status(500), "UNKNOWN", "an internal error, which the log describes");
      }
    };
  }

  /** Reads something that may be malformed. */
  public interface Parser<T> {
    T parse() throws FormatException;
  }

  /** What a parser reads; what is malformed ends the request with a code. */
  public static <T> T checked(ErrorCode code, Parser<T> parser) {
    try {
      return parser.parse();
    } catch (FormatException e) {
      throw new RegistryException(code, e.getMessage() == null ? "malformed" : e.getMessage());
    }
  }

  private static BodyBuilder status(ErrorCode code) {
    var response = ServerResponse.status(code.status());
    return code == ErrorCode.UNAVAILABLE
        ? response.header(HttpHeaders.RETRY_AFTER, RETRY_AFTER_SECONDS)
        : response;
  }

  /** An error in the specification's form. */
  public static Mono<ServerResponse> body(
      BodyBuilder response, String code, @Nullable String message) {
    var body = Json.object();
    body.putArray("errors").addObject().put("code", code).put("message", message);
    return response
        .header(HttpHeaders.CONTENT_TYPE, "application/json")
        .bodyValue(Json.write(body));
  }
}
