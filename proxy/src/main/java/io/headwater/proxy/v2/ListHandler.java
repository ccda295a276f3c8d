package io.headwater.proxy.v2;

import io.headwater.oci.Descriptor;
import io.headwater.oci.Digest;
import io.headwater.oci.ImageIndex;
import io.headwater.oci.Json;
import io.headwater.oci.MediaTypes;
import io.headwater.oci.RepositoryName;
import io.headwater.proxy.auth.Access;
import io.headwater.registry.ErrorCode;
import io.headwater.registry.RegistryException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.springframework.http.HttpHeaders;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import tools.jackson.databind.node.ObjectNode;

/**
 * Answers {@code /v2/<name>/tags/list}, {@code /v2/<name>/referrers/<digest>} and {@code
 * /v2/_catalog}.
 */
final class ListHandler {
  /** The most tags in one answer. */
  private static final int MAX_PAGE = 1000;

  private final RegistryReads reads;
  private final Access access;

  ListHandler(RegistryReads reads, Access access) {
    this.reads = reads;
    this.access = access;
  }

  /** The repositories that the caller may pull from (or has the catalog's scope for). */
  Mono<ServerResponse> catalog(ServerRequest request) {
    var limit = limit(request);
    var last = request.queryParam("last").orElse("");
    return access
        .requireCatalog(request)
        .thenMany(Flux.defer(() -> reads.repositories(last)))
        .filterWhen(name -> access.lists(request, name))
        // Only as many are looked at as the page needs.
        .filterWhen(reads::hasManifests, 1)
        .take(limit + 1L)
        .map(RepositoryName::value)
        .collectList()
        .flatMap(names -> page("/v2/_catalog", "repositories", Json.object(), names, limit));
  }

  private static int limit(ServerRequest request) {
    return request
        .queryParam("n")
        .filter(n -> !n.isEmpty())
        .map(ListHandler::number)
        .map(n -> Math.min(n, MAX_PAGE))
        .orElse(MAX_PAGE);
  }

  Mono<ServerResponse> tags(RegistryPath.Tags path, ServerRequest request) {
    var limit = limit(request);
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
        .flatMap(
            tags ->
                page(
                    "/v2/" + path.repository() + "/tags/list",
                    "tags",
                    Json.object().put("name", path.repository().value()),
                    tags,
                    limit));
  }

  /**
   * A part of a list, with a link to the next.
   *
   * @param found one more than the limit, if there are more
   */
  private static Mono<ServerResponse> page(
      String path, String field, ObjectNode body, List<String> found, int limit) {
    var response = ServerResponse.ok().header(HttpHeaders.CONTENT_TYPE, "application/json");
    var shown = found.size() > limit ? found.subList(0, limit) : found;
    if (found.size() > limit && !shown.isEmpty()) {
      var last = encode(shown.getLast());
      response.header(
          HttpHeaders.LINK, "<" + path + "?n=" + limit + "&last=" + last + ">; rel=\"next\"");
    }
    var list = body.putArray(field);
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

  private static String link(
      RegistryPath.Referrers path, String artifactType, List<Descriptor> page, int limit) {
    var type = artifactType.isEmpty() ? "" : "&artifactType=" + encode(artifactType);
    return "</v2/%s/referrers/%s?n=%d&last=%s%s>; rel=\"next\""
        .formatted(
            path.repository(),
            path.digest(),
            limit,
            encode(page.getLast().digest().toString()),
            type);
  }

  private static String encode(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  Mono<ServerResponse> referrers(RegistryPath.Referrers path, ServerRequest request) {
    var artifactType = request.queryParam("artifactType").orElse("");
    var last =
        request
            .queryParam("last")
            .filter(text -> !text.isEmpty())
            .map(
                text -> RegistryErrors.checked(ErrorCode.DIGEST_INVALID, () -> Digest.parse(text)));
    return reads
        .referrers(path.repository(), path.digest(), artifactType, last, limit(request))
        .flatMap(
            page -> {
              var response =
                  ServerResponse.ok().header(HttpHeaders.CONTENT_TYPE, MediaTypes.OCI_INDEX);
              var found = page.referrers();
              if (page.hasMore() && !found.isEmpty()) {
                response.header(HttpHeaders.LINK, link(path, artifactType, found, limit(request)));
              }
              if (!artifactType.isEmpty()) {
                response.header("OCI-Filters-Applied", "artifactType");
              }
              return response.bodyValue(ImageIndex.of(found).toJson());
            });
  }
}
