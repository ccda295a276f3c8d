package io.headwater.management;

import io.headwater.fault.FormatException;
import io.headwater.oci.Json;
import io.headwater.registry.ErrorCode;
import io.headwater.registry.RegistryException;
import io.headwater.store.ConflictException;
import io.headwater.store.StoreException;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whole answers of the management routes, for servers that have let the caller in already. Blocks.
 */
public final class ManagementAnswers {
  private static final Logger LOG = LoggerFactory.getLogger(ManagementAnswers.class);

  private final ManagementRoutes routes;

  public ManagementAnswers(ManagementRoutes routes) {
    this.routes = routes;
  }

  /**
   * An answer.
   *
   * @param status of HTTP
   * @param json the body
   */
  public record Answer(int status, byte[] json) {}

  /** Answers a request; what goes wrong becomes an error in the specification's form. */
  public Answer answer(String method, String path, ManagementRoutes.Call call) {
    try {
      if (call.body().length > ManagementRoutes.MAX_BODY_BYTES) {
        throw new RegistryException(
            ErrorCode.REQUEST_INVALID,
            "a body of more than " + ManagementRoutes.MAX_BODY_BYTES + " bytes is not taken");
      }
      var match = routes.find(method, path);
      return new Answer(match.status(), Json.write(match.work().run(call)));
    } catch (RegistryException e) {
      return error(e.code(), e.getMessage());
    } catch (ConflictException e) {
      return error(ErrorCode.CONFLICT, e.getMessage());
    } catch (StoreException e) {
      LOG.warn("{} {}: {}", method, path, e.getMessage());
      return error(ErrorCode.UNAVAILABLE, "the store cannot be reached right now; try again");
    } catch (FormatException e) {
      LOG.error("{} {}: {}", method, path, e.getMessage());
      return error(500, "UNKNOWN", e.getMessage());
    } catch (IOException | RuntimeException e) {
      LOG.error("{} {} failed", method, path, e);
      return error(500, "UNKNOWN", "an internal error, which the log describes");
    }
  }

  private static Answer error(ErrorCode code, @Nullable String message) {
    return error(code.status(), code.name(), message);
  }

  private static Answer error(int status, String code, @Nullable String message) {
    var body = Json.object();
    body.putArray("errors").addObject().put("code", code).put("message", message);
    return new Answer(status, Json.write(body));
  }
}
