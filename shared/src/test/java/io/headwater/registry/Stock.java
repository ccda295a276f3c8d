package io.headwater.registry;

import io.headwater.convert.RegistryTarget;
import io.headwater.oci.Descriptor;
import io.headwater.oci.Digest;
import io.headwater.oci.ImageIndex;
import io.headwater.oci.ImageManifest;
import io.headwater.oci.MediaTypes;
import io.headwater.oci.RepositoryName;
import io.headwater.oci.Tag;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Small images with names, and what clients do with them: the words in which scenes are told. */
final class Stock {
  static final RepositoryName APP = new RepositoryName("app");

  static final Stored A = image("A", "layer of A", null);
  static final Stored ARTIFACT = image("artifact of A", "converted layer of A", A);
  static final Stored SBOM = image("sbom of A", "list of A", A);
  static final Stored B = image("B", "layer of A", null);
  static final Stored INDEX = index("index", A, B);

  /** The only one that can be run, and so is converted when it was pushed. */
  static final Stored PROGRAM = image("program", MediaTypes.OCI_CONFIG, "layer of it", null);

  static final Stored LIST = index("list", SBOM);
  static final Stored LONGER_LIST = index("longer list", SBOM, ARTIFACT);
  static final Stored OTHER_INDEX = index("other index", A);

  /** Images that are no referrers of others. */
  static final Set<Digest> IMAGES = Set.of(A.digest(), B.digest());

  /** Names by digests, for messages. */
  static final Map<Digest, String> NAMES = new TreeMap<>();

  static {
    for (var one : List.of(A, ARTIFACT, SBOM, B, PROGRAM, INDEX, OTHER_INDEX, LIST, LONGER_LIST)) {
      NAMES.put(one.digest(), one.name());
    }
  }

  private Stock() {}

  /** A manifest, and the blobs that it needs. */
  record Stored(String name, String mediaType, byte[] bytes, List<byte[]> blobs) {
    Digest digest() {
      return Digest.of(bytes);
    }

    Descriptor descriptor() {
      return Descriptor.of(mediaType, digest(), bytes.length);
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] config(String name) {
    return bytes(
        name.equals("program")
            ? "{\"architecture\":\"amd64\",\"os\":\"linux\",\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"%s\"]}}"
                .formatted(Digest.of(bytes("layer of it")))
            : "config of " + name);
  }

  private static Descriptor blob(String mediaType, byte[] bytes) {
    return Descriptor.of(mediaType, Digest.of(bytes), bytes.length);
  }

  private static Stored image(String name, String layer, @Nullable Stored subject) {
    return image(name, MediaTypes.OCI_LAYER_TAR, layer, subject);
  }

  private static Stored image(
      String name, String configType, String layer, @Nullable Stored subject) {
    var type =
        subject == null
            ? null
            : name.startsWith("artifact") ? MediaTypes.STREAMING_ARTIFACT : "x/y";
    var manifest =
        new ImageManifest(
            2,
            MediaTypes.OCI_MANIFEST,
            type,
            blob(configType, config(name)),
            List.of(blob(MediaTypes.OCI_LAYER_TAR, bytes(layer))),
            subject == null ? null : subject.descriptor(),
            null);
    return new Stored(
        name, MediaTypes.OCI_MANIFEST, manifest.toJson(), List.of(config(name), bytes(layer)));
  }

  private static Stored index(String name, Stored... images) {
    var list = Arrays.stream(images).map(Stored::descriptor).toList();
    return new Stored(name, MediaTypes.OCI_INDEX, ImageIndex.of(list).toJson(), List.of());
  }

  static Repository app(Registry registry) {
    return registry.repository(APP);
  }

  static String fallbackTag(Stored subject) {
    return RepositoryLayout.fallbackTag(subject.digest()).value();
  }

  static Digest layer(Stored image) {
    return Digest.of(image.blobs().getLast());
  }

  /** As clients push: what is there is not sent again; the tags come last. */
  static void push(Registry registry, Stored image, String... tags) throws IOException {
    for (var blob : image.blobs()) {
      if (!app(registry).keepBlob(Digest.of(blob))) {
        upload(app(registry), blob);
      }
    }
    var stored = app(registry).putManifest(image.bytes(), image.mediaType());
    app(registry).putTags(Arrays.stream(tags).map(Tag::new).toList(), stored);
  }

  static void upload(Repository app, byte[] blob) throws IOException {
    var id = app.uploads().begin();
    try (var writer = app.uploads().find(id).append()) {
      writer.write(ByteBuffer.wrap(blob));
    }
    app.uploads().finish(id, Digest.of(blob));
  }

  /** As a server does it: what was pushed meanwhile counts as pushed. */
  static void delete(Registry registry, Stored image) throws IOException {
    app(registry).deletions().deleteManifest(image.digest());
  }

  static void deleteTag(Registry registry, String tag) throws IOException {
    if (!app(registry).deleteTag(new Tag(tag))) {
      throw new RegistryException(ErrorCode.MANIFEST_UNKNOWN, "no tag " + tag);
    }
  }

  static void restore(Registry registry, Stored image) throws IOException {
    app(registry).deletions().restore(image.digest(), Optional.empty(), false);
  }

  /** As clients take a layer over from another repository; where that has none, it is sent. */
  static void mountAndPush(Registry registry, Repository from, Stored image, String tag)
      throws IOException {
    for (var blob : image.blobs()) {
      if (!app(registry).uploads().mount(Digest.of(blob), from.name())) {
        upload(app(registry), blob);
      }
    }
    app(registry)
        .putTags(
            List.of(new Tag(tag)), app(registry).putManifest(image.bytes(), image.mediaType()));
  }

  /** The calls of a conversion, whose one layer is made of nothing. */
  static void convert(Registry registry) throws IOException {
    var app = app(registry);
    if (app.manifest(A.digest()).isEmpty()) {
      throw new RegistryException(ErrorCode.MANIFEST_UNKNOWN, "no image to convert");
    }
    var target = new RegistryTarget(registry.store(), app, "here");
    var layer = target.reusable("layer of A");
    if (layer.isPresent()) {
      target.adopt(layer.get());
    } else {
      try (var stage = target.stage(0)) {
        stage.body().write(ARTIFACT.blobs().getLast());
        var sealed = stage.seal(new byte[0], Optional.empty());
        target.adopt(sealed);
        target.keep("layer of A", sealed);
      }
    }
    var config = ARTIFACT.blobs().getFirst();
    target.put(Descriptor.of(MediaTypes.OCI_CONFIG, Digest.of(config), config.length), config);
    target.putManifest(
        A.digest(),
        ARTIFACT.descriptor().withArtifactType(MediaTypes.STREAMING_ARTIFACT),
        ARTIFACT.bytes());
  }
}
