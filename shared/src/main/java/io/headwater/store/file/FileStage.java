package io.headwater.store.file;

import io.headwater.fault.FormatException;
import io.headwater.oci.Digest;
import io.headwater.store.Stage;
import io.headwater.store.StoreException;
import io.headwater.store.StoredBlob;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Optional;

/** A blob on its way into a folder, in a file of its own until it is whole. */
final class FileStage implements Stage {
  private final BlobFolder blobs;
  private final Path path;
  private final FileChannel channel;
  private final int frontBytes;
  private final MessageDigest digest = Digest.sha256();
  private final Body body = new Body();

  FileStage(BlobFolder blobs, Path path, FileChannel channel, int frontBytes) {
    this.blobs = blobs;
    this.path = path;
    this.channel = channel;
    this.frontBytes = frontBytes;
  }

  private final class Body extends OutputStream {
    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      if (frontBytes == 0) {
        digest.update(bytes, offset, length);
      }
      try {
        writeFully(ByteBuffer.wrap(bytes, offset, length));
      } catch (ClosedByInterruptException e) {
        throw new InterruptedIOException("writing a blob was interrupted");
      } catch (IOException e) {
        throw FileStore.failure("cannot write a blob in " + path.getParent(), e);
      }
    }
  }

  private void writeFully(ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  @Override
  public OutputStream body() {
    return body;
  }

  @Override
  public StoredBlob seal(byte[] front, Optional<Digest> expected)
      throws FormatException, StoreException {
    if (front.length != frontBytes) {
      throw new IllegalArgumentException("front of " + front.length + " bytes, not " + frontBytes);
    }
    try {
      if (frontBytes > 0) {
        channel.position(0);
        writeFully(ByteBuffer.wrap(front));
      }
      var actual = digest(expected);
      if (expected.isPresent() && !expected.get().equals(actual)) {
        throw new FormatException("the content's digest is " + actual + ", not " + expected.get());
      }
      var size = channel.size();
      if (blobs.isDurable()) {
        channel.force(true);
      }
      channel.close();
      blobs.place(path, actual);
      return new StoredBlob(actual, size);
    } catch (FormatException | StoreException e) {
      throw e;
    } catch (IOException e) {
      throw FileStore.failure("cannot finish a blob in " + path.getParent(), e);
    }
  }

  /** Reads the file back, unless everything passed by in order. */
  private Digest digest(Optional<Digest> expected) throws IOException {
    var algorithm = expected.map(Digest::algorithm).orElse("sha256");
    if (frontBytes == 0 && algorithm.equals("sha256")) {
      return Digest.ofHash(digest.digest());
    }
    return BlobFolder.digest(channel, algorithm);
  }

  @Override
  public void close() throws StoreException {
    try {
      channel.close();
      Files.deleteIfExists(path);
    } catch (IOException e) {
      throw FileStore.failure("cannot discard an unfinished blob", e);
    }
  }
}
