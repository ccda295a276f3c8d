package io.headwater.registry;

import io.headwater.fault.FormatException;
import io.headwater.oci.Descriptor;
import io.headwater.oci.Digest;
import io.headwater.oci.ImageIndex;
import io.headwater.oci.Json;
import io.headwater.oci.MediaTypes;
import io.headwater.oci.RepositoryName;
import io.headwater.oci.Tag;
import io.headwater.store.Condition;
import io.headwater.store.ConflictException;
import io.headwater.store.ContentStore;
import io.headwater.store.StoreException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * One repository: what it has. A blob is readable only through a repository that has it; knowing
 * its digest opens nothing. Blocks; safe for use by several threads and processes.
 */
public final class Repository {
  private static final String TEXT = "text/plain";
  private static final String JSON = "application/json";

  private final ContentStore store;
  private final RepositoryName name;
  private final RepositoryLayout layout;
  private final BlobLinks links;
  private final Duration retention;

  Repository(ContentStore store, RepositoryName name, Duration retention) {
    this.store = store;
    this.name = name;
    this.layout = RepositoryLayout.of(name);
    this.links = new BlobLinks(store, layout);
    this.retention = retention;
  }

  public RepositoryName name() {
    return name;
  }

  RepositoryLayout layout() {
    return layout;
  }

  BlobLinks links() {
    return links;
  }

  ContentStore store() {
    return store;
  }

  /** Whether anything was ever put here. */
  public boolean exists() throws StoreException {
    return !store.list(layout.root() + "_", "", 1).isEmpty();
  }

  /** Whether it has a manifest. */
  public boolean hasManifests() throws StoreException {
    return !store.list(layout.manifests(), "", 1).isEmpty();
  }

  /** Makes the repository one that lists show. */
  private void enterCatalog() throws StoreException {
    var entry = RepositoryLayout.catalogEntry(name);
    if (store.get(entry).isEmpty()) {
      store.put(entry, new byte[0], TEXT, Condition.ALWAYS);
    }
  }

  /** The digest that a tag names; empty when there is no such tag. */
  public Optional<Digest> tag(Tag tag) throws StoreException, FormatException {
    var document = store.get(layout.tag(tag));
    return document.isEmpty() ? Optional.empty() : Optional.of(Digest.parse(document.get().text()));
  }

  /** Points a tag to a manifest that the repository has. */
  public void putTag(Tag tag, Digest digest) throws StoreException, FormatException {
    var stored =
        manifest(digest)
            .orElseThrow(
                () ->
                    new RegistryException(
                        ErrorCode.MANIFEST_UNKNOWN,
                        "repository '" + name + "' has no manifest " + digest));
    putTags(List.of(tag), stored);
  }

  /**
   * Points tags to a manifest that was just put. If somebody deletes it at the same time, it is put
   * again: a tag never names what is not there.
   *
   * @return whether it was put again, so that who looked for it meanwhile did not find it
   */
  public boolean putTags(List<Tag> tags, StoredManifest stored)
      throws StoreException, FormatException {
    for (var tag : tags) {
      putTag(tag, stored.digest(), Condition.ALWAYS);
    }
    if (tags.isEmpty() || store.get(layout.manifest(stored.digest())).isPresent()) {
      return false;
    }
    write(stored, References.of(stored.bytes(), stored.mediaType()));
    return true;
  }

  void putTag(Tag tag, Digest digest, Condition condition) throws StoreException {
    store.put(layout.tag(tag), digest.toString().getBytes(StandardCharsets.UTF_8), TEXT, condition);
  }

  /**
   * Removes a tag; the manifest stays.
   *
   * @return whether there was one
   */
  public boolean deleteTag(Tag tag) throws StoreException {
    var found = store.get(layout.tag(tag)).isPresent();
    store.delete(layout.tag(tag), Condition.ALWAYS);
    return found;
  }

  /** Removes a tag if it still names that manifest. */
  void deleteTag(Tag tag, Digest digest) throws StoreException {
    var document = store.get(layout.tag(tag));
    if (document.isPresent() && document.get().text().equals(digest.toString())) {
      try {
        store.delete(layout.tag(tag), Condition.ifMatch(document.get().etag()));
      } catch (ConflictException e) {
        // It names something newer now, and goes on doing so.
      }
    }
  }

  /**
   * Tags in ascending order.
   *
   * @param after only tags behind this one; empty for all
   * @param limit at most so many
   */
  public List<String> tags(String after, int limit) throws StoreException {
    var prefix = layout.tags();
    return store.list(prefix, after.isEmpty() ? "" : prefix + after, limit).stream()
        .map(document -> document.substring(prefix.length()))
        .toList();
  }

  /** A manifest by its digest; empty when the repository does not have it. */
  public Optional<StoredManifest> manifest(Digest digest) throws StoreException {
    return store
        .get(layout.manifest(digest))
        .map(document -> new StoredManifest(digest, document.mediaType(), document.content()));
  }

  /** Digests of all manifests. */
  public List<Digest> manifests() throws StoreException, FormatException {
    return BlobLinks.digests(store, layout.manifests());
  }

