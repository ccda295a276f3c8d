package io.headwater.registry;

import io.headwater.fault.FormatException;
import io.headwater.oci.Descriptor;
import io.headwater.oci.Digest;
import io.headwater.oci.ImageIndex;
import io.headwater.oci.ImageManifest;
import io.headwater.oci.Json;
import io.headwater.oci.Manifest;
import io.headwater.oci.MediaTypes;
import io.headwater.oci.RepositoryName;
import io.headwater.oci.Tag;
import io.headwater.store.Condition;
import io.headwater.store.ContentStore;
import io.headwater.store.Document;
import io.headwater.store.StoreException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * One repository: what it has, and who may see it. A blob is readable only through a repository
 * that has it; knowing its digest opens nothing. Blocks; safe for use by several threads and
 * processes.
 */
public final class Repository {
  private static final String TEXT = "text/plain";
  private static final String JSON = "application/json";
  private static final int LIST_PAGE = 1000;

  private final ContentStore store;
  private final RepositoryName name;
  private final String root;

  Repository(ContentStore store, RepositoryName name) {
    this.store = store;
    this.name = name;
    this.root = "repositories/" + name + "/";
  }

  public RepositoryName name() {
    return name;
  }

  private static String of(Digest digest) {
    return digest.algorithm() + "/" + digest.hex();
  }

  private String manifestDocument(Digest digest) {
    return root + "_manifests/" + of(digest);
  }

  private String blobDocument(Digest digest) {
    return root + "_layers/" + of(digest);
  }

  private String tagDocument(Tag tag) {
    return root + "_tags/" + tag;
  }

  private String referrers(Digest subject) {
    return root + "_referrers/" + subject.algorithm() + "-" + subject.hex() + "/";
  }

  /** Whether anything was ever put here. */
  public boolean exists() throws StoreException {
    return !store.list(root + "_", "", 1).isEmpty();
  }

  /** The digest that a tag names; empty when there is no such tag. */
  public Optional<Digest> tag(Tag tag) throws StoreException, FormatException {
    var document = store.get(tagDocument(tag));
    return document.isEmpty() ? Optional.empty() : Optional.of(Digest.parse(document.get().text()));
  }

  /** Points a tag to a manifest that the repository has. */
  public void putTag(Tag tag, Digest digest) throws StoreException {
    if (store.get(manifestDocument(digest)).isEmpty()) {
      throw new RegistryException(
          ErrorCode.MANIFEST_UNKNOWN, "repository '" + name + "' has no manifest " + digest);
    }
    store.put(
        tagDocument(tag),
        digest.toString().getBytes(StandardCharsets.UTF_8),
        TEXT,
        Condition.ALWAYS);
  }

  /**
   * Tags in ascending order.
   *
   * @param after only tags behind this one; empty for all
   * @param limit at most so many
   */
  public List<String> tags(String after, int limit) throws StoreException {
    var prefix = root + "_tags/";
    return store.list(prefix, after.isEmpty() ? "" : prefix + after, limit).stream()
        .map(document -> document.substring(prefix.length()))
        .toList();
  }

  /** A manifest by its digest; empty when the repository does not have it. */
  public Optional<StoredManifest> manifest(Digest digest) throws StoreException {
    return store
        .get(manifestDocument(digest))
        .map(document -> new StoredManifest(digest, document.mediaType(), document.content()));
  }

  /** Digests of all manifests. */
  public List<Digest> manifests() throws StoreException, FormatException {
    var prefix = root + "_manifests/";
    var digests = new ArrayList<Digest>();
    var after = "";
    while (true) {
      var page = store.list(prefix, after, LIST_PAGE);
      for (var document : page) {
        digests.add(Digest.parse(document.substring(prefix.length()).replace('/', ':')));
      }
      if (page.size() < LIST_PAGE) {
        return digests;
      }
      after = page.getLast();
    }
  }

