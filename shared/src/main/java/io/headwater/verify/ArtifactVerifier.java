package io.headwater.verify;

import io.headwater.block.BlockDevice;
import io.headwater.fault.FormatException;
import io.headwater.layer.LayerLimits;
import io.headwater.layer.LayerStream;
import io.headwater.layer.TarReader;
import io.headwater.oci.Descriptor;
import io.headwater.oci.Digest;
import io.headwater.oci.ImageConfig;
import io.headwater.oci.ImageManifest;
import io.headwater.overlaybd.LayerBlob;
import io.headwater.overlaybd.OverlaybdImage;
import io.headwater.source.ArtifactSource;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Opens an artifact as a node would, checks every checksum, walks the whole file system and
 * compares it with the tree that the original's layers make.
 */
public final class ArtifactVerifier {
  private static final int READ_BYTES = 1 << 20;

  private final ArtifactSource source;
  private final LayerLimits limits;

  public ArtifactVerifier(ArtifactSource source, LayerLimits limits) {
    this.source = source;
    this.limits = limits;
  }

  /**
   * What was found.
   *
   * @param files files that were looked at
   * @param differences one sentence each; empty when the artifact is what it should be
   */
  public record Report(long files, List<String> differences) {}

  /**
   * Verifies.
   *
   * @throws FormatException if a blob is not of its digest or breaks a rule of its formats
   */
  public Report verify(ImageManifest artifact, ImageManifest original) throws IOException {
    try (var image = openChecked(artifact)) {
      var expected = new ExpectedTree();
      var diffIds = ImageConfig.parse(source.smallBlob(original.config())).diffIds();
      for (int i = 0; i < original.layers().size(); i++) {
        apply(original.layers().get(i), diffIds.get(i), expected);
      }
      var comparison = new TreeComparison(image.fileSystem());
      comparison.compare(expected.root());
      return new Report(comparison.count(), comparison.differences());
    }
  }

  /**
   * Verifies what can be told without an original: every checksum, and that each file of the file
   * system can be read and has the names that it counts.
   *
   * @throws FormatException if a blob is not of its digest or breaks a rule of its formats
   */
  public Report verify(ImageManifest artifact) throws IOException {
    try (var image = openChecked(artifact)) {
      var walk = new FileSystemWalk(image.fileSystem());
      walk.run();
      return new Report(walk.count(), walk.differences());
    }
  }

  private OverlaybdImage openChecked(ImageManifest artifact) throws IOException {
    var layers = OverlaybdImage.layersOf(artifact);
    var blobs = new ArrayList<BlockDevice>();
    for (var layer : artifact.layers()) {
      checkDigest(layer);
    }
    for (var layer : layers) {
      blobs.add(source.device(layer));
    }
    var image = OverlaybdImage.open(blobs);
    try {
      for (int i = 0; i < layers.size(); i++) {
        checkBlocks(image.layers().get(i), layers.get(i));
      }
      return image;
    } catch (IOException | RuntimeException e) {
      image.close();
      throw e;
    }
  }

  private void apply(Descriptor layer, Digest diffId, ExpectedTree tree) throws IOException {
    try (var tar = new LayerStream(source.blob(layer), layer, diffId, limits, n -> {})) {
      tree.apply(new TarReader(tar, limits));
    } catch (FormatException e) {
      throw e.in("original layer " + layer.digest());
    }
  }

  private void checkDigest(Descriptor layer) throws IOException {
    var computation = layer.digest().computation();
    long size = 0;
    try (var in = source.blob(layer)) {
      var buffer = new byte[READ_BYTES];
      for (int count = in.read(buffer); count > 0; count = in.read(buffer)) {
        computation.update(buffer, 0, count);
        size += count;
      }
    }
    var actual = Digest.ofHash(layer.digest().algorithm(), computation.digest());
    if (!actual.equals(layer.digest()) || size != layer.size()) {
      throw new FormatException(
          "artifact layer " + layer.digest() + " has " + size + " bytes of digest " + actual);
    }
  }

  /** Reads every block of a layer, which checks each one's checksum and length. */
  private static void checkBlocks(LayerBlob layer, Descriptor descriptor) throws IOException {
    var content = layer.zfile();
    if (content == null) {
      return;
    }
    try {
      var buffer = ByteBuffer.allocate(READ_BYTES);
      for (long at = 0; at < content.sizeBytes(); at += buffer.limit()) {
        buffer.clear().limit((int) Math.min(READ_BYTES, content.sizeBytes() - at));
        content.read(at, buffer);
      }
    } catch (FormatException e) {
      throw e.in("artifact layer " + descriptor.digest());
    }
  }
}
