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
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;

/**
 * Blobs in files, each written beside and renamed into place when it is whole. Used by the store in
 * a folder and for OCI layouts, which have the same files without the two-letter folders.
 */
public final class BlobFolder {
  /** Small enough to stay in a processor's cache between being read and being digested. */
  private static final int READ_BACK_BYTES = 128 * 1024;

  private final Path root;
  private final boolean sharded;
  private final boolean durable;

  private BlobFolder(Path root, boolean sharded, boolean durable) {
    this.root = root;
    this.sharded = sharded;
    this.durable = durable;
  }

  /** {@code blobs/sha256/ab/<hex>}: what is sealed survives a loss of power. */
  static BlobFolder sharded(Path root) {
    return new BlobFolder(root, true, true);
  }

  /**
   * {@code blobs/sha256/<hex>}, as OCI layouts have it. The kernel writes to disk when it likes, as
   * with any copy.
   */
  public static BlobFolder flat(Path root) {
    return new BlobFolder(root, false, false);
  }

  /**
   * Where a blob lies or would lie. A digest has nothing but hex digits in it, so it stays in the
   * folder.
   */
  public Path path(Digest digest) {
    var folder = root.resolve("blobs").resolve(digest.algorithm());
    return (sharded ? folder.resolve(digest.hex().substring(0, 2)) : folder).resolve(digest.hex());
  }

  /** The size of a blob; empty when there is none. */
  public OptionalLong size(Digest digest) throws StoreException {
    try {
      return OptionalLong.of(Files.size(path(digest)));
    } catch (NoSuchFileException e) {
      return OptionalLong.empty();
    } catch (IOException e) {
      throw FileStore.failure("cannot look for blob " + digest, e);
    }
  }

  void delete(Digest digest) throws StoreException {
    try {
      Files.deleteIfExists(path(digest));
    } catch (IOException e) {
      throw FileStore.failure("cannot delete blob " + digest, e);
    }
  }

  /** Begins to write a blob. */
  public Stage stage(int frontBytes) throws StoreException {
    try {
      var folder = Files.createDirectories(root.resolve("staging"));
      var path = folder.resolve(UUID.randomUUID().toString());
      var channel =
          FileChannel.open(
              path,
              StandardOpenOption.CREATE_NEW,
              StandardOpenOption.WRITE,
              StandardOpenOption.READ);
      channel.position(frontBytes);
      return new FileStage(path, channel, frontBytes);
    } catch (IOException e) {
      throw FileStore.failure("cannot begin a blob in " + root, e);
    }
  }

  private final class FileStage implements Stage {
    private final Path path;
    private final FileChannel channel;
    private final int frontBytes;
    private final MessageDigest digest = Digest.sha256();
    private final Body body = new Body();

    FileStage(Path path, FileChannel channel, int frontBytes) {
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
          throw FileStore.failure("cannot write a blob in " + root, e);
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
        throw new IllegalArgumentException(
            "front of " + front.length + " bytes, not " + frontBytes);
      }
      try {
        if (frontBytes > 0) {
          channel.position(0);
          writeFully(ByteBuffer.wrap(front));
        }
        var actual =
            expected.isPresent() || frontBytes > 0
                ? digest(expected)
                : Digest.ofHash(digest.digest());
        if (expected.isPresent() && !expected.get().equals(actual)) {
          throw new FormatException(
              "the content's digest is " + actual + ", not " + expected.get());
        }
        var size = channel.size();
        if (durable) {
          channel.force(true);
        }
        channel.close();
        moveIntoPlace(path(actual));
        return new StoredBlob(actual, size);
      } catch (FormatException | StoreException e) {
        throw e;
      } catch (IOException e) {
        throw FileStore.failure("cannot finish a blob in " + root, e);
      }
    }

    /** Reads the file back, unless everything passed by in order. */
    private Digest digest(Optional<Digest> expected) throws IOException {
      var algorithm = expected.map(Digest::algorithm).orElse("sha256");
      if (frontBytes == 0 && algorithm.equals("sha256")) {
        return Digest.ofHash(digest.digest());
      }
      var computation = expected.map(Digest::computation).orElseGet(Digest::sha256);
      var buffer = ByteBuffer.allocate(READ_BACK_BYTES);
      channel.position(0);
      while (channel.read(buffer.clear()) > 0) {
        computation.update(buffer.flip());
      }
      return Digest.ofHash(algorithm, computation.digest());
    }

    private void moveIntoPlace(Path target) throws IOException {
      Files.createDirectories(target.getParent());
      try {
        Files.move(path, target, StandardCopyOption.ATOMIC_MOVE);
      } catch (FileAlreadyExistsException e) {
        Files.delete(path); // another writer was first with the same bytes
      }
      if (durable) {
        try (var folder = FileChannel.open(target.getParent())) {
          folder.force(true);
        }
      }
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
}
