package io.headwater.registry;

import io.headwater.fault.FormatException;
import io.headwater.oci.Descriptor;
import io.headwater.oci.Digest;
import io.headwater.oci.Field;
import io.headwater.oci.Json;
import io.headwater.oci.Manifest;
import io.headwater.oci.ManifestType;
import io.headwater.oci.RepositoryName;
import io.headwater.oci.Tag;
import io.headwater.store.Condition;
import io.headwater.store.ConflictException;
import io.headwater.store.ContentStore;
import io.headwater.store.Cursor;
import io.headwater.store.StoreException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
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
  public void putTag(Tag tag, Digest digest) throws IOException {
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
  public boolean putTags(List<Tag> tags, StoredManifest stored) throws IOException {
    for (var again = false; ; again = true) {
      for (var tag : tags) {
        putTag(tag, stored.digest(), Condition.ALWAYS);
      }
      // A deletion looks for tags after it has removed the manifest, and this looks for the
      // manifest after it has written the tags: one of them sees the other.
      if (tags.isEmpty() || store.get(layout.manifest(stored.digest())).isPresent()) {
        return again;
      }
      publishAgain(tags, stored);
      // The deletion may have taken the tags, too: they are written once more.
    }
  }

  private void publishAgain(List<Tag> tags, StoredManifest stored) throws IOException {
    try {
      publishAgain(stored);
      new Restoring(this).putBackWhatGoesWith(stored.digest());
    } catch (RegistryException e) {
      for (var tag : tags) {
        deleteTag(tag, stored.digest());
      }
      throw e;
    }
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
    while (true) {
      var document = store.get(layout.tag(tag));
      if (document.isEmpty()) {
        return false; // and nothing is removed: it may just be pushed
      }
      try {
        // Of two that delete it, one has.
        store.delete(layout.tag(tag), Condition.ifMatch(document.get().etag()));
        return true;
      } catch (ConflictException e) {
        // It names something else now, or is gone: look again.
      }
    }
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

  /** Removes a tag that names nothing, unless it was written since a time. */
  void deleteTagOfNothing(Tag tag, Instant before) throws StoreException, FormatException {
    var document = store.get(layout.tag(tag));
    if (document.isPresent()
        && Instant.now().minus(document.get().age()).isBefore(before)
        && manifest(Digest.parse(document.get().text())).isEmpty()) {
      try {
        store.delete(layout.tag(tag), Condition.ifMatch(document.get().etag()));
      } catch (ConflictException e) {
        // Written anew: whoever did has seen to it that its manifest is there.
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

  /** All tags, in ascending order. */
  public Cursor<String> tags() {
    var prefix = layout.tags();
    return store.names(prefix).map(document -> document.substring(prefix.length()));
  }

  /** A manifest by its digest; empty when the repository does not have it. */
  public Optional<StoredManifest> manifest(Digest digest) throws StoreException {
    return store
        .get(layout.manifest(digest))
        .map(
            document ->
                new StoredManifest(
                    digest,
                    ManifestType.served(document.mediaType(), document.content()),
                    document.content()));
  }

  /** A manifest and the state that it is in; empty when the repository does not have it. */
  Optional<ManifestState> state(Digest digest) throws StoreException {
    return store
        .get(layout.manifest(digest))
        .map(
            found ->
                new ManifestState(
                    new StoredManifest(digest, found.mediaType(), found.content()), found.etag()));
  }

  /** The digests of all manifests. */
  DigestNumbers manifestDigests() throws IOException {
    var digests = new DigestNumbers();
    BlobLinks.forEachDigest(store, layout.manifests(), digest -> digests.put(digest, 0));
    return digests;
  }

  /** Looks at a manifest. */
  interface ManifestVisitor {
    void visit(StoredManifest manifest) throws IOException;
  }

  /** Shows all manifests, of which a few are in memory at a time. */
  void forEachManifest(ManifestVisitor visitor) throws IOException {
    var folder = layout.manifests();
    Fetch.each(
        store.names(folder),
        name -> manifest(RepositoryLayout.digest(folder, name)),
        visitor::visit);
  }

  /** Puts a manifest under its sha256 digest; see {@link #putManifest(byte[], String, String)}. */
  public StoredManifest putManifest(byte[] bytes, String mediaType) throws IOException {
    return putManifest(bytes, mediaType, "sha256");
  }

  /**
   * Puts a manifest, whose blobs the repository has, and makes it a referrer when it has a subject.
   * The manifest becomes visible last. The manifests that an index lists may be missing.
   *
   * @param declared the media type that its sender says; empty for none. Its own bytes decide
   *     ({@link ManifestType})
   * @param algorithm of the digest that it gets: sha256 or sha512
   * @throws FormatException if it is no valid manifest, or of another media type
   * @throws RegistryException if a blob that it refers to is missing, or what it refers to has
   *     another size than it states
   */
  public StoredManifest putManifest(byte[] bytes, String declared, String algorithm)
      throws IOException {
    Manifest.requireSize(bytes);
    var mediaType = ManifestType.of(bytes, declared);
    var references = References.pushed(bytes, mediaType);
    var stored = new StoredManifest(Digest.of(algorithm, bytes), mediaType, bytes);
    new PushedSizes(this).check(references);
    enterCatalog();
    publish(stored, references);
    return stored;
  }

  /** The refusal of a manifest of which a blob is not there. */
  RegistryException missing(Digest blob) {
    return new RegistryException(
        ErrorCode.MANIFEST_BLOB_UNKNOWN,
        "repository '" + name + "' has no blob " + blob + "; push it first");
  }

  /**
   * Puts a manifest once more that was removed while somebody wanted it.
   *
   * @throws RegistryException if one of its blobs is gone
   */
  void publishAgain(StoredManifest stored) throws IOException {
    var references = References.of(stored.bytes(), stored.mediaType());
    keepBlobs(references);
    publish(stored, references);
  }

  /**
   * Makes the links to a manifest's blobs young, so that they are not collected before it is there.
   *
   * @throws RegistryException if one of its blobs is gone
   */
  void keepBlobs(References references) throws StoreException, FormatException {
    for (var blob : references.blobs()) {
      if (links.refresh(blob.digest()).isEmpty() && !links.adopt(blob.digest(), blob.size())) {
        throw missing(blob.digest());
      }
    }
  }

  /**
   * Writes a manifest, whose links were just made young, and sees to it that they are there, and
   * that it is a referrer, whoever deletes at the same time.
   */
  private void publish(StoredManifest stored, References references) throws IOException {
    if (references.subject().isPresent()) {
      writeReferrer(stored, references);
    }
    var etag =
        store.put(
            layout.manifest(stored.digest()), stored.bytes(), stored.mediaType(), Condition.ALWAYS);
    // What a manifest refers to is linked. Deleting a blob removes the link and then looks at the
    // manifests; this writes the manifest and then looks at the links: one of them sees the other.
    var blobs = references.blobs().stream().distinct().toList();
    var linked = Fetch.all(blobs, blob -> links.find(blob.digest()).isPresent());
    for (int i = 0; i < blobs.size(); i++) {
      if (!linked.get(i) && !links.adopt(blobs.get(i).digest(), blobs.get(i).size())) {
        takeBack(stored, etag);
        throw missing(blobs.get(i).digest());
      }
    }
    // A manifest with a subject is its referrer: Removal looks in the same way.
    if (references.subject().isPresent()
        && store
            .get(layout.referrer(references.subject().get().digest(), stored.digest()))
            .isEmpty()) {
      writeReferrer(stored, references);
    }
  }

  private void takeBack(StoredManifest stored, String etag) throws StoreException {
    try {
      store.delete(layout.manifest(stored.digest()), Condition.ifMatch(etag));
    } catch (ConflictException e) {
      // Somebody else has put it, who looks after it.
    }
  }

  /** Says of what a manifest is a referrer. */
  void writeReferrer(StoredManifest stored, References references) throws StoreException {
    var type = references.artifactType();
    var descriptor =
        stored
            .descriptor()
            .withArtifactType(type.isEmpty() ? null : type)
            .withAnnotations(references.annotations().isEmpty() ? null : references.annotations());
    store.put(
        layout.referrer(references.subject().orElseThrow().digest(), stored.digest()),
        Json.write(descriptor),
        JSON,
        Condition.ALWAYS);
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
  public boolean keepBlob(Digest digest) throws StoreException, FormatException {
    return links.refresh(digest).isPresent();
  }

  /** The size of a blob in bytes; empty when the repository does not have it. */
  public OptionalLong blobSize(Digest digest) throws StoreException, FormatException {
    var link = links.find(digest);
    return link.isEmpty() ? OptionalLong.empty() : OptionalLong.of(link.get().size());
  }

  /** The first page of {@link #referrers(Digest, String, Optional, int)}. */
  public List<Descriptor> referrers(Digest subject, String artifactType)
      throws StoreException, FormatException {
    return referrers(subject, artifactType, Optional.empty(), Cursor.PAGE).referrers();
  }

  /** Shows all of {@link #referrers(Digest, String, Optional, int)}. */
  public void forEachReferrer(Digest subject, String artifactType, Referrers.Visitor visitor)
      throws IOException {
    new Referrers(this, subject, artifactType).forEach(visitor);
  }

  /**
   * A page of the manifests whose subject is {@code subject}, in the order of their digests.
   *
   * @param artifactType only those of this type; empty for all
   * @param after only those whose digest is behind this one; empty for the first page
   * @param limit at most so many, one or more
   */
  public Referrers.Page referrers(
      Digest subject, String artifactType, Optional<Digest> after, int limit)
      throws StoreException, FormatException {
    return new Referrers(this, subject, artifactType).page(after, limit);
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
        : StreamingSettings.read(
            Field.document(document.get().content(), "streaming settings of " + name));
  }

  /** Says whether pushed images are converted. */
  public void putStreaming(StreamingSettings settings) throws StoreException {
    enterCatalog();
    store.put(layout.streaming(), Json.write(settings), JSON, Condition.ALWAYS);
  }
}
