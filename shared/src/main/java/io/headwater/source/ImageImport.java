package io.headwater.source;

import io.headwater.fault.FormatException;
import io.headwater.oci.Descriptor;
import io.headwater.oci.Manifest;
import io.headwater.oci.Platform;
import io.headwater.registry.Repository;
import io.headwater.registry.StoredManifest;
import io.headwater.store.ContentStore;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.function.LongConsumer;

/**
 * Puts an image, with all that it refers to, into a repository. Manifests, configs and layers keep
 * their exact bytes. What is there already is not copied; the root manifest comes last.
 */
public final class ImageImport {
  private static final int COPY_BYTES = 1 << 20;

  private final ImageSource source;
  private final ContentStore store;
  private final Repository repository;
  private final List<Platform> platforms;
  private final LongConsumer onCopied;

  /**
   * Prepares an import of all of an image.
   *
   * @param onCopied is told of each number of bytes that was copied or found
   */
  public ImageImport(
      ImageSource source, ContentStore store, Repository repository, LongConsumer onCopied) {
    this(source, store, repository, List.of(), onCopied);
  }

  /**
   * Prepares an import.
   *
   * @param platforms of an index, only these: the index keeps its bytes and lists images that are
   *     not there; empty for all
   * @param onCopied is told of each number of bytes that was copied or found
   */
  public ImageImport(
      ImageSource source,
      ContentStore store,
      Repository repository,
      List<Platform> platforms,
      LongConsumer onCopied) {
    this.source = source;
    this.store = store;
    this.repository = repository;
    this.platforms = List.copyOf(platforms);
    this.onCopied = onCopied;
  }

  /**
   * Imports.
   *
   * @return the root manifest
   * @throws FormatException if something is missing or not of its digest; manifests that refer to
   *     it are not put then
   */
  public StoredManifest run() throws IOException {
    var root = source.root();
    return put(root, 0);
  }

  private StoredManifest put(StoredManifest stored, int depth) throws IOException {
    var parts = ImageParts.of(stored, platforms, depth);
    for (var blob : parts.blobs()) {
      copy(blob);
    }
    for (var child : parts.manifests()) {
      if (repository.manifest(child.digest()).isEmpty()) {
        put(source.manifest(child), depth + 1);
      }
    }
    return repository.putManifest(stored.bytes(), Manifest.mediaTypeOf(stored.parse()));
  }

  private void copy(Descriptor descriptor) throws IOException {
    // Kept from being collected, too, before the manifest refers to it.
    if (repository.keepBlob(descriptor.digest()) && store.size(descriptor.digest()).isPresent()) {
      onCopied.accept(descriptor.size());
      return;
    }
    try (var in = source.blob(descriptor);
        var stage = store.stage(0)) {
      var buffer = new byte[COPY_BYTES];
      long size = 0;
      for (int count = in.read(buffer); count > 0; count = in.read(buffer)) {
        stage.body().write(buffer, 0, count);
        onCopied.accept(count);
        size += count;
        if (size > descriptor.size()) {
          break;
        }
      }
      if (size != descriptor.size()) {
        throw new FormatException(
            "blob "
                + descriptor.digest()
                + " has "
                + (size > descriptor.size() ? "more than " : "")
                + Math.min(size, descriptor.size())
                + " bytes, its descriptor says "
                + descriptor.size());
      }
      var blob = stage.seal(new byte[0], Optional.of(descriptor.digest()));
      repository.linkBlob(blob.digest(), blob.size());
    }
  }
}