  /**
   * Puts a manifest, whose blobs and manifests the repository has, and makes it a referrer when it
   * has a subject. The manifest becomes visible last.
   *
   * @throws FormatException if it is no valid manifest
   * @throws RegistryException if something that it refers to is missing
   */
  public StoredManifest putManifest(byte[] bytes, String mediaType)
      throws StoreException, FormatException {
    var manifest = Manifest.parse(bytes, mediaType);
    var type = mediaType.isEmpty() ? Manifest.mediaTypeOf(manifest) : mediaType;
    var stored = new StoredManifest(Digest.of(bytes), type, bytes);
    checkReferences(manifest);
    var subject = manifest.subject();
    if (subject != null) {
      var descriptor =
          stored
              .descriptor()
              .withArtifactType(manifest.effectiveArtifactType().orElse(null))
              .withAnnotations(manifest.annotations());
      store.put(
          referrers(subject.digest()) + stored.digest().algorithm() + "-" + stored.digest().hex(),
          Json.write(descriptor),
          JSON,
          Condition.ALWAYS);
    }
    store.put(manifestDocument(stored.digest()), bytes, type, Condition.ALWAYS);
    return stored;
  }

  private void checkReferences(Manifest manifest) throws StoreException {
    switch (manifest) {
      case ImageManifest image -> {
        requireBlob(image.config());
        for (var layer : image.layers()) {
          // What may not be distributed is fetched from elsewhere.
          if (layer.urls() == null || layer.urls().isEmpty()) {
            requireBlob(layer);
          }
        }
      }
      case ImageIndex index -> {
        for (var child : index.manifests()) {
          if (store.get(manifestDocument(child.digest())).isEmpty()) {
            throw missing("manifest", child.digest());
          }
        }
      }
    }
  }

  private void requireBlob(Descriptor descriptor) throws StoreException {
    if (blobSize(descriptor.digest()).isEmpty()) {
      throw missing("blob", descriptor.digest());
    }
  }

  private RegistryException missing(String what, Digest digest) {
    return new RegistryException(
        ErrorCode.MANIFEST_BLOB_UNKNOWN,
        "repository '" + name + "' has no " + what + " " + digest + "; push it first");
  }

  /** Says that the repository has a blob, which the store has. */
  public void linkBlob(Digest digest, long size) throws StoreException {
    store.put(
        blobDocument(digest),
        Long.toString(size).getBytes(StandardCharsets.UTF_8),
        TEXT,
        Condition.ALWAYS);
  }

  /** The size of a blob in bytes; empty when the repository does not have it. */
  public OptionalLong blobSize(Digest digest) throws StoreException {
    var document = store.get(blobDocument(digest));
    return document.isEmpty()
        ? OptionalLong.empty()
        : OptionalLong.of(Long.parseLong(document.get().text()));
  }

  /**
   * The manifests whose subject is {@code subject}, in the order of their digests. For an index,
   * the streaming artifacts of its manifests are listed with its own referrers, as ACR does it.
   *
   * @param artifactType only those of this type; empty for all
   */
  public List<Descriptor> referrers(Digest subject, String artifactType)
      throws StoreException, FormatException {
    var found = new ArrayList<Descriptor>();
    collectReferrers(subject, artifactType, found);
    var stored = manifest(subject);
    if (stored.isPresent()
        && stored.get().parse() instanceof ImageIndex index
        && (artifactType.isEmpty() || artifactType.equals(MediaTypes.STREAMING_ARTIFACT))) {
      for (var child : index.manifests()) {
        collectReferrers(child.digest(), MediaTypes.STREAMING_ARTIFACT, found);
      }
    }
    return found;
  }

  private void collectReferrers(Digest subject, String artifactType, List<Descriptor> found)
      throws StoreException, FormatException {
    for (var document : store.list(referrers(subject), "", Integer.MAX_VALUE)) {
      var content = store.get(document).map(Document::content);
      if (content.isPresent()) {
        var descriptor = Json.read(content.get(), Descriptor.class, "referrer of " + subject);
        // A referrer is written before its manifest, and counts from when that is there.
        if ((artifactType.isEmpty() || artifactType.equals(descriptor.artifactType()))
            && store.get(manifestDocument(descriptor.digest())).isPresent()) {
          found.add(descriptor);
        }
      }
    }
  }
}
