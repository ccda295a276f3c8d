package io.headwater.proxy.v2;

import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.LoadingCache;
import io.headwater.oci.RepositoryName;
import io.headwater.registry.ErrorCode;
import io.headwater.registry.Registry;
import io.headwater.registry.RegistryException;
import io.headwater.store.StoreException;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantLock;

/**
 * So many uploads of a repository are begun and not ended, as far as this process begins them: what
 * others begin it sees when it lists. They are listed only when as many were begun here as were
 * free at the last listing, so that an upload costs the store no listing of its own.
 */
final class UploadSessions {
  /** Repositories whose free uploads are remembered; of another one, they are listed again. */
  private static final int REMEMBERED = 10_000;

  private final Registry registry;
  private final int most;
  private final LongAdder refused = new LongAdder();
  private final LoadingCache<RepositoryName, Free> repositories =
      Caffeine.newBuilder().maximumSize(REMEMBERED).build(Free::new);

  UploadSessions(Registry registry, int most) {
    this.registry = registry;
    this.most = most;
  }

  long refused() {
    return refused.sum();
  }

  /** Begins one; returns its id. Blocks. */
  String begin(RepositoryName repository) throws StoreException {
    var free = repositories.get(repository);
    free.take();
    try {
      return registry.repository(repository).uploads().begin();
    } finally {
      free.begun();
    }
  }

  /** How many more of a repository may begin. */
  private final class Free {
    private final RepositoryName repository;
    private final ReentrantLock lock = new ReentrantLock();
    private int left;

    /** Taken, and perhaps not listed yet. Does not fall while somebody lists: that is locked. */
    private int underway;

    Free(RepositoryName repository) {
      this.repository = repository;
    }

    void take() throws StoreException {
      lock.lock();
      try {
        if (left == 0) {
          var open = registry.repository(repository).uploads().open(most);
          left = Math.max(0, most - open - underway);
        }
        if (left == 0) {
          refused.increment();
          throw new RegistryException(
              ErrorCode.TOOMANYREQUESTS,
              "repository '"
                  + repository
                  + "' has "
                  + most
                  + " uploads that were begun and not ended (max-upload-sessions): end or cancel"
                  + " them, or wait until they are removed (gc-grace)");
        }
        left--;
        underway++;
      } finally {
        lock.unlock();
      }
    }

    void begun() {
      lock.lock();
      try {
        underway--;
      } finally {
        lock.unlock();
      }
    }
  }
}
