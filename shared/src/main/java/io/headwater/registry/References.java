package io.headwater.registry;

import io.headwater.fault.FormatException;
import io.headwater.fault.LimitException;
import io.headwater.oci.Descriptor;
import io.headwater.oci.ImageIndex;
import io.headwater.oci.ImageManifest;
import io.headwater.oci.Json;
import io.headwater.oci.Manifest;
import io.headwater.oci.MediaTypes;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/**
 * What a manifest refers to, of whatever media type it is: of types that are not known, the
 * descriptors in {@code config}, {@code layers}, {@code blobs} and {@code manifests}.
 *
 * @param blobs that the repository has to have
 * @param manifests that an index lists; a sparse one's are not all there
 * @param subject what it is a referrer of
 * @param artifactType as the referrers API shows it; empty for none
 */
record References(
    List<Descriptor> blobs,
    List<Descriptor> manifests,
    Optional<Descriptor> subject,
    String artifactType,
    Map<String, String> annotations) {

  /**
   * Reads a manifest.
   *
   * @throws FormatException if it is no JSON object, or breaks the rules of its media type
   * @throws LimitException if it is larger than {@link Manifest#MAX_BYTES}
   */
  static References of(byte[] bytes, String mediaType) throws FormatException {
    if (MediaTypes.isManifest(mediaType) || MediaTypes.isIndex(mediaType)) {
      return of(Manifest.parse(bytes, mediaType));
    }
    if (bytes.length > Manifest.MAX_BYTES) {
      throw new LimitException(
          "manifest of " + bytes.length + " bytes: at most " + Manifest.MAX_BYTES + " are taken");
    }
    var json = Json.object(bytes, "manifest");
    var blobs = new ArrayList<Descriptor>();
    if (json.path("config").isObject()) {
      blobs.add(descriptor(json.path("config")));
    }
    addAll(json.path("layers"), blobs);
    addAll(json.path("blobs"), blobs);
    var manifests = new ArrayList<Descriptor>();
    addAll(json.path("manifests"), manifests);
    var annotations = new LinkedHashMap<String, String>();
    json.path("annotations")
        .properties()
        .forEach(entry -> annotations.put(entry.getKey(), entry.getValue().asString("")));
    return new References(
        blobs,
        manifests,
        json.path("subject").isObject()
            ? Optional.of(descriptor(json.path("subject")))
            : Optional.empty(),
        json.path("artifactType").asString(""),
        annotations);
  }

  private static void addAll(JsonNode list, List<Descriptor> found) throws FormatException {
    for (var node : list) {
      found.add(descriptor(node));
    }
  }

  private static Descriptor descriptor(JsonNode json) throws FormatException {
    return Json.read(json, Descriptor.class, "descriptor in a manifest");
  }

  private static References of(Manifest manifest) {
    var annotations = manifest.annotations();
    var blobs = new ArrayList<Descriptor>();
    var manifests = new ArrayList<Descriptor>();
    switch (manifest) {
      case ImageManifest image -> {
        blobs.add(image.config());
        for (var layer : image.layers()) {
          // What may not be distributed is fetched from elsewhere.
          if (!isForeign(layer)) {
            blobs.add(layer);
          }
        }
      }
      case ImageIndex index -> manifests.addAll(index.manifests());
    }
    return new References(
        blobs,
        manifests,
        Optional.ofNullable(manifest.subject()),
        manifest.effectiveArtifactType().orElse(""),
        annotations == null ? Map.of() : annotations);
  }

  private static boolean isForeign(Descriptor layer) {
    return MediaTypes.isForeignLayer(layer.mediaType())
        || layer.urls() != null && !layer.urls().isEmpty();
  }
}
