package io.headwater.layer;

import io.headwater.fault.FormatException;
import io.headwater.fault.LimitException;
import io.headwater.oci.Descriptor;
import io.headwater.oci.Digest;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.security.MessageDigest;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * A layer's tar, expanded on a thread of its own while the reader works on what came before. At the
 * end the blob's digest and size and the tar's diffID are compared with what was promised: a reader
 * that got to the end has read what it asked for.
 */
public final class LayerStream extends InputStream {
  private static final int CHUNK_BYTES = 128 * 1024;
  private static final int CHUNKS = 12;

  /** Some bytes of the tar, or how it ended. */
  private record Chunk(byte[] bytes, int length, @Nullable IOException fault) {
    boolean isLast() {
      return length == 0;
    }
  }

  private final BlockingQueue<Chunk> full = new ArrayBlockingQueue<>(CHUNKS);
  private final BlockingQueue<byte[]> empty = new ArrayBlockingQueue<>(CHUNKS);
  private final Descriptor layer;
  private final Digest diffId;
  private final LayerLimits limits;
  private final Thread expander;

  /** Fed by the reader, whose thread has more time than the one that expands. */
  private final MessageDigest tarDigest;

  private final byte[] single = new byte[1];
  private @Nullable Chunk current;
  private int position;

  /**
   * Begins to expand.
   *
   * @param blob the layer's bytes; closed at the end
   * @param layer what they must be
   * @param diffId what the tar must be
   * @param onRead is told of each number of bytes that was read of the blob
   */
  public LayerStream(
      InputStream blob, Descriptor layer, Digest diffId, LayerLimits limits, LongConsumer onRead) {
    this.layer = layer;
    this.diffId = diffId;
    this.limits = limits;
    this.tarDigest = diffId.computation();
    for (int i = 0; i < CHUNKS - 1; i++) {
      empty.add(new byte[CHUNK_BYTES]);
    }
    this.expander = Thread.ofPlatform().daemon().name("expand").start(() -> expand(blob, onRead));
  }

  /** Counts and digests what passes. */
  private static final class Metered extends FilterInputStream {
    private final MessageDigest digest;
    private final LongConsumer onRead;
    private long count;

    Metered(InputStream in, MessageDigest digest, LongConsumer onRead) {
      super(in);
      this.digest = digest;
      this.onRead = onRead;
    }

    @Override
    public int read() throws IOException {
      var one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] out, int offset, int length) throws IOException {
      var got = super.read(out, offset, length);
      if (got > 0) {
        digest.update(out, offset, got);
        count += got;
        onRead.accept(got);
      }
      return got;
    }

    /** Reads what the decompressor left, so that the digest is of the whole blob. */
    void readToEnd() throws IOException {
      var rest = new byte[8192];
      while (read(rest, 0, rest.length) >= 0) {
        // digested and counted
      }
    }
  }

  private void expand(InputStream blob, LongConsumer onRead) {
    try {
      IOException fault = null;
      try (blob) {
        expandChecked(blob, onRead);
      } catch (FormatException e) {
        fault = e.in("layer " + layer.digest());
      } catch (IOException e) {
        fault = e;
      } catch (RuntimeException | Error e) {
        // An Error too: the reader waits for the end of this thread's work, whatever ends it.
        fault = new IOException("layer " + layer.digest() + " could not be expanded", e);
      }
      full.put(new Chunk(new byte[0], 0, fault));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // closed: nobody reads on
    }
  }

  private void expandChecked(InputStream blob, LongConsumer onRead)
      throws IOException, InterruptedException {
    var metered = new Metered(blob, layer.digest().computation(), onRead);
    long expanded = 0;
    try (var tar = Decompression.open(metered)) {
      while (true) {
        var chunk = empty.take();
        var length = tar.readNBytes(chunk, 0, chunk.length);
        if (length == 0) {
          break;
        }
        expanded += length;
        if (expanded > limits.maxExpandedBytes()) {
          throw new LimitException(
              "expands to more than " + limits.maxExpandedBytes() + " bytes (max-expanded-bytes)");
        }
        full.put(new Chunk(chunk, length, null));
      }
      metered.readToEnd();
    }
    checkBlob(metered);
  }

  private void checkBlob(Metered metered) throws FormatException {
    if (metered.count != layer.size()) {
      throw new FormatException(
          "the blob has " + metered.count + " bytes, its descriptor says " + layer.size());
    }
    var actual = Digest.ofHash(layer.digest().algorithm(), metered.digest.digest());
    if (!actual.equals(layer.digest())) {
      throw new FormatException("the blob's digest is " + actual);
    }
  }

  private void checkDiffId() throws FormatException {
    var actualDiffId = Digest.ofHash(diffId.algorithm(), tarDigest.digest());
    if (!actualDiffId.equals(diffId)) {
      throw new FormatException(
          "layer "
              + layer.digest()
              + ": the expanded layer's digest is "
              + actualDiffId
              + ", the config's diffID is "
              + diffId);
    }
  }

  @Override
  public int read() throws IOException {
    return read(single, 0, 1) < 0 ? -1 : single[0] & 0xff;
  }

  @Override
  public int read(byte[] out, int offset, int length) throws IOException {
    var chunk = chunk();
    if (chunk.isLast()) {
      if (chunk.fault() != null) {
        throw chunk.fault();
      }
      return -1;
    }
    var count = Math.min(length, chunk.length() - position);
    System.arraycopy(chunk.bytes(), position, out, offset, count);
    position += count;
    return count;
  }

  private Chunk chunk() throws IOException {
    try {
      var chunk = current;
      if (chunk == null || position == chunk.length() && !chunk.isLast()) {
        if (chunk != null) {
          empty.put(chunk.bytes());
        }
        chunk = full.take();
        current = chunk;
        position = 0;
        tarDigest.update(chunk.bytes(), 0, chunk.length());
        if (chunk.isLast() && chunk.fault() == null) {
          checkDiffId();
        }
      }
      return chunk;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("reading layer " + layer.digest() + " was interrupted");
    }
  }

  /** Ends the expansion, wherever it is. */
  @Override
  public void close() {
    expander.interrupt();
    full.clear();
  }
}
