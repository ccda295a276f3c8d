package io.headwater.ext4;

import io.headwater.fault.LimitException;
import java.io.IOException;
import java.util.Arrays;

/**
 * The content of a file that {@link Ext4Writer} creates, from its first byte to its last. Blocks
 * that are all zero become holes. {@link #close} writes the file's size and extents.
 */
public final class FileContent implements AutoCloseable {
  private static final int BLOCK = Geometry.BLOCK;
  private static final byte[] ZEROS = new byte[BLOCK];

  /** Block numbers in a file have 32 bits. */
  private static final long MAX_BYTES = (1L << 32) * BLOCK - BLOCK;

  private final Ext4Writer writer;
  private final long inode;
  private final ExtentList extents = new ExtentList();
  private final byte[] partial = new byte[BLOCK];
  private int partialLength;
  private long position;

  FileContent(Ext4Writer writer, long inode) {
    this.writer = writer;
    this.inode = inode;
  }

  /** The file's inode. */
  public long inode() {
    return inode;
  }

  /** Appends {@code length} bytes. */
  public void write(byte[] bytes, int offset, int length) throws IOException {
    advance(length);
    var from = offset;
    var left = length;
    if (partialLength > 0) {
      var count = Math.min(left, BLOCK - partialLength);
      System.arraycopy(bytes, from, partial, partialLength, count);
      partialLength += count;
      from += count;
      left -= count;
      flushPartialWhenFull(position - left);
    }
    var whole = left / BLOCK * BLOCK;
    if (whole > 0) {
      writeBlocks(bytes, from, whole / BLOCK, (position - left) / BLOCK);
      from += whole;
      left -= whole;
    }
    if (left > 0) {
      System.arraycopy(bytes, from, partial, 0, left);
      partialLength = left;
    }
  }

  /** Appends {@code length} zero bytes that take no space. */
  public void hole(long length) throws IOException {
    var left = length;
    if (partialLength > 0) {
      var count = (int) Math.min(left, BLOCK - partialLength);
      advance(count);
      Arrays.fill(partial, partialLength, partialLength + count, (byte) 0);
      partialLength += count;
      left -= count;
      flushPartialWhenFull(position);
    }
    advance(left);
    if (left % BLOCK > 0) {
      partialLength = (int) (left % BLOCK);
      Arrays.fill(partial, 0, partialLength, (byte) 0);
    }
  }

  private void advance(long length) throws LimitException {
    if (position > MAX_BYTES - length) {
      throw new LimitException("file of more than " + MAX_BYTES + " bytes: ext4 takes no more");
    }
    position += length;
  }

  private void flushPartialWhenFull(long end) throws IOException {
    if (partialLength == BLOCK) {
      writeBlocks(partial, 0, 1, end / BLOCK - 1);
      partialLength = 0;
    }
  }

  /** Writes whole blocks: runs that are not zero get space, the others become holes. */
  private void writeBlocks(byte[] bytes, int offset, int count, long logical) throws IOException {
    for (int i = 0; i < count; ) {
      var from = i;
      while (i < count && !isZero(bytes, offset + i * BLOCK)) {
        i++;
      }
      if (i > from) {
        var physical = writer.volume().allocator().allocateData(i - from);
        writer.output().write(physical * BLOCK, bytes, offset + from * BLOCK, (i - from) * BLOCK);
        extents.add(logical + from, physical, i - from);
      }
      while (i < count && isZero(bytes, offset + i * BLOCK)) {
        i++;
      }
    }
  }

  private static boolean isZero(byte[] bytes, int offset) {
    return bytes[offset] == 0 && Arrays.equals(bytes, offset, offset + BLOCK, ZEROS, 0, BLOCK);
  }

  @Override
  public void close() throws IOException {
    if (partialLength > 0) {
      Arrays.fill(partial, partialLength, BLOCK, (byte) 0);
      writeBlocks(partial, 0, 1, position / BLOCK);
      partialLength = 0;
    }
    var target = writer.inodes().change(inode);
    var volume = writer.volume();
    var tree =
        ExtentTree.write(
            target, extents.extents(), volume.cache(), volume.allocator()::allocateMetadata);
    target.putFileSize(position);
    var xattrBlocks = target.xattrBlock() != 0 ? 1 : 0;
    target.putSectors((extents.blocks() + tree.size() + xattrBlocks) * (BLOCK / 512));
  }
}
