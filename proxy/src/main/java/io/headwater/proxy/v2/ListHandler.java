package io.headwater.proxy.v2;

import io.headwater.oci.ImageIndex;
import io.headwater.oci.Json;
import io.headwater.oci.MediaTypes;
import io.headwater.registry.ErrorCode;
import io.headwater.registry.RegistryException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.springframework.http.HttpHeaders;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;

/** Answers {@code /v2/<name>/tags/list} and {@code /v2/<name>/referrers/<digest>}. */
final class ListHandler {
  /** The most tags in one answer. */
  private static final int MAX_PAGE = 1000;

  private final RegistryReads reads;

  ListHandler(RegistryReads reads) {
    this.reads = reads;
  }

  Mono<ServerResponse> tags(RegistryPath.Tags path, ServerRequest request) {
    var asked = request.queryParam("n").filter(n -> !n.isEmpty());
    var limit = asked.map(ListHandler::number).map(n -> Math.min(n, MAX_PAGE)).orElse(MAX_PAGE);
    var last = request.queryParam("last").orElse("");
    // One more than asked for, to see whether there is another page.
    return reads
        .tags(path.repository(), last, limit + 1)
        .switchIfEmpty(
            Mono.error(
                () ->
                    new RegistryException(
                        ErrorCode.NAME_UNKNOWN,
                        "there is no repository '" + path.repository() + "'")))
        .flatMap(tags -> page(path, tags, limit));
  }

  private static Mono<ServerResponse> page(RegistryPath.Tags path, List<String> tags, int limit) {
    var response = ServerResponse.ok().header(HttpHeaders.CONTENT_TYPE, "application/json");
    var shown = tags.size() > limit ? tags.subList(0, limit) : tags;
    if (tags.size() > limit && !shown.isEmpty()) {
      var last = URLEncoder.encode(shown.getLast(), StandardCharsets.UTF_8);
      response.header(
          HttpHeaders.LINK,
          "</v2/"
              + path.repository()
              + "/tags/list?n="
              + limit
              + "&last="
              + last
              + ">; rel=\"next\"");
    }
    var body = Json.object().put("name", path.repository().value());
    var list = body.putArray("tags");
    shown.forEach(list::add);
    return response.bodyValue(Json.write(body));
  }

  private static int number(String text) {
    try {
      var number = Integer.parseInt(text);
      if (number >= 0) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Reported below.
    }
    throw new RegistryException(
        ErrorCode.PAGINATION_NUMBER_INVALID, "n must be a number from 0 on");
  }

  Mono<ServerResponse> referrers(RegistryPath.Referrers path, ServerRequest request) {
    var artifactType = request.queryParam("artifactType").orElse("");
    return reads
        .referrers(path.repository(), path.digest(), artifactType)
        .flatMap(
            found -> {
              var response =
                  ServerResponse.ok().header(HttpHeaders.CONTENT_TYPE, MediaTypes.OCI_INDEX);
              if (!artifactType.isEmpty()) {
                response.header("OCI-Filters-Applied", "artifactType");
              }
              return response.bodyValue(ImageIndex.of(found).toJson());
            });
  }
}
