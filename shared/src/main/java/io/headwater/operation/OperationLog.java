package io.headwater.operation;

import io.headwater.fault.FormatException;
import io.headwater.oci.Digest;
import io.headwater.oci.Json;
import io.headwater.oci.RepositoryName;
import io.headwater.store.Condition;
import io.headwater.store.ConflictException;
import io.headwater.store.ContentStore;
import io.headwater.store.Cursor;
import io.headwater.store.StoreException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Operations as documents: {@code operations/<repository>/_ids/<id>}, for each image which one is
 * its last: {@code operations/<repository>/_images/<digest>}, and which are not over: {@code
 * unfinished/<repository>/_ids/<id>}, so that looking for them does not read all that ever were.
 */
final class OperationLog {
  private static final String JSON = "application/json";
  private static final String OPERATIONS = "operations/";
  private static final String IDS = "/_ids/";
  private static final String UNFINISHED = "unfinished/";

  /** Far longer than a process takes between the two writes that file an operation. */
  private static final Duration FILING = Duration.ofDays(1);

  /** Where a thread's operations get their ids. For tests that decide the order of all calls. */
  static final ThreadLocal<Supplier<String>> NEW_IDS =
      ThreadLocal.withInitial(() -> () -> UUID.randomUUID().toString());

  /**
   * An operation as it was read.
   *
   * @param etag for writing it on the condition that nobody else has
   * @param age how long ago it was written, by the store's clock
   */
  record Entry(Operation operation, String etag, Duration age) {
    /** Whether its worker has given no sign of life for so long, or has let go of it. */
    boolean isSilent(Duration time) {
      return operation.workOrNone().free() || age.compareTo(time) > 0;
    }
  }

  /**
   * An image's last operation, as it was read.
   *
   * @param entry empty when there is none
   * @param unchanged the condition that nobody has filed another one since
   */
  record Last(Optional<Entry> entry, Condition unchanged) {}

  private final ContentStore store;

  OperationLog(ContentStore store) {
    this.store = store;
  }

  private static String name(String repository, String id) {
    return OPERATIONS + repository + IDS + id;
  }

  private static String unfinishedName(String repository, String id) {
    return UNFINISHED + repository + IDS + id;
  }

  private static String imageName(RepositoryName repository, Digest digest) {
    return OPERATIONS + repository + "/_images/" + digest.algorithm() + "-" + digest.hex();
  }

  Optional<Entry> find(String repository, String id) throws StoreException, FormatException {
    if (id.indexOf('/') >= 0) {
      return Optional.empty();
    }
    var document = store.get(name(repository, id));
    return document.isEmpty()
        ? Optional.empty()
        : Optional.of(
            new Entry(
                StoredOperation.read(document.get().content(), id),
                document.get().etag(),
                document.get().age()));
  }

  Last last(RepositoryName repository, Digest digest) throws StoreException, FormatException {
    var id = store.get(imageName(repository, digest));
    return id.isEmpty()
        ? new Last(Optional.empty(), Condition.IF_ABSENT)
        : new Last(find(repository.value(), id.get().text()), Condition.ifMatch(id.get().etag()));
  }

  /**
   * Files a new operation as the image's last one.
   *
   * @param partOf the operation of the index that it belongs to; empty when it stands alone
   * @param cause the news that it is filed for; null when it is none that may come again
   * @param before what the caller found to be the last one
   * @throws ConflictException if somebody else has filed one since, or recovery took this one for
   *     one whose filing broke off: look again
   */
  Entry create(
      RepositoryName repository, Digest digest, String partOf, @Nullable String cause, Last before)
      throws StoreException {
    var operation = Operation.create(NEW_IDS.get().get(), repository, digest, partOf, cause);
    store.put(
        unfinishedName(repository.value(), operation.id()),
        new byte[0],
        "text/plain",
        Condition.ALWAYS);
    var etag =
        store.put(
            name(repository.value(), operation.id()),
            Json.write(operation),
            JSON,
            Condition.IF_ABSENT);
    try {
      store.put(
          imageName(repository, digest),
          operation.id().getBytes(StandardCharsets.UTF_8),
          "text/plain",
          before.unchanged());
    } catch (StoreException e) {
      store.delete(name(repository.value(), operation.id()), Condition.ALWAYS);
      store.delete(unfinishedName(repository.value(), operation.id()), Condition.ALWAYS);
      throw e;
    }
    // Recovery removes what is not filed, and looks afterwards whether it is; this looks afterwards
    // whether it was removed. One of both sees the other, and files another one.
    var now = store.get(name(repository.value(), operation.id()));
    if (now.isEmpty() || !now.get().etag().equals(etag)) {
      throw new ConflictException(name(repository.value(), operation.id()));
    }
    return new Entry(operation, etag, Duration.ZERO);
  }

