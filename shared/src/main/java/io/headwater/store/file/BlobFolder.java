package io.headwater.store.file;

import io.headwater.fault.FormatException;
import io.headwater.oci.Digest;
import io.headwater.store.BlobState;
import io.headwater.store.Stage;
import io.headwater.store.StoppableStage;
import io.headwater.store.StoreException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Blobs in files, each written beside and renamed into place when it is whole. Used by the store in
 * a folder and for OCI layouts, which have the same files without the two-letter folders.
 */
public final class BlobFolder {
  /** Small enough to stay in a processor's cache between being read and being digested. */
  private static final int READ_BACK_BYTES = 128 * 1024;

  private final Path root;
  private final boolean sharded;
  private final @Nullable DurableFolders folders;
  private final @Nullable FolderLocks locks;

  private BlobFolder(
      Path root, boolean sharded, @Nullable DurableFolders folders, @Nullable FolderLocks locks) {
    this.root = root;
    this.sharded = sharded;
    this.folders = folders;
    this.locks = locks;
  }

  /** {@code blobs/sha256/ab/<hex>}: what is sealed survives a loss of power. */
  static BlobFolder sharded(Path root, DurableFolders folders, FolderLocks locks) {
    return new BlobFolder(root, true, folders, locks);
  }

  /**
   * {@code blobs/sha256/<hex>}, as OCI layouts have it. The kernel writes to disk when it likes, as
   * with any copy.
   */
  public static BlobFolder flat(Path root) {
    return new BlobFolder(root, false, null, null);
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
      settle();
      Files.deleteIfExists(path(digest));
    } catch (IOException e) {
      throw FileStore.failure("cannot delete blob " + digest, e);
    }
  }

  /** Marks a blob as wanted now; false when it is not there. */
  boolean touch(Digest digest) throws StoreException {
    return locked(
        digest,
        "cannot touch blob " + digest,
        () -> {
          try {
            Files.setLastModifiedTime(path(digest), FileTime.from(Instant.now()));
            return true;
          } catch (NoSuchFileException e) {
            return false;
          }
        });
  }

  /** Removes a blob if it is as it was listed. */
  boolean delete(BlobState listed) throws StoreException {
    return locked(
        listed.digest(),
        "cannot delete blob " + listed.digest(),
        () -> {
          try {
            settle();
            return state(listed.digest()).etag().equals(listed.etag())
                && Files.deleteIfExists(path(listed.digest()));
          } catch (NoSuchFileException e) {
            return false;
          }
        });
  }

  /** What referred to a blob stays away when the blob does. */
  private void settle() throws IOException {
    if (folders != null) {
      folders.settle();
    }
  }

  private <T> T locked(Digest digest, String what, FolderLocks.Change<T> change)
      throws StoreException {
    if (locks == null) {
      throw new IllegalStateException("only a store's blobs are touched and removed");
    }
    return locks.locked("blob " + digest, what, change);
  }

  private BlobState state(Digest digest) throws IOException {
    var file = Files.readAttributes(path(digest), BasicFileAttributes.class);
    var modified = file.lastModifiedTime().toInstant();
    return new BlobState(digest, file.size(), modified, modified + " " + file.fileKey());
  }

  /** A blob as a list shows it. */
  Optional<BlobState> find(Digest digest) throws StoreException {
    try {
      return Optional.of(state(digest));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw FileStore.failure("cannot look for blob " + digest, e);
    }
  }

  /** All blobs behind one, in the order of their digests. */
  List<BlobState> list(Optional<Digest> after, int limit) throws StoreException {
    var found = new ArrayList<BlobState>();
    try {
      for (var algorithm : children(root.resolve("blobs"))) {
        for (var shard : children(algorithm)) {
          // The folders before the position are not read.
          if (isBefore(shard, algorithm, after)) {
            continue;
          }
          for (var file : children(shard)) {
            var digest = digest(algorithm, file);
            if (digest.isPresent()
                && (after.isEmpty() || digest.get().compareTo(after.get()) > 0)) {
              addState(digest.get(), found);
            }
            if (found.size() == limit) {
              return found;
            }
          }
        }
      }
      return found;
    } catch (IOException e) {
      throw FileStore.failure("cannot list the blobs in " + root, e);
    }
  }

  private static boolean isBefore(Path shard, Path algorithm, Optional<Digest> after) {
    return after.isPresent()
        && algorithm.getFileName().toString().equals(after.get().algorithm())
        && shard.getFileName().toString().compareTo(after.get().hex().substring(0, 2)) < 0;
  }

  private void addState(Digest digest, List<BlobState> found) throws IOException {
    try {
      found.add(state(digest));
    } catch (NoSuchFileException e) {
      // Removed since the folder was read.
    }
  }

  private static List<Path> children(Path folder) throws IOException {
    try (var files = Files.list(folder)) {
      return files.sorted().toList();
    } catch (NoSuchFileException | NotDirectoryException e) {
      return List.of();
    }
  }

  private static Optional<Digest> digest(Path algorithm, Path file) {
    try {
      return Optional.of(Digest.parse(algorithm.getFileName() + ":" + file.getFileName()));
    } catch (FormatException e) {
      return Optional.empty(); // nothing of ours
    }
  }

  /** Puts a whole file into place under its digest. */
  void place(Path file, Digest digest) throws IOException {
    var target = path(digest);
    var folder = Objects.requireNonNull(target.getParent(), "a blob is in a folder");
    if (folders == null) {
      Files.createDirectories(folder);
    } else {
      folders.make(folder);
    }
    if (locks == null) {
      move(file, target);
    } else {
      locked(
          digest,
          "cannot put blob " + digest + " into place",
          () -> {
            move(file, target);
            return digest;
          });
    }
    if (folders != null) {
      folders.settle();
      folders.force(folder);
    }
  }

  private static void move(Path file, Path target) throws IOException {
    try {
      Files.move(file, target, StandardCopyOption.ATOMIC_MOVE);
    } catch (FileAlreadyExistsException e) {
      Files.delete(file); // another writer was first with the same bytes
    }
  }

  /** What the bytes of a file are called, which is read from its beginning. */
  static Digest digest(FileChannel file, String algorithm) throws IOException {
    var computation = Digest.computation(algorithm);
    var buffer = ByteBuffer.allocate(READ_BACK_BYTES);
    file.position(0);
    while (file.read(buffer.clear()) > 0) {
      computation.update(buffer.flip());
    }
    return Digest.ofHash(algorithm, computation.digest());
  }

  boolean isDurable() {
    return folders != null;
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
      return new StoppableStage(new FileStage(this, path, channel, frontBytes));
    } catch (IOException e) {
      throw FileStore.failure("cannot begin a blob in " + root, e);
    }
  }
}
