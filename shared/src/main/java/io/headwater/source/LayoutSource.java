package io.headwater.source;

import io.headwater.block.BlockDevice;
import io.headwater.fault.FormatException;
import io.headwater.fault.LimitException;
import io.headwater.oci.Descriptor;
import io.headwater.oci.Digest;
import io.headwater.oci.Field;
import io.headwater.oci.ImageIndex;
import io.headwater.oci.Manifest;
import io.headwater.oci.MediaTypes;
import io.headwater.registry.StoredManifest;
import io.headwater.source.ImageNames.Named;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** An OCI layout (OCI image spec, image-layout.md), in a folder or in a tar. */
public final class LayoutSource implements ArtifactSource {
  /** The annotation that names an image in a layout's index. */
  public static final String REF_NAME = "org.opencontainers.image.ref.name";

  /** The annotation in which containerd, and docker with it, keeps an image's full name. */
  private static final String CONTAINERD_NAME = "io.containerd.image.name";

  private final ImageFiles files;
  private final ImageIndex index;
  private final Descriptor root;

  private LayoutSource(ImageFiles files, ImageIndex index, Descriptor root) {
    this.files = files;
    this.index = index;
    this.root = root;
  }

  /**
   * Opens the image of a name.
   *
   * @param tag a name that it carries; empty when there is but one image
   * @throws FormatException if there is none of that name, or more than one without a name being
   *     given
   */
  static LayoutSource open(ImageFiles files, String tag) throws IOException {
    var bytes = readSmall(files, "index.json");
    try {
      if (!(Manifest.parse(bytes, MediaTypes.OCI_INDEX) instanceof ImageIndex index)) {
        throw new FormatException("index.json is no index");
      }
      return new LayoutSource(files, index, choose(index, tag));
    } catch (FormatException e) {
      throw e.in(files.name());
    }
  }

  private static Descriptor choose(ImageIndex index, String tag) throws FormatException {
    var all = index.manifests();
    // Artifacts lie beside the images that they belong to: they are meant only by their names.
    var images = all.stream().filter(Descriptor::isPlain).toList();
    var candidates = tag.isEmpty() && !images.isEmpty() ? images : all;
    return ImageNames.choose(
        candidates.stream().map(image -> new Named<>(image, names(image))).toList(),
        tag,
        Descriptor::digest,
        "index.json");
  }

  private static Set<String> names(Descriptor image) {
    return Stream.of(
            image.annotation(REF_NAME),
            image.annotation(CONTAINERD_NAME),
            image.digest().toString())
        .filter(name -> !name.isEmpty())
        .collect(Collectors.toSet());
  }

  /** The name that the image has in the layout; empty when it has none. */
  public String tag() {
    return root.annotation(REF_NAME);
  }

  @Override
  public List<StoredManifest> referrers(Digest subject) throws IOException {
    var found = new ArrayList<StoredManifest>();
    for (var descriptor : index.manifests()) {
      if (MediaTypes.isManifest(descriptor.mediaType()) && hasBlob(descriptor)) {
        var manifest = manifest(descriptor);
        var refersTo = manifest.parse().subject();
        if (refersTo != null && refersTo.digest().equals(subject)) {
          found.add(manifest);
        }
      }
    }
    return found;
  }

  @Override
  public StoredManifest root() throws IOException {
    return manifest(root);
  }

  @Override
  public StoredManifest manifest(Descriptor descriptor) throws IOException {
    return new StoredManifest(descriptor.digest(), descriptor.mediaType(), smallBlob(descriptor));
  }

  @Override
  public Optional<StoredManifest> find(Descriptor descriptor) throws IOException {
    return hasBlob(descriptor) ? Optional.of(manifest(descriptor)) : Optional.empty();
  }

  @Override
  public boolean hasBlob(Descriptor descriptor) throws IOException {
    var blob = files.open(path(descriptor.digest()));
    if (blob.isPresent()) {
      blob.get().close();
    }
    return blob.isPresent();
  }

  @Override
  public InputStream blob(Descriptor descriptor) throws IOException {
    return stream(device(descriptor));
  }

  @Override
  public BlockDevice device(Descriptor descriptor) throws IOException {
    return files
        .open(path(descriptor.digest()))
        .orElseThrow(
            () ->
                new FormatException(
                    files.name() + ": blob " + descriptor.digest() + " is missing"));
  }

  @Override
  public boolean holds(Descriptor descriptor) throws IOException {
    return isThere(files.open(path(descriptor.digest())), descriptor);
  }

  static boolean isThere(Optional<BlockDevice> blob, Descriptor descriptor) throws IOException {
    if (blob.isEmpty()) {
      return false;
    }
    try (var device = blob.get()) {
      return device.sizeBytes() == descriptor.size();
    }
  }

  @Override
  public Optional<Path> file(Descriptor descriptor) {
    return files.file(path(descriptor.digest()));
  }

  private static String path(Digest digest) {
    return "blobs/" + digest.algorithm() + "/" + digest.hex();
  }

  static InputStream stream(BlockDevice device) {
    return new FilterInputStream(device.stream()) {
      @Override
      public void close() throws IOException {
        device.close();
      }
    };
  }

  static byte[] readSmall(ImageFiles files, String path) throws IOException {
    try (var device =
        files
            .open(path)
            .orElseThrow(
                () ->
                    new FormatException(
                        files.name() + ": " + Field.quoted(path) + " is missing"))) {
      if (device.sizeBytes() > Manifest.MAX_BYTES) {
        throw new LimitException(
            files.name()
                + ": "
                + Field.quoted(path)
                + " has "
                + device.sizeBytes()
                + " bytes, at most "
                + Manifest.MAX_BYTES
                + " are taken");
      }
      return device.read(0, (int) device.sizeBytes()).array();
    }
  }

  @Override
  public void close() throws IOException {
    files.close();
  }
}
