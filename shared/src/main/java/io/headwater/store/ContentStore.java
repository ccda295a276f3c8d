package io.headwater.store;

import io.headwater.block.BlockDevice;
import io.headwater.oci.Digest;
import java.io.Closeable;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import reactor.core.publisher.Flux;

/**
 * Immutable blobs by digest, and small documents by name. Everything that is written is visible to
 * every other instance at once, whole or not at all. Methods block, but for {@link #stream}; all
 * are safe for use by several threads and processes.
 */
public interface ContentStore extends Closeable {
  /** The size of a blob in bytes; empty when there is none. */
  OptionalLong size(Digest digest) throws StoreException;

  /**
   * Opens a blob for reading at any offset: a read asks the store for just those bytes.
   *
   * @throws BlobMissingException if there is no such blob
   */
  BlockDevice open(Digest digest) throws StoreException;

  /**
   * A blob from its first byte to its last.
   *
   * @throws BlobMissingException if there is no such blob
   */
  InputStream read(Digest digest) throws StoreException;

  /**
   * The bytes of a blob from {@code offset} on, without blocking. The subscriber may keep the
   * buffers. Cancelling stops the reading. A blob that is missing ends it with {@link
   * BlobMissingException}.
   */
  Flux<ByteBuffer> stream(Digest digest, long offset, long length);

  /**
   * The file that a blob lies in, whole, for stores that have files; for sending it without
   * copying.
   */
  Optional<Path> file(Digest digest);

  /**
   * Begins to write a blob.
   *
   * @param frontBytes bytes in front of what is written to {@link Stage#body}, given when it is
   *     sealed
   */
  Stage stage(int frontBytes) throws StoreException;

  /** Removes a blob; one that is not there is no error. */
  void deleteBlob(Digest digest) throws StoreException;

  /**
   * Removes a blob if nobody has written or touched it since it was listed.
   *
   * @return whether it was removed
   */
  boolean deleteBlob(BlobState listed) throws StoreException;

  /**
   * Marks a blob as wanted now, so that whoever listed it before does not remove it.
   *
   * @return whether it is there
   */
  boolean touchBlob(Digest digest) throws StoreException;

  /** A blob as a list shows it; empty when there is none. */
  Optional<BlobState> state(Digest digest) throws StoreException;

  /**
   * A page of the blobs, in the order of their digests. What it costs grows with its length, not
   * with what is in front of it.
   *
   * @param after only those behind this one; empty for the first page
   * @param limit at most so many
   */
  List<BlobState> blobs(Optional<Digest> after, int limit) throws StoreException;

  /** All blobs, in the order of their digests. */
  default Cursor<BlobState> blobs() {
    return Cursor.behind(last -> blobs(last.map(BlobState::digest), Cursor.PAGE));
  }

  /**
   * Begins content that comes in pieces; returns the upload's id, by which any process finds it.
   */
  String beginUpload() throws StoreException;

  /** An upload that was begun; empty when there is none of that id. */
  Optional<Upload> upload(String id) throws StoreException;

  /**
   * Removes uploads that nobody has added to since, and what killed writers left behind.
   *
   * @return how many
   */
  int removeAbandoned(Instant since) throws StoreException;

  /** A document; empty when there is none. */
  Optional<Document> get(String name) throws StoreException;

  /**
   * Writes a document, whole; it survives a loss of power from then on. A name cannot be another
   * one's folder: where there is {@code a/b}, there is no document {@code a}.
   *
   * @return its new ETag
   * @throws ConflictException if the condition does not hold
   */
  String put(String name, byte[] content, String mediaType, Condition condition)
      throws StoreException;

  /**
   * Removes a document; one that is not there is no error. What is written or removed later never
   * survives a loss of power that the removal does not.
   *
   * @throws ConflictException if the condition does not hold
   */
  void delete(String name, Condition condition) throws StoreException;

  /**
   * Writes an empty document that says by its name that there is something, an upload above all. It
   * survives a loss of power from when a part of an upload does that was begun after it.
   */
  default void mark(String name) throws StoreException {
    put(name, new byte[0], "text/plain", Condition.ALWAYS);
  }

  /** Removes such a document; after a loss of power it may be there again. */
  default void unmark(String name) throws StoreException {
    delete(name, Condition.ALWAYS);
  }

  /**
   * A page of the names of documents that begin with {@code prefix}, ascending by their UTF-8
   * bytes. What it costs grows with its length, not with what is in front of it; only the first
   * page at a position that nobody has listed lately may cost more. Whoever wants all names takes
   * {@link #names}.
   *
   * @param after only names behind this one, whether it is there or not; empty for the first page
   * @param limit at most so many
   */
  List<String> list(String prefix, String after, int limit) throws StoreException;

  /** All names of documents that begin with {@code prefix}, ascending by their UTF-8 bytes. */
  default Cursor<String> names(String prefix) {
    return names(prefix, "");
  }

  /** Those of them that are behind {@code after}, whether that is there or not. */
  default Cursor<String> names(String prefix, String after) {
    return Cursor.behind(last -> list(prefix, last.orElse(after), Cursor.PAGE));
  }

  @Override
  void close();
}
