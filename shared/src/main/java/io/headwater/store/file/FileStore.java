package io.headwater.store.file;

import io.headwater.block.BlockDevice;
import io.headwater.block.FileDevice;
import io.headwater.oci.Digest;
import io.headwater.store.BlobMissingException;
import io.headwater.store.BlobState;
import io.headwater.store.Condition;
import io.headwater.store.ContentStore;
import io.headwater.store.Cursor;
import io.headwater.store.Document;
import io.headwater.store.Stage;
import io.headwater.store.StoreException;
import io.headwater.store.Upload;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import reactor.core.publisher.Flux;
import reactor.core.publisher.SynchronousSink;
import reactor.core.scheduler.Schedulers;

/**
 * A store in a folder: {@code blobs/sha256/ab/<hex>}, documents by their names beside it, writes in
 * {@code staging} until they are whole.
 */
public final class FileStore implements ContentStore {
  /** A file in staging that nobody has written to for so long is nobody's. */
  private static final Duration LEFTOVER_AGE = Duration.ofHours(1);

  private static final int STREAM_BYTES = 256 * 1024;

  private final BlobFolder blobs;
  private final DocumentFolder documents;
  private final FileUploads uploads;
  private final Path staging;
  private final Reserve reserve;

  private FileStore(
      BlobFolder blobs,
      DocumentFolder documents,
      FileUploads uploads,
      Path staging,
      Reserve reserve) {
    this.reserve = reserve;
    this.blobs = blobs;
    this.documents = documents;
    this.uploads = uploads;
    this.staging = staging;
  }

  /** Opens the store in a folder, which is made when it is missing. */
  public static FileStore open(Path root) throws StoreException {
    return open(root, Reserve.BYTES);
  }

  static FileStore open(Path root, long reserveBytes) throws StoreException {
    try {
      var folders = DurableFolders.open(root);
      var staging = root.resolve("staging");
      removeLeftovers(staging, Instant.now().minus(LEFTOVER_AGE));
      var reserve = Reserve.open(root, reserveBytes);
      var locks = FolderLocks.open(root, reserve);
      var blobs = BlobFolder.sharded(root, folders, locks);
      return new FileStore(
          blobs,
          DocumentFolder.open(root, folders, locks),
          FileUploads.open(root, folders, blobs, reserve),
          staging,
          reserve);
    } catch (IOException e) {
      throw failure("cannot open the store in " + root, e);
    }
  }

  /**
   * What writers left that were killed. Younger files may be another process's, still being
   * written.
   */
  static int removeLeftovers(Path folder, Instant since) throws IOException {
    var removed = 0;
    if (!Files.isDirectory(folder)) {
      return removed;
    }
    try (var files = Files.list(folder)) {
      for (var file : (Iterable<Path>) files::iterator) {
        if (isOlder(file, since) && Files.deleteIfExists(file)) {
          removed++;
        }
      }
    }
    return removed;
  }

  static boolean isOlder(Path file, Instant since) throws IOException {
    try {
      return Files.getLastModifiedTime(file).toInstant().isBefore(since);
    } catch (NoSuchFileException e) {
      return false; // another process has just finished or removed it
    }
  }

  @Override
  public OptionalLong size(Digest digest) throws StoreException {
    return blobs.size(digest);
  }

  @Override
  public BlockDevice open(Digest digest) throws StoreException {
    try {
      return FileDevice.open(blobs.path(digest));
    } catch (NoSuchFileException e) {
      throw new BlobMissingException(digest);
    } catch (IOException e) {
      throw failure("cannot open blob " + digest, e);
    }
  }

  @Override
  public InputStream read(Digest digest) throws StoreException {
    try {
      return Files.newInputStream(blobs.path(digest));
    } catch (NoSuchFileException e) {
      throw new BlobMissingException(digest);
    } catch (IOException e) {
      throw failure("cannot open blob " + digest, e);
    }
  }

  private record Position(FileChannel channel, long[] offset, long end) {}