  /**
   * Whether an operation that is not over is its image's last one. It is not while it is being
   * filed, nor ever when whoever filed it died meanwhile; nobody has been told of it then.
   */
  boolean isFiled(Operation operation) throws StoreException, FormatException {
    var repository = RepositoryName.parse(operation.repository());
    return store
        .get(imageName(repository, Digest.parse(operation.digest())))
        .filter(id -> id.text().equals(operation.id()))
        .isPresent();
  }

  /**
   * Writes an operation's new state.
   *
   * @throws io.headwater.store.ConflictException if somebody else has changed it
   */
  Entry update(Entry before, Operation now) throws StoreException, FormatException {
    var written = write(before, now);
    if (now.status().isOver()) {
      store.delete(unfinishedName(now.repository(), now.id()), Condition.ALWAYS);
    }
    return written;
  }

  private Entry write(Entry before, Operation now) throws StoreException, FormatException {
    try {
      var etag =
          store.put(
              name(now.repository(), now.id()),
              Json.write(now),
              JSON,
              Condition.ifMatch(before.etag()));
      return new Entry(now, etag, Duration.ZERO);
    } catch (ConflictException e) {
      // A request that was repeated because its answer was lost meets what it wrote itself.
      var there = find(now.repository(), now.id());
      if (there.isPresent() && there.get().operation().equals(now)) {
        return there.get();
      }
      throw e;
    }
  }

  /** The names of the documents of all operations. */
  Cursor<String> documents() {
    return store.names(OPERATIONS).filter(document -> document.contains(IDS));
  }

  /** The repository of one of them. */
  static String repository(String document) {
    return document.substring(OPERATIONS.length(), document.indexOf(IDS));
  }

  /** The operation that one of them is of; empty when it is gone. */
  Optional<Entry> read(String document) throws StoreException, FormatException {
    return read(OPERATIONS, document);
  }

  private Optional<Entry> read(String folder, String document)
      throws StoreException, FormatException {
    var at = document.indexOf(IDS);
    return find(document.substring(folder.length(), at), document.substring(at + IDS.length()));
  }

  /**
   * Takes back that an operation is its image's last one: there is none then.
   *
   * @throws ConflictException if somebody has filed another one since
   */
  void removeLast(RepositoryName repository, Digest digest, Last last) throws StoreException {
    store.delete(imageName(repository, digest), last.unchanged());
  }

  /** Removes an operation that is over, and no image's last one. */
  void remove(Entry entry) throws StoreException {
    var operation = entry.operation();
    store.delete(name(operation.repository(), operation.id()), Condition.ifMatch(entry.etag()));
  }

  /** Removes an operation whose filing broke off, if nobody has changed it. */
  void removeUnfiled(Entry entry) throws StoreException {
    remove(entry);
    var operation = entry.operation();
    store.delete(unfinishedName(operation.repository(), operation.id()), Condition.ALWAYS);
  }

  /** All operations of a repository that are filed. */
  List<Entry> all(RepositoryName repository) throws StoreException, FormatException {
    var found = new ArrayList<Entry>();
    var folder = name(repository.value(), "");
    for (var documents = store.names(folder); documents.hasNext(); ) {
      var document = documents.next();
      var entry = find(repository.value(), document.substring(folder.length()));
      if (entry.isPresent()
          && (entry.get().operation().status().isOver() || isFiled(entry.get().operation()))) {
        found.add(entry.get());
      }
    }
    return found;
  }

  /** The names of the documents that say of an operation that it is not over. */
  Cursor<String> unfinished() {
    return store.names(UNFINISHED);
  }

  /** The operation that one of them is of; empty when it is over or gone. */
  Optional<Entry> readUnfinished(String document) throws StoreException, FormatException {
    var entry = read(UNFINISHED, document);
    if (entry.isPresent() && entry.get().operation().status().isOver()) {
      store.delete(document, Condition.ALWAYS); // its worker died right after the end
      return Optional.empty();
    }
    if (entry.isEmpty()) {
      removeMarkOfNothing(document);
    }
    return entry;
  }

  /**
   * The mark is written before the operation. One that is old and has none is of a filing that
   * broke off between the two.
   */
  private void removeMarkOfNothing(String document) throws StoreException {
    var mark = store.get(document);
    if (mark.isPresent() && mark.get().age().compareTo(FILING) > 0) {
      store.delete(document, Condition.ALWAYS);
    }
  }
}
