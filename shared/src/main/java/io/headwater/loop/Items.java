package io.headwater.loop;

import io.headwater.fault.Sentence;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The items that a loop serves one after the other, where one that cannot be served must not stand
 * in the way of the others. A failure is logged when it is another one than the last time, not each
 * time that the item comes. Safe for use by several threads.
 */
public final class Items {
  private static final Logger LOG = LoggerFactory.getLogger(Items.class);
  private static final int MOST_REMEMBERED = 10_000;

  private final String what;
  private final Map<String, String> failures = new ConcurrentHashMap<>();

  /** What is done about an item. */
  public interface Service {
    void run() throws Exception;
  }

  /**
   * Items.
   *
   * @param what they are, for the log: "operation"
   */
  public Items(String what) {
    this.what = what;
  }

  /**
   * Serves one item; whatever that throws is noted.
   *
   * @return whether it went well
   * @throws InterruptedException if the loop was closed meanwhile
   */
  public boolean serve(String item, Service service) throws InterruptedException {
    try {
      service.run();
      failures.remove(item);
      return true;
    } catch (InterruptedException e) {
      throw e;
    } catch (Throwable e) {
      note(item, e);
      return false;
    }
  }

  private void note(String item, Throwable failure) {
    var sentence = Sentence.of(failure);
    if (failures.size() >= MOST_REMEMBERED) {
      failures.clear();
    }
    if (!sentence.equals(failures.put(item, sentence))) {
      if (Sentence.isExpected(failure)) {
        LOG.error("{} '{}' is passed over: {}", what, item, sentence);
      } else {
        LOG.error("{} '{}' is passed over: {}", what, item, sentence, failure);
      }
    }
  }
}
