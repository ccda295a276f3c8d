package io.headwater.source;

import io.headwater.fault.FormatException;
import io.headwater.fault.LimitException;
import io.headwater.oci.Descriptor;
import io.headwater.oci.Digest;
import io.headwater.oci.Platform;
import io.headwater.registry.StoredManifest;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;

/**
 * Copies an image from anywhere into a registry: exact bytes, what is there already not again, the
 * root manifest last. Broken off and begun anew, it goes on with what is missing.
 */
public final class ImageTransfer {
  private final ImageSource source;
  private final RemotePush target;
  private final List<Platform> platforms;
  private final LongConsumer onSent;
  private final List<Digest> copied = new ArrayList<>();
  private final List<Descriptor> missing = new ArrayList<>();

  /**
   * Prepares it.
   *
   * @param platforms of an index, only these: the index keeps its bytes and lists images that are
   *     not there; empty for all
   * @param onSent is told of each number of bytes that was sent
   */
  public ImageTransfer(
      ImageSource source, RemotePush target, List<Platform> platforms, LongConsumer onSent) {
    this.source = source;
    this.target = target;
    this.platforms = platforms;
    this.onSent = onSent;
  }

  /**
   * Copies. Of an index, what is there: an archive may hold a part of its images.
   *
   * @param reference that the image gets: a tag, or its digest
   * @param withReferrers what refers to the image and to those of an index too
   */
  public StoredManifest run(String reference, boolean withReferrers) throws IOException {
    var root = source.root();
    copyContent(root, 0);
    if (copied.isEmpty() && !missing.isEmpty()) {
      throw new FormatException(
          "none of the images that index " + root.digest() + " lists is there");
    }
    target.putManifest(root, reference);
    copied.add(root.digest());
    if (withReferrers && source instanceof ArtifactSource artifacts) {
      for (var digest : List.copyOf(copied)) {
        copyReferrers(artifacts, digest, 0);
      }
    }
    return root;
  }

  /** Images that an index lists and that were not there, or not all of them. */
  public List<Descriptor> missing() {
    return List.copyOf(missing);
  }

  private void copyReferrers(ArtifactSource artifacts, Digest subject, int depth)
      throws IOException {
    if (depth == ImageParts.MAX_DEPTH) {
      throw new LimitException(
          "referrers of " + subject + " are deeper than " + ImageParts.MAX_DEPTH);
    }
    for (var referrer : artifacts.referrers(subject)) {
      if (!copied.contains(referrer.digest())) {
        copied.add(referrer.digest());
        copy(referrer, depth);
        copyReferrers(artifacts, referrer.digest(), depth + 1);
      }
    }
  }

  private void copy(StoredManifest stored, int depth) throws IOException {
    if (!target.hasManifest(stored.digest())) {
      copyContent(stored, depth);
      target.putManifest(stored, stored.digest().toString());
    }
  }

  private void copyContent(StoredManifest stored, int depth) throws IOException {
    var parts = ImageParts.of(stored, platforms, depth);
    for (var blob : parts.blobs()) {
      copy(blob);
    }
    for (var child : parts.manifests()) {
      var found = source.find(child);
      if (found.isPresent() && source.missingBlob(found.get()).isEmpty()) {
        copy(found.get(), depth + 1);
        copied.add(child.digest());
      } else {
        missing.add(child);
      }
    }
  }

  private void copy(Descriptor blob) throws IOException {
    if (target.hasBlob(blob.digest())) {
      onSent.accept(blob.size());
    } else {
      target.putBlob(source, blob, onSent);
    }
  }
}
