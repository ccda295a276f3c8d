package io.headwater.store.file;

import io.headwater.fault.FormatException;
import io.headwater.oci.Digest;
import io.headwater.store.CarriedDigests;
import io.headwater.store.ConflictException;
import io.headwater.store.StoppableWriter;
import io.headwater.store.StoreException;
import io.headwater.store.StoredBlob;
import io.headwater.store.Upload;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Uploads in files that grow: a file's length is how much came. The digest of what this process has
 * written is carried along; of what another one wrote it is taken from the file at the end.
 */
final class FileUploads {
  static final String FOLDER = "sessions";

  /**
   * A part of so many bytes survives a loss of power from when it was taken, and not only from when
   * the upload is ended: smaller ones are sent again sooner than they are made sure of.
   */
  private static final int SURE_BYTES = 1 << 20;

  private static final Pattern ID = Pattern.compile("[0-9a-f-]{36}");

  private final Path folder;
  private final DurableFolders folders;
  private final BlobFolder blobs;
  private final Reserve reserve;
  private final CarriedDigests carried = new CarriedDigests();

  private FileUploads(Path folder, DurableFolders folders, BlobFolder blobs, Reserve reserve) {
    this.reserve = reserve;
    this.folder = folder;
    this.folders = folders;
    this.blobs = blobs;
  }

  static FileUploads open(Path root, DurableFolders folders, BlobFolder blobs, Reserve reserve)
      throws IOException {
    return new FileUploads(folders.make(root.resolve(FOLDER)), folders, blobs, reserve);
  }

  String begin() throws StoreException {
    var id = UUID.randomUUID().toString();
    try {
      Files.createFile(folder.resolve(id));
    } catch (IOException e) {
      throw FileStore.failure("cannot begin an upload in " + folder, e);
    }
    carried.begin(id);
    return id;
  }

  Optional<Upload> find(String id) throws StoreException {
    if (!ID.matcher(id).matches()) {
      return Optional.empty();
    }
    try {
      return Optional.of(new FileUpload(id, Files.size(folder.resolve(id))));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw FileStore.failure("cannot look for upload " + id, e);
    }
  }

  int removeAbandoned(Instant since) throws IOException {
    var removed = 0;
    try (var files = Files.list(folder)) {
      for (var file : (Iterable<Path>) files::iterator) {
        if (FileStore.isOlder(file, since) && remove(file, since)) {
          removed++;
        }
      }
    }
    carried.forgetIf(id -> !Files.exists(folder.resolve(id)));
    return removed;
  }

  /**
   * Not while somebody has it: what he writes would be lost, and he would be told that it is kept.
   */
  private static boolean remove(Path file, Instant since) throws IOException {
    try (var claim = Claim.of(file.getFileName().toString(), file, Files.size(file))) {
      return claim.lock().isValid() && FileStore.isOlder(file, since) && Files.deleteIfExists(file);
    } catch (ConflictException | NoSuchFileException e) {
      return false;
    }
  }

  private final class FileUpload implements Upload {
    private final String id;
    private final Path path;
    private final long sizeBytes;

    FileUpload(String id, long sizeBytes) {
      this.id = id;
      this.path = folder.resolve(id);
      this.sizeBytes = sizeBytes;
    }

    @Override
    public long sizeBytes() {
      return sizeBytes;
    }

    @Override
    public Writer append() throws StoreException {
      try {
        reserve.requireRoom();
        return new StoppableWriter("upload " + id, new Appender(Claim.of(id, path, sizeBytes)));
      } catch (IOException e) {
        throw failure("cannot go on with upload", e);
      }
    }

    private StoreException failure(String what, IOException e) {
      return e instanceof StoreException store ? store : FileStore.failure(what + " " + id, e);
    }

    @Override
    public StoredBlob seal(Digest expected) throws FormatException, StoreException {
      try (var claim = Claim.of(id, path, sizeBytes)) {
        var actual = digest(claim.channel(), expected.algorithm());
        if (!actual.equals(expected)) {
          discard();
          throw new FormatException(
              "the content's digest is " + actual + ", not " + expected + "; send it again");
        }
        claim.channel().force(true);
        blobs.place(path, actual);
        return new StoredBlob(actual, sizeBytes);
      } catch (FormatException e) {
        throw e;
      } catch (IOException e) {
        throw failure("cannot finish upload", e);
      }
    }

    private Digest digest(FileChannel channel, String algorithm) throws IOException {
      var known = carried.take(id, sizeBytes);
      return known.isPresent() && algorithm.equals("sha256")
          ? Digest.ofHash(known.get().digest())
          : BlobFolder.digest(channel, algorithm);
    }

    @Override
    public void discard() throws StoreException {
      carried.forget(id);
      try {
        Files.deleteIfExists(path);
      } catch (IOException e) {
        throw failure("cannot discard upload", e);
      }
    }

    private final class Appender implements Writer {
      private final Claim claim;
      private final @Nullable MessageDigest sha256;
      private long position = sizeBytes;

      Appender(Claim claim) {
        this.claim = claim;
        this.sha256 = carried.take(id, sizeBytes).orElse(null);
      }

      @Override
      public void write(ByteBuffer bytes) throws IOException {
        try {
          var length = bytes.remaining();
          var copy = bytes.duplicate();
          while (bytes.hasRemaining()) {
            claim.channel().write(bytes, position + length - bytes.remaining());
          }
          position += length;
          if (sha256 != null) {
            sha256.update(copy);
          }
        } catch (IOException e) {
          throw failure("cannot write to upload", e);
        }
      }

      @Override
      public void close() throws StoreException {
        try (claim) {
          // A write that failed half-way may have left bytes that nobody was told of.
          claim.channel().truncate(position);
          if (position - sizeBytes >= SURE_BYTES) {
            claim.channel().force(false);
            folders.settleMarks();
            folders.force(folder);
          }
          if (sha256 != null) {
            carried.put(id, sha256, position);
          }
        } catch (IOException e) {
          throw failure("cannot end a part of upload", e);
        }
      }
    }
  }

  /** The one right to write to an upload's file. */
  private record Claim(FileChannel channel, FileLock lock) implements AutoCloseable {
    static Claim of(String id, Path path, long sizeBytes) throws IOException {
      FileChannel channel;
      try {
        channel = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE);
      } catch (NoSuchFileException e) {
        throw new ConflictException("upload " + id);
      }
      try {
        var lock = channel.tryLock();
        // Who had the lock before may have ended the upload: the file is a blob then.
        if (lock != null && Files.exists(path) && channel.size() == sizeBytes) {
          return new Claim(channel, lock);
        }
      } catch (OverlappingFileLockException e) {
        // Another thread of this process has it.
      } catch (IOException e) {
        channel.close();
        throw e;
      }
      channel.close();
      throw new ConflictException("upload " + id);
    }

    @Override
    public void close() throws IOException {
      channel.close(); // and the lock with it
    }
  }
}
