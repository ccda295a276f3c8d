package io.headwater.store.order;

import io.headwater.store.ContentStore;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** Operations that are run at once, on what, and what has to be true afterwards. */
public interface Scene {
  /** A store as it is before; a new one each time, which always holds the same. */
  ContentStore store() throws IOException;

  List<Operation> operations();

  /**
   * Documents of which is noted, in the moment in which another one is put, whether they are there:
   * what was true then may have to stay true. The note is a document of the store, {@link #note}.
   */
  default List<String> witnessed(String name, byte[] content, String mediaType) {
    return List.of();
  }

  /** The name of the note about a document: a line for each of those that were there. */
  static String note(String name) {
    return "there-when-put/" + name;
  }

  /**
   * Looks at what is there when all operations have ended.
   *
   * @param ends how each operation ended; empty for well
   * @return what is wrong, each in a sentence
   */
  List<String> faults(ContentStore store, List<Optional<Throwable>> ends) throws Exception;
}