  @Override
  public Flux<ByteBuffer> stream(Digest digest, long offset, long length) {
    return Flux.<ByteBuffer, Position>generate(
            () -> new Position(channel(digest), new long[] {offset}, offset + length),
            FileStore::emit,
            FileStore::closeQuietly)
        .subscribeOn(Schedulers.boundedElastic());
  }

  private FileChannel channel(Digest digest) throws IOException {
    try {
      return FileChannel.open(blobs.path(digest), StandardOpenOption.READ);
    } catch (NoSuchFileException e) {
      throw new BlobMissingException(digest);
    }
  }

  private static Position emit(Position at, SynchronousSink<ByteBuffer> sink) {
    var left = at.end() - at.offset()[0];
    if (left <= 0) {
      sink.complete();
      return at;
    }
    try {
      var buffer = ByteBuffer.allocate((int) Math.min(STREAM_BYTES, left));
      var count = at.channel().read(buffer, at.offset()[0]);
      if (count < 0) {
        sink.error(
            new StoreException(
                "a blob ended before byte " + at.end(), false, new IOException("short file")));
      } else {
        at.offset()[0] += count;
        sink.next(buffer.flip());
      }
    } catch (IOException e) {
      sink.error(failure("cannot read a blob", e));
    }
    return at;
  }

  private static void closeQuietly(Position position) {
    try {
      position.channel().close();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(
          e); // Reactor logs what cannot reach the subscriber any more
    }
  }

  @Override
  public Optional<Path> file(Digest digest) {
    return Optional.of(blobs.path(digest));
  }

  @Override
  public Stage stage(int frontBytes) throws StoreException {
    reserve.requireRoom();
    return blobs.stage(frontBytes);
  }

  @Override
  public void deleteBlob(Digest digest) throws StoreException {
    blobs.delete(digest);
  }

  @Override
  public boolean deleteBlob(BlobState listed) throws StoreException {
    return blobs.delete(listed);
  }

  @Override
  public boolean touchBlob(Digest digest) throws StoreException {
    return blobs.touch(digest);
  }

  @Override
  public Optional<BlobState> state(Digest digest) throws StoreException {
    return blobs.find(digest);
  }

  @Override
  public List<BlobState> blobs(Optional<Digest> after, int limit) throws StoreException {
    return blobs.list(after, limit);
  }

  @Override
  public String beginUpload() throws StoreException {
    reserve.requireRoom();
    return uploads.begin();
  }

  @Override
  public Optional<Upload> upload(String id) throws StoreException {
    return uploads.find(id);
  }

  @Override
  public int removeAbandoned(Instant since) throws StoreException {
    try {
      return uploads.removeAbandoned(since) + removeLeftovers(staging, since);
    } catch (IOException e) {
      throw failure("cannot remove what writers left in " + staging, e);
    }
  }

  @Override
  public Optional<Document> get(String name) throws StoreException {
    return documents.get(name);
  }

  @Override
  public String put(String name, byte[] content, String mediaType, Condition condition)
      throws StoreException {
    return documents.put(name, content, mediaType, condition);
  }

  @Override
  public void delete(String name, Condition condition) throws StoreException {
    documents.delete(name, condition);
  }

  @Override
  public void mark(String name) throws StoreException {
    documents.mark(name);
  }

  @Override
  public void unmark(String name) throws StoreException {
    documents.unmark(name);
  }

  @Override
  public List<String> list(String prefix, String after, int limit) throws StoreException {
    return documents.list(prefix, after, limit);
  }

  @Override
  public Cursor<String> names(String prefix) {
    return documents.names(prefix);
  }

  @Override
  public void close() {}

  /** What went wrong on the disk, with what was being done. A full disk may have room later. */
  static StoreException failure(String what, IOException cause) {
    var reason = cause.getMessage() == null ? cause.toString() : cause.getMessage();
    return new StoreException(what + ": " + reason, Reserve.isFull(cause), cause);
  }
}
