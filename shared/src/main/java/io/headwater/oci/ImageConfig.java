package io.headwater.oci;

import io.headwater.fault.FormatException;
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
    var config = Field.of(json, "image config");
    return new ImageConfig(
        Platform.read(config),
        config.field("rootfs").field("diff_ids").entries(id -> id.parsed(Digest::parse)),
        json);
  }

  /** The same config for other layers, as JSON. */
  public byte[] withDiffIds(List<Digest> layers) {
    var copy = json.deepCopy();
    var ids = copy.withObject("rootfs").putArray("diff_ids");
    layers.forEach(layer -> ids.add(layer.toString()));
    return Json.write(copy);
  }
}
