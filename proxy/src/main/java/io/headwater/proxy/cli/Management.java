package io.headwater.proxy.cli;

import io.headwater.fault.FormatException;
import io.headwater.oci.Digest;
import io.headwater.oci.Json;
import io.headwater.oci.MediaTypes;
import io.headwater.source.ImageReference;
import io.headwater.source.RemoteRegistry;
import io.headwater.source.RemoteRegistry.Credentials;
import java.io.Closeable;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.node.ObjectNode;

/** A client of the management routes of one repository (formats/acr-contract.md). */
final class Management implements Closeable {
  private static final Set<Integer> GOOD = Set.of(200, 202);
  private static final String ACCEPT =
      String.join(
          ",",
          MediaTypes.OCI_MANIFEST,
          MediaTypes.OCI_INDEX,
          MediaTypes.DOCKER_MANIFEST,
          MediaTypes.DOCKER_INDEX,
          "*/*");

  private final ImageReference image;
  private final RemoteRegistry registry;

  private Management(ImageReference image, RemoteRegistry registry) {
    this.image = image;
    this.registry = registry;
  }

  /** For a repository or image, {@code HOST[:PORT]/NAME[:TAG][@DIGEST]}. */
  static Management open(String reference) throws FormatException {
    var image = ImageReference.parse(reference);
    return new Management(image, new RemoteRegistry(image, Credentials.ofEnvironment()));
  }

  ImageReference image() {
    return image;
  }

  /** The digest of the image. */
  Digest digest() throws IOException {
    if (Digest.looksLikeOne(image.reference())) {
      return Digest.parse(image.reference());
    }
    var response =
        registry.send(
            "HEAD",
            "manifests/" + image.reference(),
            Map.of("Accept", ACCEPT),
            RemoteRegistry.Body.NONE,
            Set.of(200, 404));
    response.body().close();
    if (response.statusCode() == 404) {
      throw new FormatException(
          image.host() + "/" + image.repository() + " has no tag '" + image.reference() + "'");
    }
    return Digest.parse(response.headers().firstValue("Docker-Content-Digest").orElse(""));
  }

  private String route(String rest) {
    return "/acr/v1/" + image.repository() + "/" + rest;
  }

  /**
   * A GET of a management route.
   *
   * @param rest behind the repository
   */
  ObjectNode get(String rest) throws IOException {
    return json("GET", route(rest), RemoteRegistry.Body.NONE);
  }

  ObjectNode getPath(String path) throws IOException {
    return json("GET", path, RemoteRegistry.Body.NONE);
  }

  ObjectNode post(String rest, ObjectNode body) throws IOException {
    return postPath(route(rest), body);
  }

  ObjectNode postPath(String path, ObjectNode body) throws IOException {
    return json("POST", path, () -> BodyPublishers.ofByteArray(Json.write(body)));
  }

  private ObjectNode json(String method, String path, RemoteRegistry.Body body) throws IOException {
    var headers = Map.of("Content-Type", "application/json");
    var response = registry.send(method, path, headers, body, GOOD);
    return Json.object(RemoteRegistry.small(response), path);
  }

  /** The referrers of the image, of one type or all. */
  ObjectNode referrers(Digest digest, String artifactType) throws IOException {
    var filter = artifactType.isEmpty() ? "" : "?artifactType=" + artifactType;
    return Json.object(
        RemoteRegistry.small(registry.get("referrers/" + digest + filter, Map.of())), "referrers");
  }

  static ObjectNode format() {
    return Json.object().put("conversionFormat", "overlaybd").put("conversionVersion", "v1");
  }

  @Override
  public void close() {
    registry.close();
  }
}
