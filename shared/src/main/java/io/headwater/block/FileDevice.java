package io.headwater.block;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A file as a device. Its size is the one that the file had when it was opened. */
public final class FileDevice implements BlockDevice {
  private final FileChannel channel;
  private final Path path;
  private final long sizeBytes;

  private FileDevice(FileChannel channel, Path path, long sizeBytes) {
    this.channel = channel;
    this.path = path;
    this.sizeBytes = sizeBytes;
  }

  /** Opens {@code path} for reading. */
  public static FileDevice open(Path path) throws IOException {
    var channel = FileChannel.open(path, StandardOpenOption.READ);
    try {
      return new FileDevice(channel, path, channel.size());
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  /**
   * A file that is open already.
   *
   * @param channel closed with the device
   * @param path for messages
   */
  public static FileDevice of(FileChannel channel, Path path) throws IOException {
    return new FileDevice(channel, path, channel.size());
  }

  @Override
  public long sizeBytes() {
    return sizeBytes;
  }

  @Override
  public void read(long offsetBytes, ByteBuffer destination) throws IOException {
    BlockDevice.checkRange(offsetBytes, destination.remaining(), sizeBytes);
    var position = offsetBytes;
    while (destination.hasRemaining()) {
      var count = channel.read(destination, position);
      if (count < 0) {
        throw new EOFException(
            path + " became shorter than " + sizeBytes + " bytes while it was read");
      }
      position += count;
    }
  }

  @Override
  public void copyTo(FileChannel out, long offsetBytes, long length) throws IOException {
    if (offsetBytes < 0 || offsetBytes > sizeBytes - length) {
      throw new EOFException(length + " bytes at " + offsetBytes + " leave " + path);
    }
    for (long done = 0; done < length; ) {
      var count = channel.transferTo(offsetBytes + done, length - done, out);
      if (count <= 0) {
        throw new EOFException(
            path + " became shorter than " + sizeBytes + " bytes while it was read");
      }
      done += count;
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
