package io.headwater.registry;

import io.headwater.fault.FormatException;
import io.headwater.oci.Digest;
import io.headwater.oci.RepositoryName;
import io.headwater.oci.Tag;

/** Where the facts about a repository lie in the store (package-info has the list). */
record RepositoryLayout(String root) {
  static RepositoryLayout of(RepositoryName name) {
    return new RepositoryLayout("repositories/" + name + "/");
  }

  /** That there is such a repository: {@code catalog/<name>/_}. */
  static String catalogEntry(RepositoryName name) {
    return CATALOG + name + CATALOG_ENDING;
  }

  static final String CATALOG = "catalog/";
  static final String CATALOG_ENDING = "/_";

  String manifests() {
    return root + "_manifests/";
  }

  String manifest(Digest digest) {
    return manifests() + path(digest);
  }

  String blobs() {
    return root + "_layers/";
  }

  String blob(Digest digest) {
    return blobs() + path(digest);
  }

  String tags() {
    return root + "_tags/";
  }

  String tag(Tag tag) {
    return tags() + tag;
  }

  String referrers(Digest subject) {
    return root + "_referrers/" + flat(subject) + "/";
  }

  String referrer(Digest subject, Digest referrer) {
    return referrers(subject) + flat(referrer);
  }

  String artifactsOfAll() {
    return root + "_artifacts/";
  }

  String artifacts(Digest image) {
    return artifactsOfAll() + flat(image) + "/";
  }

  String artifact(Digest image, Digest artifact) {
    return artifacts(image) + flat(artifact);
  }

  String deletedManifests() {
    return root + "_deleted/";
  }

  String deletedManifest(Digest digest) {
    return deletedManifests() + path(digest);
  }

  String deletedBlobs() {
    return root + "_deletedlayers/";
  }

  String deletedBlob(Digest digest) {
    return deletedBlobs() + path(digest);
  }

  String uploads() {
    return root + "_uploads/";
  }

  String streaming() {
    return root + "_streaming";
  }

  private static String path(Digest digest) {
    return digest.algorithm() + "/" + digest.hex();
  }

  private static String flat(Digest digest) {
    return digest.algorithm() + "-" + digest.hex();
  }

  /** The digest that a document's name ends with, behind a folder of this layout. */
  static Digest digest(String folder, String document) throws FormatException {
    return Digest.parse(document.substring(folder.length()).replace('/', ':'));
  }

  /** The digest that a referrer's document is called by. */
  static Digest flatDigest(String document) throws FormatException {
    return Digest.parse(document.substring(document.lastIndexOf('/') + 1).replace('-', ':'));
  }

  /** The tag under which clients of older registries keep a list of referrers. */
  static Tag fallbackTag(Digest subject) {
    var text = flat(subject);
    return new Tag(text.substring(0, Math.min(text.length(), 128)));
  }
}
