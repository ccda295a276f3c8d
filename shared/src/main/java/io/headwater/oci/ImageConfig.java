package io.headwater.oci;

import io.headwater.fault.FormatException;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/**
 * An image's config (OCI image spec, config.md). All of it is carried along, known or not.
 *
 * @param platform what the image runs on
 * @param diffIds digests of the uncompressed layers, lowest first
 * @param json everything
 */
public record ImageConfig(Platform platform, List<Digest> diffIds, ObjectNode json) {
  /**
   * Reads a config.
   *
   * @throws FormatException if it is no JSON object, or has no {@code rootfs.diff_ids}
   */
  public static ImageConfig parse(byte[] bytes) throws FormatException {
    var json = Json.object(bytes, "image config");
    var ids = json.path("rootfs").path("diff_ids");
    if (!ids.isArray()) {
      throw new FormatException("image config: rootfs.diff_ids is missing");
    }
    var diffIds = new ArrayList<Digest>();
    for (var id : ids) {
      diffIds.add(Digest.parse(id.asString("")));
    }
    var variant = json.path("variant").asString("");
    var osVersion = json.path("os.version").asString("");
    var platform =
        new Platform(
            json.path("architecture").asString(""),
            json.path("os").asString(""),
            variant.isEmpty() ? null : variant,
            osVersion.isEmpty() ? null : osVersion);
    return new ImageConfig(platform, List.copyOf(diffIds), json);
  }

  /** The same config for other layers, as JSON. */
  public byte[] withDiffIds(List<Digest> layers) {
    var copy = json.deepCopy();
    var ids = copy.withObject("rootfs").putArray("diff_ids");
    layers.forEach(layer -> ids.add(layer.toString()));
    return Json.write(copy);
  }
}
