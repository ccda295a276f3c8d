package io.headwater.overlaybd;

import io.headwater.block.BlockDevice;
import io.headwater.ext4.Ext4Reader;
import io.headwater.fault.FormatException;
import io.headwater.lsmt.LsmtReader;
import io.headwater.lsmt.MergedDevice;
import io.headwater.oci.Descriptor;
import io.headwater.oci.ImageManifest;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * A converted image opened as one virtual disk, from local files or over HTTP ranges. Safe for use
 * by several threads.
 *
 * @param layers lowest first
 * @param disk the device that they make
 */
public record OverlaybdImage(List<LayerBlob> layers, MergedDevice disk) implements Closeable {
  private static final String ACCELERATION = "containerd.io/snapshot/overlaybd/acceleration-layer";

  /**
   * The layers of an image that its disk consists of, lowest first: all but a trace of reads, which
   * lies on top (formats/overlaybd.md §5).
   */
  public static List<Descriptor> layersOf(ImageManifest image) {
    return image.layers().stream()
        .filter(layer -> !layer.annotation(ACCELERATION).equals("yes"))
        .toList();
  }

  /**
   * Opens the layers of an image.
   *
   * @param blobs lowest first; closed with the image, and when opening fails
   * @throws FormatException naming the layer, if one breaks a rule of its formats
   */
  public static OverlaybdImage open(List<? extends BlockDevice> blobs) throws IOException {
    var layers = new ArrayList<LayerBlob>();
    try {
      for (var blob : blobs) {
        try {
          layers.add(LayerBlob.open(blob));
        } catch (FormatException e) {
          throw e.in("overlaybd layer " + (layers.size() + 1) + " of " + blobs.size());
        }
      }
      List<LsmtReader> readers = layers.stream().map(LayerBlob::lsmt).toList();
      return new OverlaybdImage(List.copyOf(layers), new MergedDevice(readers));
    } catch (IOException | RuntimeException e) {
      for (var blob : blobs) {
        blob.close();
      }
      throw e;
    }
  }

  /** The file system on the disk. */
  public Ext4Reader fileSystem() throws IOException {
    return Ext4Reader.open(disk);
  }

  @Override
  public void close() throws IOException {
    disk.close();
  }
}
