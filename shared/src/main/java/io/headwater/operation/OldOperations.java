package io.headwater.operation;

import io.headwater.fault.FormatException;
import io.headwater.oci.Digest;
import io.headwater.oci.RepositoryName;
import io.headwater.registry.Registry;
import io.headwater.store.ConflictException;
import io.headwater.store.StoreException;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.PriorityQueue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Operations of no use any more: over, and of an image that is gone or was converted again since.
 * They are kept for a while, and no more than a number of them in each repository. The last one of
 * an image that is there stays, however old it is. Safe beside conversions. Blocks.
 */
public final class OldOperations {
  /** What is kept in a repository by default: some 2 MB. */
  public static final int DEFAULT_MOST = 1000;

  private static final Logger LOG = LoggerFactory.getLogger(OldOperations.class);

  private final Registry registry;
  private final OperationLog log;
  private final Duration grace;
  private final int most;

  /**
   * Prepares it.
   *
   * @param grace what has ended within it stays
   * @param most so many of a repository stay at the most, the newest
   */
  public OldOperations(Registry registry, Duration grace, int most) {
    this.registry = registry;
    this.log = new OperationLog(registry.store());
    this.grace = grace;
    this.most = most;
  }

  /** An operation that is over and young, of those that are kept. */
  private record Young(String document, Instant ended) {}

  /**
   * Forgets them.
   *
   * @param dryRun only count
   * @return how many
   */
  public int forget(boolean dryRun) throws StoreException {
    var forgotten = 0;
    var repository = "";
    var newest = new PriorityQueue<>(Comparator.comparing(Young::ended));
    for (var documents = log.documents(); documents.hasNext(); ) {
      var document = documents.next();
      if (!OperationLog.repository(document).equals(repository)) {
        repository = OperationLog.repository(document);
        newest.clear();
      }
      forgotten += look(document, newest, dryRun);
    }
    return forgotten;
  }

  private int look(String document, PriorityQueue<Young> newest, boolean dryRun)
      throws StoreException {
    try {
      var entry = log.read(document);
      if (entry.isEmpty() || !entry.get().operation().status().isOver()) {
        return 0;
      }
      if (entry.get().age().compareTo(grace) >= 0) {
        return forget(entry.get(), dryRun) ? 1 : 0;
      }
      newest.add(new Young(document, Instant.now().minus(entry.get().age())));
      if (newest.size() <= most) {
        return 0;
      }
      var oldest = log.read(newest.remove().document());
      return oldest.isPresent() && forget(oldest.get(), dryRun) ? 1 : 0;
    } catch (FormatException e) {
      // One that cannot be read leaves the others alone.
      LOG.error("operation '{}' is passed over: {}", document, e.getMessage());
      return 0;
    }
  }

  private boolean forget(OperationLog.Entry entry, boolean dryRun)
      throws StoreException, FormatException {
    var repository = RepositoryName.parse(entry.operation().repository());
    var digest = Digest.parse(entry.operation().digest());
    var last = log.last(repository, digest);
    var isLast =
        last.entry().filter(l -> l.operation().id().equals(entry.operation().id())).isPresent();
    if (isLast && registry.repository(repository).manifest(digest).isPresent()) {
      return false;
    }
    if (dryRun) {
      return true;
    }
    try {
      if (isLast) {
        log.removeLast(repository, digest, last);
      }
      log.remove(entry);
      return true;
    } catch (ConflictException e) {
      return false; // another one is being filed
    }
  }
}
