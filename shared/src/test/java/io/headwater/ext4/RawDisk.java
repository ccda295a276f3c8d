package io.headwater.ext4;

import io.headwater.block.FileDevice;
import java.io.Closeable;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;

/** A file system written straight to a sparse file, for looking at it with other programs. */
final class RawDisk implements Closeable {
  static final Instant TIME = Instant.parse("2024-02-29T12:00:00.123456789Z");
  static final Attributes PLAIN = attributes(0644, Map.of());

  private final Path path;
  private final RandomAccessFile file;
  private long written;

  RawDisk(Path path, long sizeBytes) throws IOException {
    this.path = path;
    this.file = new RandomAccessFile(path.toFile(), "rw");
    file.setLength(sizeBytes);
  }

  static Attributes attributes(int permissions, Map<String, byte[]> xattrs) {
    return new Attributes(permissions, 1000, 100, TIME, TIME, xattrs);
  }

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** What is put into a layer. */
  interface Layer {
    void on(Ext4Writer files) throws IOException;
  }

  /** Formats the disk and writes a first layer. */
  Ext4Writer format(Layer layer) throws IOException {
    var files = Ext4Writer.format(file.length(), new UUID(1, 2), Long.MAX_VALUE);
    write(files, layer);
    return files;
  }

  /** Writes a further layer; returns the bytes of blocks that it changed. */
  long write(Ext4Writer files, Layer layer) throws IOException {
    written = 0;
    files.beginLayer(
        (offset, bytes, from, length) -> {
          file.seek(offset);
          file.write(bytes, from, length);
          written += length;
        });
    layer.on(files);
    files.finishLayer();
    return written;
  }

  static void file(Ext4Writer files, long parent, String name, byte[] content) throws IOException {
    try (var out = files.createFile(parent, name, PLAIN)) {
      out.write(content, 0, content.length);
    }
  }

  Path path() {
    return path;
  }

  Ext4Reader reader() throws IOException {
    return Ext4Reader.open(FileDevice.open(path));
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
