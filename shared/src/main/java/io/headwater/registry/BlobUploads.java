package io.headwater.registry;

import io.headwater.fault.FormatException;
import io.headwater.oci.Digest;
import io.headwater.oci.RepositoryName;
import io.headwater.store.Condition;
import io.headwater.store.StoreException;
import io.headwater.store.StoredBlob;
import io.headwater.store.Upload;
import java.util.Optional;

/**
 * Uploads of blobs to one repository. An upload can be gone on with only in the repository where it
 * was begun, at any process.
 */
public final class BlobUploads {
  private final Repository repository;

  BlobUploads(Repository repository) {
    this.repository = repository;
  }

  private String document(String id) {
    return repository.layout().uploads() + id;
  }

  /** How many are begun and not ended; counted up to a limit only. */
  public int open(int limit) throws StoreException {
    var open = 0;
    var documents = repository.store().names(repository.layout().uploads());
    for (; open < limit && documents.hasNext(); documents.next()) {
      open++;
    }
    return open;
  }

  /** Begins one; returns its id. */
  public String begin() throws StoreException {
    var id = repository.store().beginUpload();
    repository.store().mark(document(id));
    return id;
  }

  /**
   * One that was begun here.
   *
   * @throws RegistryException if there is none of that id
   */
  public Upload find(String id) throws StoreException {
    var isOurs = id.indexOf('/') < 0 && repository.store().get(document(id)).isPresent();
    return (isOurs ? repository.store().upload(id) : Optional.<Upload>empty())
        .orElseThrow(
            () ->
                new RegistryException(
                    ErrorCode.BLOB_UPLOAD_UNKNOWN,
                    "repository '" + repository.name() + "' has no such upload; begin anew"));
  }

  /**
   * Ends one: its content becomes a blob of the repository.
   *
   * @throws FormatException if it is not of that digest; the upload is gone then
   */
  public StoredBlob finish(String id, Digest expected) throws StoreException, FormatException {
    try {
      var blob = find(id).seal(expected);
      repository.linkBlob(blob.digest(), blob.size());
      forget(id);
      return blob;
    } catch (FormatException e) {
      forget(id);
      throw e;
    }
  }

  /** Ends one and forgets what came. */
  public void cancel(String id) throws StoreException {
    find(id).discard();
    forget(id);
  }

  private void forget(String id) throws StoreException {
    repository.store().unmark(document(id));
  }

  /**
   * Takes a blob over from another repository, without its being sent.
   *
   * @return false if that one does not have it
   */
  public boolean mount(Digest digest, RepositoryName from) throws StoreException, FormatException {
    var size = new Repository(repository.store(), from, java.time.Duration.ZERO).blobSize(digest);
    return size.isPresent() && repository.adoptBlob(digest, size.getAsLong());
  }

  /** Removes the entries of uploads that are gone. */
  int forgetEnded() throws StoreException {
    var folder = repository.layout().uploads();
    var ended = 0;
    for (var documents = repository.store().names(folder); documents.hasNext(); ) {
      var document = documents.next();
      if (repository.store().upload(document.substring(folder.length())).isEmpty()) {
        repository.store().delete(document, Condition.ALWAYS);
        ended++;
      }
    }
    return ended;
  }
}
