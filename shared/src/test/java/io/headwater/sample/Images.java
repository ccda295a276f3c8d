package io.headwater.sample;

import io.headwater.oci.Descriptor;
import io.headwater.oci.Digest;
import io.headwater.oci.ImageIndex;
import io.headwater.oci.ImageManifest;
import io.headwater.oci.Json;
import io.headwater.oci.MediaTypes;
import io.headwater.oci.Platform;
import io.headwater.source.LayoutSource;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** Writes images as OCI layouts, right ones and broken ones. */
public final class Images {
  private final Path folder;

  private Images(Path folder) {
    this.folder = folder;
  }

  /** A layout with one image for linux/amd64 under the tag "latest". */
  public static Path layout(Path folder, Layer... layers) throws IOException {
    var images = in(folder);
    images.index(images.image(Platform.of("linux", "amd64"), layers));
    return folder;
  }

  /** Begins a layout. */
  public static Images in(Path folder) throws IOException {
    Files.createDirectories(folder.resolve("blobs/sha256"));
    Files.writeString(folder.resolve("oci-layout"), "{\"imageLayoutVersion\":\"1.0.0\"}");
    return new Images(folder);
  }

  /** Where a blob lies. */
  public static Path blob(Path layout, Digest digest) {
    return layout.resolve("blobs").resolve(digest.algorithm()).resolve(digest.hex());
  }

  /** Puts a blob. */
  public Descriptor put(byte[] bytes, String mediaType) throws IOException {
    var digest = Digest.of(bytes);
    Files.write(blob(folder, digest), bytes);
    return Descriptor.of(mediaType, digest, bytes.length);
  }

  /** Puts an image; the descriptor has its platform. */
  public Descriptor image(Platform platform, Layer... layers) throws IOException {
    return image(platform, MediaTypes.OCI_MANIFEST, MediaTypes.OCI_CONFIG, layers);
  }

  /** Puts an image with the given media types. */
  public Descriptor image(Platform platform, String type, String configType, Layer... layers)
      throws IOException {
    var config = Json.object();
    config.put("architecture", platform.architecture()).put("os", platform.os());
    if (platform.variant() != null) {
      config.put("variant", platform.variant());
    }
    config.putObject("config").putArray("Cmd").add("/bin/sh");
    var ids = config.putObject("rootfs").put("type", "layers").putArray("diff_ids");
    var history = config.putArray("history");
    var descriptors = new ArrayList<Descriptor>();
    for (var layer : layers) {
      ids.add(layer.diffId().toString());
      history.addObject().put("created_by", "layer " + descriptors.size());
      descriptors.add(put(layer.blob(), layer.mediaType()));
    }
    return manifest(type, put(Json.write(config), configType), descriptors, platform);
  }

  /** Puts a manifest of a config and layers that need not be there. */
  public Descriptor manifest(
      String type, Descriptor config, List<Descriptor> layers, @Nullable Platform platform)
      throws IOException {
    var manifest = new ImageManifest(2, type, null, config, layers, null, null);
    var stored = put(manifest.toJson(), type);
    return new Descriptor(type, stored.digest(), stored.size(), null, null, null, null, platform);
  }

  /** Puts an image with another config than {@link #image} gives it. */
  public Descriptor withConfig(ObjectNode config, @Nullable Platform platform, Layer... layers)
      throws IOException {
    var ids = config.putObject("rootfs").put("type", "layers").putArray("diff_ids");
    var descriptors = new ArrayList<Descriptor>();
    for (var layer : layers) {
      ids.add(layer.diffId().toString());
      descriptors.add(put(layer.blob(), layer.mediaType()));
    }
    return manifest(
        MediaTypes.OCI_MANIFEST,
        put(Json.write(config), MediaTypes.OCI_CONFIG),
        descriptors,
        platform);
  }

  /** Puts an overlaybd image as the field's converters make them: no subject, no artifact type. */
  public Descriptor overlaybd(Platform platform, byte[]... blobs) throws IOException {
    var layers = new ArrayList<Descriptor>();
    var config = Json.object();
    config.put("architecture", platform.architecture()).put("os", platform.os());
    var ids = config.putObject("rootfs").put("type", "layers").putArray("diff_ids");
    for (var blob : blobs) {
      var layer = put(blob, MediaTypes.OCI_LAYER_TAR);
      ids.add(layer.digest().toString());
      layers.add(
          layer.withAnnotations(
              Map.of(
                  "containerd.io/snapshot/overlaybd/blob-digest", layer.digest().toString(),
                  "containerd.io/snapshot/overlaybd/blob-size", Long.toString(layer.size()))));
    }
    return manifest(
        MediaTypes.OCI_MANIFEST, put(Json.write(config), MediaTypes.OCI_CONFIG), layers, platform);
  }

  /** Makes manifests or indexes the layout's, with the annotations that they have. */
  public Images indexOf(Descriptor... roots) throws IOException {
    Files.write(folder.resolve("index.json"), ImageIndex.of(List.of(roots)).toJson());
    return this;
  }

  /** Takes a blob away. */
  public void remove(Descriptor descriptor) throws IOException {
    Files.delete(blob(folder, descriptor.digest()));
  }

  /** The layout as one tar, as {@code docker save} over containerd and {@code ctr export} write. */
  public static byte[] archive(Path layout) throws IOException {
    var tar = new Tar();
    try (var files = Files.walk(layout)) {
      for (var file : files.filter(Files::isRegularFile).sorted().toList()) {
        tar.file(layout.relativize(file).toString(), Files.readAllBytes(file));
      }
    }
    return tar.build();
  }

  /** Puts an index. */
  public Descriptor indexBlob(String type, List<Descriptor> manifests) throws IOException {
    return put(new ImageIndex(2, type, null, manifests, null, null).toJson(), type);
  }

  /** Makes a manifest or index the layout's image "latest". */
  public Descriptor index(Descriptor root) throws IOException {
    var named =
        Descriptor.of(root.mediaType(), root.digest(), root.size())
            .withAnnotations(Map.of(LayoutSource.REF_NAME, "latest"));
    Files.write(folder.resolve("index.json"), ImageIndex.of(List.of(named)).toJson());
    return root;
  }

  /** Makes any text the layout's index. */
  public Images indexText(String json) throws IOException {
    Files.write(folder.resolve("index.json"), json.getBytes(StandardCharsets.UTF_8));
    return this;
  }
}