  /** All manifests. */
  List<StoredManifest> allManifests() throws IOException {
    return Fetch.all(manifests(), this::manifest).stream().flatMap(Optional::stream).toList();
  }

  /** Puts a manifest under its sha256 digest; see {@link #putManifest(byte[], String, String)}. */
  public StoredManifest putManifest(byte[] bytes, String mediaType)
      throws StoreException, FormatException {
    return putManifest(bytes, mediaType, "sha256");
  }

  /**
   * Puts a manifest, whose blobs the repository has, and makes it a referrer when it has a subject.
   * The manifest becomes visible last. The manifests that an index lists may be missing.
   *
   * @param algorithm of the digest that it gets: sha256 or sha512
   * @throws FormatException if it is no valid manifest
   * @throws RegistryException if a blob that it refers to is missing
   */
  public StoredManifest putManifest(byte[] bytes, String mediaType, String algorithm)
      throws StoreException, FormatException {
    var references = References.of(bytes, mediaType);
    var stored = new StoredManifest(Digest.of(algorithm, bytes), mediaType, bytes);
    for (var blob : references.blobs()) {
      if (!links.refresh(blob.digest())) {
        throw new RegistryException(
            ErrorCode.MANIFEST_BLOB_UNKNOWN,
            "repository '" + name + "' has no blob " + blob.digest() + "; push it first");
      }
    }
    enterCatalog();
    write(stored, references);
    return stored;
  }

  /** Writes a manifest and, before, that it is a referrer. */
  void write(StoredManifest stored, References references) throws StoreException {
    if (references.subject().isPresent()) {
      var type = references.artifactType();
      var descriptor =
          stored
              .descriptor()
              .withArtifactType(type.isEmpty() ? null : type)
              .withAnnotations(
                  references.annotations().isEmpty() ? null : references.annotations());
      store.put(
          layout.referrer(references.subject().get().digest(), stored.digest()),
          Json.write(descriptor),
          JSON,
          Condition.ALWAYS);
    }
    store.put(
        layout.manifest(stored.digest()), stored.bytes(), stored.mediaType(), Condition.ALWAYS);
  }

  /** Says that the repository has a blob, which was just written to the store. */
  public void linkBlob(Digest digest, long size) throws StoreException {
    enterCatalog();
    links.put(digest, size);
  }

  /**
   * Says that the repository has a blob that is in the store already.
   *
   * @return false if it is there no more
   */
  public boolean adoptBlob(Digest digest, long size) throws StoreException {
    enterCatalog();
    return links.adopt(digest, size);
  }

  /**
   * Keeps a blob from being collected as garbage for the grace time from now.
   *
   * @return whether the repository has it
   */
  public boolean keepBlob(Digest digest) throws StoreException {
    return links.refresh(digest);
  }

  /** The size of a blob in bytes; empty when the repository does not have it. */
  public OptionalLong blobSize(Digest digest) throws StoreException {
    var link = links.find(digest);
    return link.isEmpty() ? OptionalLong.empty() : OptionalLong.of(link.get().size());
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
    if (artifactType.isEmpty() || artifactType.equals(MediaTypes.STREAMING_ARTIFACT)) {
      var stored = manifest(subject);
      if (stored.isPresent()
          && MediaTypes.isIndex(stored.get().mediaType())
          && stored.get().parse() instanceof ImageIndex index) {
        for (var child : index.manifests()) {
          collectReferrers(child.digest(), MediaTypes.STREAMING_ARTIFACT, found);
        }
      }
    }
    return found;
  }

  private void collectReferrers(Digest subject, String artifactType, List<Descriptor> found)
      throws StoreException, FormatException {
    for (var document : store.list(layout.referrers(subject), "", Integer.MAX_VALUE)) {
      var content = store.get(document);
      if (content.isPresent()) {
        var descriptor =
            Json.read(content.get().content(), Descriptor.class, "referrer of " + subject);
        // A referrer is written before its manifest, and counts from when that is there.
        if ((artifactType.isEmpty() || artifactType.equals(descriptor.artifactType()))
            && store.get(layout.manifest(descriptor.digest())).isPresent()) {
          found.add(descriptor);
        }
      }
    }
  }

  /** The streaming artifacts that were made here of its images. */
  public StreamingArtifacts artifacts() {
    return new StreamingArtifacts(this);
  }

  /** Deleting, and what can be restored. */
  public Deletions deletions() {
    return new Deletions(this, retention);
  }

  /** Uploads of blobs. */
  public BlobUploads uploads() {
    return new BlobUploads(this);
  }

  /** Whether pushed images are converted. */
  public StreamingSettings streaming() throws StoreException, FormatException {
    var document = store.get(layout.streaming());
    return document.isEmpty()
        ? StreamingSettings.INACTIVE
        : Json.read(
            document.get().content(), StreamingSettings.class, "streaming settings of " + name);
  }

  /** Says whether pushed images are converted. */
  public void putStreaming(StreamingSettings settings) throws StoreException {
    enterCatalog();
    store.put(layout.streaming(), Json.write(settings), JSON, Condition.ALWAYS);
  }
}
