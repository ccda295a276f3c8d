package io.headwater.proxy.v2;

import io.headwater.oci.Digest;
import io.headwater.oci.RepositoryName;
import io.headwater.oci.Tag;
import io.headwater.registry.ErrorCode;
import io.headwater.registry.RegistryException;
import java.util.regex.Pattern;

/**
 * What a path below {@code /v2/} asks for (OCI distribution spec, "Endpoints"). A repository's name
 * has slashes in it.
 */
sealed interface RegistryPath {
  /** {@code /v2/}: is this a registry? */
  record Base() implements RegistryPath {}

  /** A manifest by its tag. */
  record ByTag(RepositoryName repository, Tag tag) implements RegistryPath {}

  /** A manifest by its digest. */
  record ByDigest(RepositoryName repository, Digest digest) implements RegistryPath {}

  /** A blob. */
  record Blob(RepositoryName repository, Digest digest) implements RegistryPath {}

  /** All tags. */
  record Tags(RepositoryName repository) implements RegistryPath {}

  /** Who refers to a manifest. */
  record Referrers(RepositoryName repository, Digest digest) implements RegistryPath {}

  /** Where uploads of blobs begin. */
  record Uploads(RepositoryName repository) implements RegistryPath {}

  /** An upload that was begun. */
  record Session(RepositoryName repository, String id) implements RegistryPath {}

  /** All repositories. */
  record Catalog() implements RegistryPath {}

  Pattern UPLOADS = Pattern.compile("/v2/(.+)/blobs/uploads/?([^/]*)");

  Pattern FORM = Pattern.compile("/v2/(.+)/(manifests|blobs|tags|referrers)/([^/]+)");

  /**
   * Reads a path.
   *
   * @throws RegistryException if it is none, or a name in it is not valid
   */
  static RegistryPath parse(String path) {
    if (path.equals("/v2/") || path.equals("/v2")) {
      return new Base();
    }
    if (path.equals("/v2/_catalog")) {
      return new Catalog();
    }
    var uploads = UPLOADS.matcher(path);
    if (uploads.matches()) {
      var repository =
          RegistryErrors.checked(
              ErrorCode.NAME_INVALID, () -> RepositoryName.parse(uploads.group(1)));
      return uploads.group(2).isEmpty()
          ? new Uploads(repository)
          : new Session(repository, uploads.group(2));
    }
    var matcher = FORM.matcher(path);
    if (!matcher.matches()) {
      throw new RegistryException(
          ErrorCode.NAME_UNKNOWN, "there is nothing at '" + bounded(path) + "'");
    }
    var name = matcher.group(1);
    var last = matcher.group(3);
    var repository =
        RegistryErrors.checked(ErrorCode.NAME_INVALID, () -> RepositoryName.parse(name));
    return switch (matcher.group(2)) {
      case "manifests" ->
          Digest.looksLikeOne(last)
              ? new ByDigest(repository, digest(last))
              : new ByTag(
                  repository,
                  RegistryErrors.checked(ErrorCode.MANIFEST_INVALID, () -> Tag.parse(last)));
      case "blobs" -> new Blob(repository, digest(last));
      case "referrers" -> new Referrers(repository, digest(last));
      default -> {
        if (!last.equals("list")) {
          throw new RegistryException(
              ErrorCode.NAME_UNKNOWN, "there is nothing at '" + bounded(path) + "'");
        }
        yield new Tags(repository);
      }
    };
  }

  private static Digest digest(String text) {
    return RegistryErrors.checked(ErrorCode.DIGEST_INVALID, () -> Digest.parse(text));
  }

  private static String bounded(String path) {
    return path.length() > 200 ? path.substring(0, 200) + "…" : path;
  }
}
