package io.headwater.convert;

import io.headwater.convert.PlatformImages.PlatformImage;
import io.headwater.ext4.DeviceFullException;
import io.headwater.fault.FormatException;
import io.headwater.oci.Descriptor;
import io.headwater.oci.Digest;
import io.headwater.source.ImageSource;
import io.headwater.zfile.BlockCompressors;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Converts an image: every platform of it that is linux. An artifact's manifest is written last, so
 * that a conversion that fails or is interrupted leaves none; what it finished of layers is found
 * again by the next.
 */
public final class ImageConverter {
  /**
   * Compressed layers are taken to expand to so many times their size when the device's size is
   * chosen.
   */
  private static final int EXPANSION = 4;

  private final ConversionOptions options;

  public ImageConverter(ConversionOptions options) {
    this.options = options;
  }

  /**
   * Converts. Interrupting the thread stops it. Of an index, images that cannot be converted are
   * passed over, as the listener is told, as long as there is one that can.
   *
   * @throws ConversionException if the image is none that can be converted
   * @throws FormatException if it breaks a rule of its formats
   */
  public List<Artifact> convert(
      ImageSource source, ArtifactTarget target, ConversionListener listener) throws IOException {
    var selection = PlatformImages.select(source, options.platform());
    var images = selection.images();
    selection.passedOver().forEach(listener::passedOver);
    listener.begin(
        images.stream()
            .flatMap(i -> i.manifest().layers().stream())
            .mapToLong(Descriptor::size)
            // What another registry states may be anything.
            .reduce(0, (sum, size) -> size > Long.MAX_VALUE - sum ? Long.MAX_VALUE : sum + size));
    var artifacts = new ArrayList<Artifact>();
    try (var compressors = BlockCompressors.of(options.zfile())) {
      FormatException fault = null;
      for (var image : images) {
        try {
          artifacts.add(convert(image, source, target, listener, compressors));
        } catch (FormatException e) {
          if (images.size() == 1) {
            throw e;
          }
          // A bad image of an index leaves the others alone.
          fault = fault == null ? e : fault;
          listener.passedOver(
              PlatformImages.line(
                  image.stored().digest(), image.platform(), String.valueOf(e.getMessage())));
        }
      }
      if (artifacts.isEmpty() && fault != null) {
        throw fault;
      }
    }
    return artifacts;
  }

  /**
   * The images that converting would convert, each for one platform.
   *
   * @param passedOver is told a line for each image that it would not
   * @throws ConversionException if there are none
   */
  public List<Digest> images(ImageSource source, Consumer<String> passedOver) throws IOException {
    var selection = PlatformImages.select(source, options.platform());
    selection.passedOver().forEach(passedOver);
    return selection.images().stream().map(image -> image.stored().digest()).toList();
  }

  private Artifact convert(
      PlatformImage image,
      ImageSource source,
      ArtifactTarget target,
      ConversionListener listener,
      BlockCompressors compressors)
      throws IOException {
    for (var device = firstDevice(image); ; device *= 2) {
      try (var layers =
          new LayerSeries(image, source, target, listener, options, device, compressors)) {
        return ArtifactManifest.put(image, layers.convert(), target);
      } catch (DeviceFullException e) {
        if (device > options.maxDeviceBytes() / 2) {
          throw new io.headwater.fault.LimitException(
              "image "
                  + image.stored().digest()
                  + " does not fit on a device of "
                  + device
                  + " bytes, the largest allowed (max-device-size)");
        }
      }
    }
  }

  /**
   * The least device of the doubling row on which the content probably fits with room: follows from
   * the image alone.
   */
  private long firstDevice(PlatformImage image) {
    var expected = 0L;
    for (var layer : image.manifest().layers()) {
      var size = Math.min(layer.size(), options.maxDeviceBytes());
      expected += layer.mediaType().endsWith("tar") ? size : size * EXPANSION;
    }
    var device = options.deviceBytes();
    while (device < options.maxDeviceBytes() && expected > device / 2) {
      device *= 2;
    }
    return device;
  }
}
