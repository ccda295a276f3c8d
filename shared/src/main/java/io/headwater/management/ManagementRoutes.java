package io.headwater.management;

import io.headwater.fault.FormatException;
import io.headwater.oci.Digest;
import io.headwater.oci.RepositoryName;
import io.headwater.oci.Tag;
import io.headwater.registry.ErrorCode;
import io.headwater.registry.RegistryException;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** Everything below {@code /acr/v1} that is about one repository. */
public final class ManagementRoutes {
  /** Larger bodies are not taken. */
  public static final int MAX_BODY_BYTES = 64 * 1024;

  private static final String NAME = "([a-z0-9][a-z0-9._/-]*)";
  private static final int MAX_SHOWN = 200;

  /** What somebody may do who asks. */
  public enum Right {
    /** May pull from the repository. */
    PULL,
    /** May change its settings and have images converted. */
    METADATA,
    /** May delete from it. */
    DELETE
  }

  /** What a route does. */
  private interface Work {
    Object run(RepositoryName repository, String rest, Call call) throws IOException;
  }

  private record Route(String method, Pattern path, Right right, int status, Work work) {}

  /**
   * A request.
   *
   * @param body empty for none
   * @param force whether the query says {@code force=true}
   */
  public record Call(byte[] body, boolean force) {}

  /**
   * A request that has a route.
   *
   * @param right that it takes
   * @param status of the answer when all goes well
   */
  public record Match(RepositoryName repository, Right right, int status, Bound work) {}

  /** What a route does with its path. */
  public interface Bound {
    /** The answer, to be written as JSON. Blocks. */
    Object run(Call call) throws IOException;
  }

  private final List<Route> routes;

  public ManagementRoutes(StreamingManagement management, DeletedImages deleted) {
    this.routes =
        List.of(
            get("_streaming", Right.PULL, (name, rest, call) -> management.settings(name)),
            get(
                "_streaming/([^/]+)",
                Right.PULL,
                (name, rest, call) -> management.last(name, digest(rest))),
            get(
                "_operations",
                Right.PULL,
                (name, rest, call) -> Map.of("operations", management.list(name))),
            get(
                "_operations/([^/:]+)",
                Right.PULL,
                (name, rest, call) -> management.operation(name, rest)),
            get("_tags/([^/]+)", Right.PULL, (name, rest, call) -> tag(management, name, rest)),
            post(
                "_streaming",
                Right.METADATA,
                200,
                (name, rest, call) -> management.update(name, call.body())),
            post(
                "_streaming/([^/]+)",
                Right.METADATA,
                202,
                (name, rest, call) -> management.create(name, digest(rest), call.body())),
            post(
                "_operations/([^/:]+):cancel",
                Right.METADATA,
                200,
                (name, rest, call) -> management.cancel(name, rest)),
            deleted(
                "GET",
                "_manifests",
                (name, rest, call) -> Map.of("manifests", deleted.images(name))),
            deleted("GET", "_tags", (name, rest, call) -> Map.of("tags", deleted.tags(name))),
            deleted(
                "POST",
                "_manifests/([^/]+)",
                (name, rest, call) ->
                    deleted.restore(name, digest(rest), call.body(), call.force())));
  }

  private static Route get(String path, Right right, Work work) {
    return new Route("GET", Pattern.compile("/acr/v1/" + NAME + "/" + path), right, 200, work);
  }

  private static Route post(String path, Right right, int status, Work work) {
    return new Route("POST", Pattern.compile("/acr/v1/" + NAME + "/" + path), right, status, work);
  }

  private static Route deleted(String method, String path, Work work) {
    var pattern = Pattern.compile("/acr/v1/_deleted/" + NAME + "/" + path);
    return new Route(method, pattern, Right.DELETE, 200, work);
  }

  private static Object tag(StreamingManagement management, RepositoryName name, String text)
      throws IOException {
    var digest = management.tag(name, parse(ErrorCode.MANIFEST_INVALID, text, Tag::parse));
    return Map.of("imageName", name.value(), "tag", Map.of("name", text, "digest", digest));
  }

  /**
   * The route of a request.
   *
   * @throws RegistryException if there is none, or the repository's name is none
   */
  public Match find(String method, String path) {
    if (!method.equals("GET") && !method.equals("POST")) {
      throw new RegistryException(ErrorCode.UNSUPPORTED, "only GET and POST are understood");
    }
    for (var route : routes) {
      var matcher = route.path().matcher(path);
      if (route.method().equals(method) && matcher.matches()) {
        var name = parse(ErrorCode.NAME_INVALID, matcher.group(1), RepositoryName::parse);
        var rest = Optional.ofNullable(matcher.groupCount() > 1 ? matcher.group(2) : null);
        return new Match(
            name,
            route.right(),
            route.status(),
            call -> route.work().run(name, rest.orElse(""), call));
      }
    }
    var shown = path.length() > MAX_SHOWN ? path.substring(0, MAX_SHOWN) + "…" : path;
    throw new RegistryException(ErrorCode.NAME_UNKNOWN, "there is nothing at '" + shown + "'");
  }

  private interface Parser<T> {
    T parse(String text) throws FormatException;
  }

  private static Digest digest(String text) {
    return parse(ErrorCode.DIGEST_INVALID, text, Digest::parse);
  }

  private static <T> T parse(ErrorCode code, String text, Parser<T> parser) {
    try {
      return parser.parse(text);
    } catch (FormatException e) {
      throw new RegistryException(code, String.valueOf(e.getMessage()));
    }
  }
}
