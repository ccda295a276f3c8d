package io.headwater.convert;

import io.headwater.block.BlockDevice;
import io.headwater.convert.ConversionListener.LayerReport;
import io.headwater.convert.PlatformImages.PlatformImage;
import io.headwater.fault.FormatException;
import io.headwater.layer.LayerStream;
import io.headwater.oci.Descriptor;
import io.headwater.oci.Digest;
import io.headwater.overlaybd.LayerBlobWriter;
import io.headwater.overlaybd.LayerConverter;
import io.headwater.overlaybd.OverlaybdImage;
import io.headwater.source.ImageSource;
import io.headwater.store.StoredBlob;
import io.headwater.zfile.BlockCompressors;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The layers of one image, converted one after the other on a device of one size. Used once. */
final class LayerSeries implements Closeable {
  private final PlatformImage image;
  private final ImageSource source;
  private final ArtifactTarget target;
  private final ConversionListener listener;
  private final ConversionOptions options;
  private final long deviceBytes;
  private final BlockCompressors compressors;
  private final String parameters;
  private final List<Digest> chain;
  private final List<Digest> verified;
  private final List<StoredBlob> done = new ArrayList<>();
  private final LayerSeals seals = new LayerSeals();
  private @Nullable OverlaybdImage below;

  LayerSeries(
      PlatformImage image,
      ImageSource source,
      ArtifactTarget target,
      ConversionListener listener,
      ConversionOptions options,
      long deviceBytes,
      BlockCompressors compressors) {
    this.image = image;
    this.source = source;
    this.target = target;
    this.listener = listener;
    this.options = options;
    this.deviceBytes = deviceBytes;
    this.compressors = compressors;
    this.parameters = options.parameters(deviceBytes);
    this.chain = ChainId.of(image.config().diffIds());
    this.verified =
        ChainId.verified(
            image.manifest().layers().stream().map(Descriptor::digest).toList(),
            image.config().diffIds());
  }

  /** Converts what was not converted before; returns all layers, lowest first. */
  List<StoredBlob> convert() throws IOException {
    reuse();
    if (done.size() == chain.size()) {
      return done;
    }
    var converter = converter();
    for (int i = done.size(); i < chain.size(); i++) {
      convert(i, converter);
      // One is sealed while the next is converted.
      finishSealed(1);
    }
    finishSealed(0);
    return done;
  }

  private void finishSealed(int leave) throws IOException {
    while (seals.pending() > leave) {
      var blob = seals.next();
      target.adopt(blob);
      target.keep(keptName(done.size()), blob);
      report(blob, false);
    }
  }

  /**
   * Takes over what was converted before. A converted layer is its original's content in another
   * form, so it is for who has all of the originals: a digest or diffID that an image names earns
   * nothing. Whatever is not taken over is expanded, and its digests are checked.
   */
  private void reuse() throws IOException {
    for (int i = 0; i < verified.size(); i++) {
      if (!source.holds(layer(i))) {
        return;
      }
      var kept = target.reusable(keptName(i));
      if (kept.isEmpty()) {
        return;
      }
      target.adopt(kept.get());
      listener.read(layer(done.size()).size());
      report(kept.get(), true);
    }
  }

  private String keptName(int i) {
    var name = verified.get(i);
    return parameters + "/" + name.algorithm() + "-" + name.hex();
  }

  private void report(StoredBlob blob, boolean reused) {
    var original = layer(done.size());
    done.add(blob);
    listener.layerDone(
        new LayerReport(
            image.platform(), done.size(), chain.size(), reused, original, blob.size()));
  }

  private LayerConverter converter() throws IOException {
    if (done.isEmpty()) {
      var uuid = ChainId.uuid(chain.getFirst(), "ext4 " + parameters);
      return LayerConverter.begin(
          deviceBytes, uuid, options.zfile(), compressors, options.limits());
    }
    var blobs = new ArrayList<BlockDevice>();
    try {
      for (var layer : done) {
        blobs.add(target.open(layer.digest()));
      }
    } catch (IOException e) {
      for (var blob : blobs) {
        blob.close();
      }
      throw e;
    }
    below = OverlaybdImage.open(blobs);
    return LayerConverter.resume(below.disk(), options.zfile(), compressors, options.limits());
  }

  private Descriptor layer(int i) {
    return image.manifest().layers().get(i);
  }

  private void convert(int i, LayerConverter converter) throws IOException {
    var layer = layer(i);
    var uuid = ChainId.uuid(chain.get(i), parameters);
    var parent = i == 0 ? LayerConverter.NO_PARENT : ChainId.uuid(chain.get(i - 1), parameters);
    var stage = target.stage(LayerBlobWriter.FRONT_BYTES);
    try (var tar =
        new LayerStream(
            source.blob(layer),
            layer,
            image.config().diffIds().get(i),
            options.limits(),
            listener::read)) {
      seals.seal(stage, converter.convert(tar, stage.body(), uuid, parent));
    } catch (FormatException e) {
      stage.close();
      throw e.in("layer " + (i + 1) + " of " + chain.size() + " (" + layer.digest() + ")");
    } catch (IOException | RuntimeException e) {
      stage.close();
      throw e;
    }
  }

  @Override
  public void close() throws IOException {
    seals.close();
    if (below != null) {
      below.close();
    }
  }
}
