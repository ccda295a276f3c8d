package io.headwater.source;

import io.headwater.block.BlockDevice;
import io.headwater.fault.FormatException;
import io.headwater.oci.Descriptor;
import io.headwater.oci.Digest;
import io.headwater.oci.ImageManifest;
import io.headwater.registry.StoredManifest;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Optional;

/** An image to be read: its manifests and blobs, with their exact bytes. Blocks. */
public interface ImageSource extends Closeable {
  /** The manifest or index that was asked for. */
  StoredManifest root() throws IOException;

  /**
   * A manifest that another one names.
   *
   * @throws FormatException if it is missing, too large, or not of that digest
   */
  StoredManifest manifest(Descriptor descriptor) throws IOException;

  /**
   * The same; empty if it is missing. An index may list images that are not where it is: {@code
   * docker save} and {@code ctr images export} write the whole index with the images of one
   * platform.
   */
  Optional<StoredManifest> find(Descriptor descriptor) throws IOException;

  /**
   * Whether a blob is there; a registry, which took no manifest without its blobs, says yes unseen.
   */
  default boolean hasBlob(Descriptor descriptor) throws IOException {
    return true;
  }

  /**
   * What of an image that is to be here, by its manifest, is not; empty of an index, and when all
   * is there.
   */
  default Optional<Descriptor> missingBlob(StoredManifest stored) throws IOException {
    if (stored.parse() instanceof ImageManifest image) {
      for (var blob : ImageParts.blobs(image)) {
        if (!hasBlob(blob)) {
          return Optional.of(blob);
        }
      }
    }
    return Optional.empty();
  }

  /**
   * A blob from its first byte to its last. The reader checks the digest.
   *
   * @throws FormatException if it is missing
   */
  InputStream blob(Descriptor descriptor) throws IOException;

  /**
   * A blob from an offset to its last byte.
   *
   * @throws FormatException if it is missing
   */
  default InputStream blob(Descriptor descriptor, long from) throws IOException {
    var in = blob(descriptor);
    in.skipNBytes(from);
    return in;
  }

  /**
   * A blob for reading at any offset. The reader checks the digest.
   *
   * @throws FormatException if it is missing
   */
  BlockDevice device(Descriptor descriptor) throws IOException;

  /**
   * Whether the blob is there, of the size that its descriptor states: told by what keeps it,
   * without reading it, and never by the image itself.
   */
  boolean holds(Descriptor descriptor) throws IOException;

  /** The file that a blob fills, for sources that have files. */
  default Optional<Path> file(Descriptor descriptor) {
    return Optional.empty();
  }

  /**
   * All of a small blob, checked.
   *
   * @throws FormatException if it is missing, too large, or not of that digest
   */
  default byte[] smallBlob(Descriptor descriptor) throws IOException {
    if (descriptor.size() > io.headwater.oci.Manifest.MAX_BYTES) {
      throw new io.headwater.fault.LimitException(
          "blob "
              + descriptor.digest()
              + " of "
              + descriptor.size()
              + " bytes: at most "
              + io.headwater.oci.Manifest.MAX_BYTES
              + " are taken for a config or manifest");
    }
    try (var in = blob(descriptor)) {
      var bytes = in.readNBytes((int) descriptor.size() + 1);
      checkDigest(bytes, descriptor.digest());
      return bytes;
    }
  }

  /** Refuses bytes that are not of a digest. */
  static void checkDigest(byte[] bytes, Digest digest) throws FormatException {
    var actual = Digest.of(digest.algorithm(), bytes);
    if (!actual.equals(digest)) {
      throw new FormatException("the content of " + digest + " has the digest " + actual);
    }
  }

  @Override
  default void close() throws IOException {}
}
