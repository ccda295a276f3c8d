package io.headwater.zfile;

import io.headwater.fault.LimitException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Queue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;

/**
 * Writes a ZFile in one pass (formats/overlaybd.md §2). Input is cut into blocks that worker
 * threads compress while more input comes; the output keeps the order.
 *
 * <p>The sink gets everything after the 512-byte header. The header is known at the end: the caller
 * puts the bytes that {@link #finish} returns in front ("header overwritten"), or writes {@link
 * #provisionalHeader} before anything else and leaves it ("trailer only"). Not safe for use by
 * several threads.
 */
public final class ZFileWriter {
  /** Bytes of the header that belongs in front of what the sink gets. */
  public static final int HEADER_BYTES = ZFileHeader.BYTES;

  private record Pending(Batch batch, Future<?> done) {}

  private final OutputStream sink;
  private final ZFileOptions options;
  private final BlockCompressors compressors;
  private final Queue<Pending> pending = new ArrayDeque<>();
  private final Queue<Batch> idle = new ArrayDeque<>();
  private Batch current;
  private int[] storedLengths = new int[1024];
  private int blocks;
  private long originalSize;
  private long position = ZFileHeader.BYTES;

  /**
   * Begins a file at the sink.
   *
   * @throws IllegalArgumentException if the compressors are for other options
   */
  public ZFileWriter(OutputStream sink, ZFileOptions options, BlockCompressors compressors) {
    if (!compressors.serves(options)) {
      throw new IllegalArgumentException("the compressors are not for " + options);
    }
    this.sink = sink;
    this.options = options;
    this.compressors = compressors;
    this.current = new Batch(options);
  }

  /** What a finished file has in front, and its length in bytes with that. */
  public record Finished(byte[] header, long sizeBytes) {}

  /** The header of a file whose final values stand in the trailer alone. */
  public static byte[] provisionalHeader(ZFileOptions options) {
    var flags = ZFileHeader.HEADER | ZFileHeader.DATA_FILE | ZFileHeader.DIGEST;
    return new ZFileHeader(flags, 0, 0, 0, 0, options.blockSize(), options.compression(), true)
        .toBytes();
  }

  /** Appends {@code length} bytes of input. */
  public void write(byte[] bytes, int offset, int length) throws IOException {
    var from = offset;
    var end = offset + length;
    while (from < end) {
      from += current.fill(bytes, from, end - from);
      if (current.isFull()) {
        submit();
      }
    }
    originalSize += length;
  }

  private void submit() throws IOException {
    pending.add(new Pending(current, compressors.submit(current)));
    // Enough to keep every worker busy while the producer waits for the oldest.
    while (pending.size() > 3 * compressors.threads()) {
      drainOne();
    }
    var reused = idle.poll();
    current = reused != null ? reused : new Batch(options);
  }

  private void drainOne() throws IOException {
    var oldest = pending.remove();
    try {
      oldest.done().get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("compression was interrupted");
    } catch (ExecutionException e) {
      throw new IOException("compression failed: " + e.getCause(), e);
    }
    var batch = oldest.batch();
    sink.write(batch.output(), 0, batch.outputLength());
    position += batch.outputLength();
    for (int i = 0; i < batch.blocks(); i++) {
      addLength(batch.storedLength(i));
    }
    batch.reset();
    idle.add(batch);
  }

  private void addLength(int stored) throws LimitException {
    if (blocks == storedLengths.length) {
      if (blocks > Integer.MAX_VALUE / 8) {
        throw new LimitException("ZFile: more than " + blocks + " blocks; use a larger block size");
      }
      storedLengths = Arrays.copyOf(storedLengths, blocks * 2);
    }
    storedLengths[blocks++] = stored;
  }

  /** Compresses what is left and writes index and trailer. The sink stays open. */
  public Finished finish() throws IOException {
    if (!current.isEmpty()) {
      submit();
    }
    while (!pending.isEmpty()) {
      drainOne();
    }
    var index = new byte[blocks * Integer.BYTES];
    var out = ByteBuffer.wrap(index).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < blocks; i++) {
      out.putInt(storedLengths[i]);
    }
    sink.write(index);
    var indexCrc = RawCrc32c.ofMetadata().of(index);
    sink.write(end(ZFileHeader.DATA_FILE | ZFileHeader.SEALED | ZFileHeader.DIGEST, indexCrc));
    var header =
        end(
            ZFileHeader.HEADER
                | ZFileHeader.DATA_FILE
                | ZFileHeader.OVERWRITTEN
                | ZFileHeader.DIGEST,
            indexCrc);
    return new Finished(header, position + index.length + ZFileHeader.BYTES);
  }

  private byte[] end(long flags, int indexCrc) {
    return new ZFileHeader(
            flags,
            position,
            blocks,
            originalSize,
            indexCrc,
            options.blockSize(),
            options.compression(),
            true)
        .toBytes();
  }
}
