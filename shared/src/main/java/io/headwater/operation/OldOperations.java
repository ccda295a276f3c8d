package io.headwater.operation;

import io.headwater.fault.FormatException;
import io.headwater.oci.Digest;
import io.headwater.oci.RepositoryName;
import io.headwater.registry.Registry;
import io.headwater.store.ConflictException;
import io.headwater.store.StoreException;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Operations that tell nobody anything any more: over, and of an image that is not here any more or
 * was converted again since. The last one of an image that is here stays, however old it is. Safe
 * beside conversions. Blocks.
 */
public final class OldOperations {
  private static final Logger LOG = LoggerFactory.getLogger(OldOperations.class);

  private final Registry registry;
  private final OperationLog log;
  private final Duration grace;
  private final boolean dryRun;

  private OldOperations(Registry registry, Duration grace, boolean dryRun) {
    this.registry = registry;
    this.log = new OperationLog(registry.store());
    this.grace = grace;
    this.dryRun = dryRun;
  }

  /**
   * Forgets them.
   *
   * @param grace what has ended within it stays
   * @param dryRun only count
   * @return how many
   */
  public static int forget(Registry registry, Duration grace, boolean dryRun)
      throws StoreException, FormatException {
    return new OldOperations(registry, grace, dryRun).forget();
  }

  private int forget() throws StoreException, FormatException {
    var forgotten = 0;
    for (var documents = log.documents(); documents.hasNext(); ) {
      var document = documents.next();
      try {
        var entry = log.read(document);
        if (entry.isPresent()
            && entry.get().operation().status().isOver()
            && entry.get().age().compareTo(grace) >= 0
            && forget(entry.get())) {
          forgotten++;
        }
      } catch (FormatException e) {
        // One that cannot be read leaves the others alone.
        LOG.error("operation '{}' is passed over: {}", document, e.getMessage());
      }
    }
    return forgotten;
  }

  private boolean forget(OperationLog.Entry entry) throws StoreException, FormatException {
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
