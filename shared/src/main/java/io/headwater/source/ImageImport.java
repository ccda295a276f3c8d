package io.headwater.source;

import io.headwater.fault.FormatException;
import io.headwater.oci.Descriptor;
import io.headwater.oci.Manifest;
import io.headwater.oci.MediaTypes;
import io.headwater.oci.Platform;
import io.headwater.registry.Repository;
import io.headwater.registry.StoredManifest;
import io.headwater.store.ContentStore;
import java.io.IOException;
import java.util.ArrayList;
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
  private final List<Descriptor> missing = new ArrayList<>();
  private int images;

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
   * Imports. Of an index, what is there: an archive may hold a part of its images.
   *
   * @return the root manifest
   * @throws FormatException if something is missing of the image, or all images of an index, or
   *     something is not of its digest; manifests that refer to it are not put then
   */
  public StoredManifest run() throws IOException {
    return put(source.root(), 0);
  }

  /** Images that an index lists and that were not there, or not all of them. */
  public List<Descriptor> missing() {
    return List.copyOf(missing);
  }

  private StoredManifest put(StoredManifest stored, int depth) throws IOException {
    var parts = ImageParts.of(stored, platforms, depth);
    for (var blob : parts.blobs()) {
      copy(blob);
    }
    for (var child : parts.manifests()) {
      if (repository.manifest(child.digest()).isPresent()) {
        images++;
      } else {
        putChild(child, depth);
      }
    }
    if (depth == 0 && images == 0 && !missing.isEmpty()) {
      throw new FormatException(
          "none of the images that index " + stored.digest() + " lists is there");
    }
    return repository.putManifest(stored.bytes(), Manifest.mediaTypeOf(stored.parse()));
  }

  private void putChild(Descriptor child, int depth) throws IOException {
    var found = source.find(child);
    if (found.isPresent() && source.missingBlob(found.get()).isEmpty()) {
      put(found.get(), depth + 1);
      images += MediaTypes.isIndex(child.mediaType()) ? 0 : 1;
    } else {
      missing.add(child);
    }
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
