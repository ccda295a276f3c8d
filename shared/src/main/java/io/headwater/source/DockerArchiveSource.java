package io.headwater.source;

import io.headwater.block.BlockDevice;
import io.headwater.fault.FormatException;
import io.headwater.oci.Descriptor;
import io.headwater.oci.Digest;
import io.headwater.oci.Field;
import io.headwater.oci.ImageConfig;
import io.headwater.oci.ImageManifest;
import io.headwater.oci.MediaTypes;
import io.headwater.registry.StoredManifest;
import io.headwater.source.ImageNames.Named;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What {@code docker save} writes: {@code manifest.json}, configs and layers in a tar. The archive
 * has no image manifest; the schema 2 manifest of its config and layers stands in, and its bytes
 * follow from theirs.
 */
final class DockerArchiveSource implements ImageSource {
  /** An image, as manifest.json names its files. */
  private record Item(String config, List<String> repoTags, List<String> layers) {
    static Item read(Field field) throws FormatException {
      return new Item(
          field.field("Config").text(),
          field.field("RepoTags").listOrNone(Field::text),
          field.field("Layers").entries(Field::text));
    }
  }

  private final ImageFiles files;
  private final StoredManifest manifest;
  private final Map<Digest, String> paths;

  private DockerArchiveSource(
      ImageFiles files, StoredManifest manifest, Map<Digest, String> paths) {
    this.files = files;
    this.manifest = manifest;
    this.paths = paths;
  }

  /**
   * Opens an image of an archive.
   *
   * @param tag a name that it was saved under ("app:1"), or its tag; empty when there is but one
   *     image
   * @throws FormatException if there is none of that name, or something that it needs is missing
   */
  static DockerArchiveSource open(ImageFiles files, String tag) throws IOException {
    var items = new ArrayList<Item>();
    for (var field :
        Field.list(
            LayoutSource.readSmall(files, "manifest.json"), files.name() + ": manifest.json")) {
      items.add(Item.read(field));
    }
    var item = choose(files, items, tag);
    var configBytes = LayoutSource.readSmall(files, item.config());
    var config = ImageConfig.parse(configBytes);
    if (config.diffIds().size() != item.layers().size()) {
      throw new FormatException(
          files.name()
              + ": manifest.json has "
              + item.layers().size()
              + " layers, the config "
              + config.diffIds().size());
    }
    var paths = new HashMap<Digest, String>();
    var layers = new ArrayList<Descriptor>();
    for (int i = 0; i < item.layers().size(); i++) {
      var layer = describe(files, item.layers().get(i), config.diffIds().get(i));
      layers.add(layer);
      paths.put(layer.digest(), item.layers().get(i));
    }
    var configDigest = Digest.of(configBytes);
    paths.put(configDigest, item.config());
    var configDescriptor =
        Descriptor.of(MediaTypes.DOCKER_CONFIG, configDigest, configBytes.length);
    var bytes =
        new ImageManifest(2, MediaTypes.DOCKER_MANIFEST, null, configDescriptor, layers, null, null)
            .toJson();
    return new DockerArchiveSource(
        files, new StoredManifest(Digest.of(bytes), MediaTypes.DOCKER_MANIFEST, bytes), paths);
  }

  private static Item choose(ImageFiles files, List<Item> items, String tag)
      throws FormatException {
    var named = new ArrayList<Named<Item>>();
    for (var item : items) {
      named.add(new Named<>(item, Set.copyOf(item.repoTags())));
    }
    return ImageNames.choose(named, tag, Item::config, files.name() + ": manifest.json");
  }

  /**
   * A layer that is not compressed has its diffID for a digest; of another one the digest is
   * computed.
   */
  private static Descriptor describe(ImageFiles files, String path, Digest diffId)
      throws IOException {
    try (var layer = file(files, path)) {
      var magic = layer.sizeBytes() >= 4 ? layer.read(0, 4).getInt(0) : 0;
      var isGzip = (magic & 0xffff) == 0x8b1f;
      if (!isGzip && magic != 0xfd2fb528) {
        return Descriptor.of(MediaTypes.DOCKER_LAYER_TAR, diffId, layer.sizeBytes());
      }
      var computation = Digest.sha256();
      try (var in = LayoutSource.stream(layer)) {
        var buffer = new byte[1 << 16];
        for (int count = in.read(buffer); count > 0; count = in.read(buffer)) {
          computation.update(buffer, 0, count);
        }
      }
      var digest = Digest.ofHash("sha256", computation.digest());
      return Descriptor.of(
          MediaTypes.DOCKER_LAYER_TAR + (isGzip ? ".gzip" : ".zstd"), digest, layer.sizeBytes());
    }
  }

  private static BlockDevice file(ImageFiles files, String path) throws IOException {
    return files
        .open(path)
        .orElseThrow(
            () ->
                new FormatException(
                    files.name()
                        + ": "
                        + Field.quoted(path)
                        + ", which manifest.json names, is missing"));
  }

  @Override
  public StoredManifest root() {
    return manifest;
  }

  @Override
  public Optional<StoredManifest> find(Descriptor descriptor) {
    return Optional.empty();
  }

  @Override
  public StoredManifest manifest(Descriptor descriptor) throws IOException {
    throw new FormatException(files.name() + ": manifest " + descriptor.digest() + " is missing");
  }

  @Override
  public InputStream blob(Descriptor descriptor) throws IOException {
    return LayoutSource.stream(device(descriptor));
  }

  @Override
  public BlockDevice device(Descriptor descriptor) throws IOException {
    var path = paths.get(descriptor.digest());
    if (path == null) {
      throw new FormatException(files.name() + ": blob " + descriptor.digest() + " is missing");
    }
    return file(files, path);
  }

  @Override
  public boolean holds(Descriptor descriptor) throws IOException {
    var path = paths.get(descriptor.digest());
    return path != null && LayoutSource.isThere(files.open(path), descriptor);
  }

  @Override
  public void close() throws IOException {
    files.close();
  }
}
