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
   * All blobs, in the order of their digests.
   *
   * @param after only those behind this one; empty for all
   * @param limit at most so many
   */
  List<BlobState> blobs(Optional<Digest> after, int limit) throws StoreException;

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
   * Writes a document, whole. A name cannot be another one's folder: where there is {@code a/b},
   * there is no document {@code a}.
   *
   * @return its new ETag
   * @throws ConflictException if the condition does not hold
   */
  String put(String name, byte[] content, String mediaType, Condition condition)
      throws StoreException;

  /**
   * Removes a document; one that is not there is no error.
   *
   * @throws ConflictException if the condition does not hold
   */
  void delete(String name, Condition condition) throws StoreException;

  /**
   * Names of documents that begin with {@code prefix}, ascending by their UTF-8 bytes.
   *
   * @param after only names behind this one; empty for all
   * @param limit at most so many
   */
  List<String> list(String prefix, String after, int limit) throws StoreException;

  @Override
  void close();
}
