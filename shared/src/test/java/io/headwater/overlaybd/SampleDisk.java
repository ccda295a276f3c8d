package io.headwater.overlaybd;

import io.headwater.block.MemoryDevice;
import io.headwater.ext4.Ext4Reader;
import io.headwater.ext4.FileStatus;
import io.headwater.ext4.FileType;
import io.headwater.layer.LayerLimits;
import io.headwater.sample.Tar;
import io.headwater.zfile.BlockCompressors;
import io.headwater.zfile.Compression;
import io.headwater.zfile.ZFileOptions;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;

/** Layers converted in memory, and the disk that they make. */
public final class SampleDisk {
  private static final ZFileOptions OPTIONS = new ZFileOptions(Compression.LZ4, 1, 4096);
  private static final long DEVICE = 1L << 30;

  private final List<byte[]> blobs;
  private final OverlaybdImage image;

  private SampleDisk(List<byte[]> blobs) throws IOException {
    this.blobs = blobs;
    this.image = OverlaybdImage.open(blobs.stream().map(MemoryDevice::new).toList());
  }

  /** Converts layers, lowest first. */
  public static SampleDisk of(Tar... layers) throws IOException {
    try (var compressors = BlockCompressors.of(OPTIONS)) {
      var converter =
          LayerConverter.begin(DEVICE, new UUID(3, 4), OPTIONS, compressors, LayerLimits.DEFAULT);
      var blobs = new ArrayList<byte[]>();
      for (var layer : layers) {
        blobs.add(convert(converter, layer, blobs.size()));
      }
      return new SampleDisk(blobs);
    }
  }

  /** Converts each layer with a converter of its own, which goes on from the blobs below. */
  static SampleDisk resumed(Tar... layers) throws IOException {
    try (var compressors = BlockCompressors.of(OPTIONS)) {
      var blobs = new ArrayList<byte[]>(of(layers[0]).blobs);
      for (int i = 1; i < layers.length; i++) {
        var below = OverlaybdImage.open(blobs.stream().map(MemoryDevice::new).toList());
        var converter =
            LayerConverter.resume(below.disk(), OPTIONS, compressors, LayerLimits.DEFAULT);
        blobs.add(convert(converter, layers[i], i));
      }
      return new SampleDisk(blobs);
    }
  }

  private static byte[] convert(LayerConverter converter, Tar layer, int i) throws IOException {
    var body = new ByteArrayOutputStream();
    var parent = i == 0 ? LayerConverter.NO_PARENT : new UUID(0, i);
    var front =
        converter.convert(
            new ByteArrayInputStream(layer.build()), body, new UUID(0, i + 1), parent);
    var blob = new ByteArrayOutputStream();
    blob.writeBytes(front);
    blob.writeBytes(body.toByteArray());
    return blob.toByteArray();
  }

  List<byte[]> blobs() {
    return blobs;
  }

  OverlaybdImage image() {
    return image;
  }

  public Ext4Reader files() throws IOException {
    return image.fileSystem();
  }

  FileStatus status(String path) throws IOException {
    return files().resolve(path, false).orElseThrow(() -> new AssertionError("no " + path));
  }

  String text(String path) throws IOException {
    var status = status(path);
    var content = files().content(status).read(0, (int) status.sizeBytes()).array();
    return new String(content, StandardCharsets.UTF_8);
  }

  /** All paths but lost+found, ascending; a directory's has a slash at its end. */
  List<String> paths() throws IOException {
    var paths = new ArrayList<String>();
    collect(files(), files().root(), "", paths);
    paths.remove("lost+found/");
    paths.sort(Comparator.naturalOrder());
    return paths;
  }

  private static void collect(Ext4Reader files, FileStatus directory, String at, List<String> out)
      throws IOException {
    for (var entry : files.list(directory)) {
      var status = files.status(entry.inode());
      if (status.type() == FileType.DIRECTORY) {
        out.add(at + entry.name() + "/");
        collect(files, status, at + entry.name() + "/", out);
      } else {
        out.add(at + entry.name());
      }
    }
  }

  /** The disk as a sparse file. */
  Path export(Path file) throws IOException {
    try (var out = new RandomAccessFile(file.toFile(), "rw")) {
      out.setLength(image.disk().sizeBytes());
      image
          .disk()
          .forEachMapped(
              (offset, length) -> {
                out.seek(offset);
                out.write(image.disk().read(offset, (int) length).array());
              });
    }
    return file;
  }

  /** The blobs as files. */
  List<Path> files(Path folder) throws IOException {
    var files = new ArrayList<Path>();
    for (int i = 0; i < blobs.size(); i++) {
      files.add(Files.write(folder.resolve("layer-" + i), blobs.get(i)));
    }
    return files;
  }
}
