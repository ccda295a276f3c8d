package io.headwater.block;

import io.headwater.fault.Sentence;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/**
 * A device read from its first byte to its last in large pieces, each fetched while the one before
 * is used: for devices of which a read is far. Takes the memory of two pieces. Closing it leaves
 * the device open. For one thread.
 */
public final class ReadAheadStream extends InputStream {
  private final BlockDevice device;
  private final int pieceBytes;
  private byte[] piece = new byte[0];
  private int used;
  private long fetched;
  private CompletableFuture<byte[]> next;

  /**
   * Begins to read.
   *
   * @param pieceBytes bytes that are asked for at once
   */
  public ReadAheadStream(BlockDevice device, int pieceBytes) {
    this.device = device;
    this.pieceBytes = pieceBytes;
    this.next = fetch();
  }

  private CompletableFuture<byte[]> fetch() {
    var result = new CompletableFuture<byte[]>();
    var offset = fetched;
    var length = (int) Math.min(pieceBytes, device.sizeBytes() - offset);
    fetched += length;
    if (length == 0) {
      result.complete(new byte[0]);
      return result;
    }
    Thread.ofVirtual()
        .name("read ahead")
        .start(
            () -> {
              try {
                result.complete(device.read(offset, length).array());
              } catch (Throwable e) {
                result.completeExceptionally(e);
              }
            });
    return result;
  }

  /** Makes sure that there is a byte; false at the end. */
  private boolean fill() throws IOException {
    if (used < piece.length) {
      return true;
    }
    try {
      piece = next.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("reading was interrupted");
    } catch (ExecutionException e) {
      var cause = e.getCause() == null ? e : e.getCause();
      throw cause instanceof IOException failure
          ? failure
          : new IOException(Sentence.of(cause), cause);
    }
    used = 0;
    if (piece.length == 0) {
      return false;
    }
    next = fetch();
    return true;
  }

  @Override
  public int read() throws IOException {
    return fill() ? piece[used++] & 0xff : -1;
  }

  @Override
  public int read(byte[] out, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    if (!fill()) {
      return -1;
    }
    var count = Math.min(length, piece.length - used);
    System.arraycopy(piece, used, out, offset, count);
    used += count;
    return count;
  }
}
