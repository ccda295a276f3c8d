package io.headwater.management;

import io.headwater.fault.FormatException;
import io.headwater.oci.Digest;
import io.headwater.oci.Field;
import io.headwater.oci.MediaTypes;
import io.headwater.oci.RepositoryName;
import io.headwater.oci.Tag;
import io.headwater.operation.AutoConversion;
import io.headwater.registry.ErrorCode;
import io.headwater.registry.Registry;
import io.headwater.registry.RegistryException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What was deleted and can be restored, in the form of ACR's soft delete. Blocks. */
public final class DeletedImages {
  private final Registry registry;
  private final AutoConversion conversions;

  /**
   * Those of a registry.
   *
   * @param conversions of what comes back without its streaming artifact
   */
  public DeletedImages(Registry registry, AutoConversion conversions) {
    this.registry = registry;
    this.conversions = conversions;
  }

  /** A repository in which something was deleted. */
  public record DeletedRepository(String repository, String deletedAt) {}

  /** An image that was deleted. */
  record DeletedManifest(Digest digest, String mediaType, String deletedAt, List<String> tags) {}

  /** A tag of an image that was deleted. */
  record DeletedTag(String tag, Digest digest, String deletedAt) {}

  /** Repositories in which something was deleted. */
  public List<DeletedRepository> repositories() throws IOException {
    var found = new ArrayList<DeletedRepository>();
    for (var name : registry.repositories()) {
      var images = images(name);
      if (!images.isEmpty()) {
        found.add(new DeletedRepository(name.value(), images.getFirst().deletedAt()));
      }
    }
    return found;
  }

  List<DeletedManifest> images(RepositoryName name) throws IOException {
    return registry.repository(name).deletions().list().stream()
        .map(i -> new DeletedManifest(i.digest(), i.mediaType(), i.deletedAt(), i.tags()))
        .toList();
  }

  List<DeletedTag> tags(RepositoryName name) throws IOException {
    return images(name).stream()
        .flatMap(
            image ->
                image.tags().stream()
                    .map(tag -> new DeletedTag(tag, image.digest(), image.deletedAt())))
        .toList();
  }

  Map<String, Object> restore(RepositoryName name, Digest digest, byte[] body, boolean force)
      throws IOException {
    var tag = tag(body);
    var repository = registry.repository(name);
    var image = repository.deletions().restore(digest, tag, force);
    // It may have been deleted before it was converted.
    var restored = repository.manifest(digest);
    if (restored.isPresent()
        && repository.referrers(digest, MediaTypes.STREAMING_ARTIFACT).isEmpty()) {
      var unused = conversions.pushed(name, restored.get());
    }
    return Map.of(
        "digest", digest, "tag", tag.map(Tag::value).orElse(String.join(",", image.tags())));
  }

  private static Optional<Tag> tag(byte[] body) {
    if (body.length == 0) {
      return Optional.empty();
    }
    try {
      return Field.document(body, "request").field("tag").optional(tag -> tag.parsed(Tag::parse));
    } catch (FormatException e) {
      throw new RegistryException(ErrorCode.REQUEST_INVALID, String.valueOf(e.getMessage()));
    }
  }
}
