package io.headwater.store.file;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import org.jspecify.annotations.Nullable;

/** A channel of a {@link RecordedDisk}. */
final class RecordedChannel extends FileChannel {
  private final FileChannel real;
  private final Journal journal;
  private final int inode;

  RecordedChannel(FileChannel real, Journal journal, int inode) {
    this.real = real;
    this.journal = journal;
    this.inode = inode;
  }

  @Override
  public int read(ByteBuffer to) throws IOException {
    return real.read(to);
  }

  @Override
  public long read(ByteBuffer[] to, int offset, int length) throws IOException {
    return real.read(to, offset, length);
  }

  @Override
  public int write(ByteBuffer from) throws IOException {
    var at = real.position();
    var copy = from.duplicate();
    var count = real.write(from);
    journal.wrote(inode, at, copy.limit(copy.position() + count));
    return count;
  }

  @Override
  public long write(ByteBuffer[] from, int offset, int length) throws IOException {
    long count = 0;
    for (int i = offset; i < offset + length; i++) {
      while (from[i].hasRemaining()) {
        count += write(from[i]);
      }
    }
    return count;
  }

  @Override
  public long position() throws IOException {
    return real.position();
  }

  @Override
  public FileChannel position(long position) throws IOException {
    real.position(position);
    return this;
  }

  @Override
  public long size() throws IOException {
    return real.size();
  }

  @Override
  public FileChannel truncate(long size) throws IOException {
    if (size < real.size()) {
      journal.truncated(inode, size);
    }
    real.truncate(size);
    return this;
  }

  @Override
  public void force(boolean metaData) {
    journal.forced(inode); // to a journal it is: the test needs no real fsync
  }

  @Override
  public long transferTo(long position, long count, WritableByteChannel target) throws IOException {
    return real.transferTo(position, count, target);
  }

  @Override
  public long transferFrom(ReadableByteChannel source, long position, long count) {
    throw new UnsupportedOperationException("the store does not transfer into files");
  }

  @Override
  public int read(ByteBuffer to, long position) throws IOException {
    return real.read(to, position);
  }

  @Override
  public int write(ByteBuffer from, long position) throws IOException {
    var copy = from.duplicate();
    var count = real.write(from, position);
    journal.wrote(inode, position, copy.limit(copy.position() + count));
    return count;
  }

  @Override
  public MappedByteBuffer map(MapMode mode, long position, long size) {
    throw new UnsupportedOperationException("the store maps no files");
  }

  @Override
  public FileLock lock(long position, long size, boolean shared) throws IOException {
    return real.lock(position, size, shared);
  }

  @Override
  public @Nullable FileLock tryLock(long position, long size, boolean shared) throws IOException {
    return real.tryLock(position, size, shared);
  }

  @Override
  protected void implCloseChannel() throws IOException {
    real.close();
  }
}
