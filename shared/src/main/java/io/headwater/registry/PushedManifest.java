package io.headwater.registry;

import io.headwater.fault.FormatException;
import io.headwater.oci.Digest;
import io.headwater.oci.Json;
import io.headwater.oci.RepositoryName;
import io.headwater.store.Condition;
import io.headwater.store.ConflictException;
import io.headwater.store.ContentStore;
import io.headwater.store.StoreException;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * That a manifest was pushed, as a document {@code pushed/<repository>/_/<digest>}, for whoever
 * converts what is pushed in another process. It is removed when that is done.
 *
 * @param etag of the document; a later push of the same manifest has another one
 */
public record PushedManifest(RepositoryName repository, Digest digest, String etag) {
  /** What the names of the documents begin with. */
  public static final String FOLDER = "pushed/";

  private static final Pattern NAME = Pattern.compile(FOLDER + "(.+)/_/([a-z0-9]+)-([0-9a-f]+)");

  private record Form(String repository, String digest) {}

  /** Announces a push. */
  public static void announce(ContentStore store, RepositoryName repository, Digest digest)
      throws StoreException {
    store.put(
        name(repository, digest),
        Json.write(new Form(repository.value(), digest.toString())),
        "application/json",
        Condition.ALWAYS);
  }

  private static String name(RepositoryName repository, Digest digest) {
    return FOLDER + repository + "/_/" + digest.algorithm() + "-" + digest.hex();
  }

  /**
   * What was announced.
   *
   * @param name of the document
   * @return empty when it was dealt with
   * @throws FormatException if the name is not of an announcement
   */
  public static Optional<PushedManifest> find(ContentStore store, String name)
      throws StoreException, FormatException {
    var parts = NAME.matcher(name);
    if (!parts.matches()) {
      throw new FormatException("'" + name + "' announces no push");
    }
    var repository = RepositoryName.parse(parts.group(1));
    var digest = Digest.parse(parts.group(2) + ":" + parts.group(3));
    return store.get(name).map(found -> new PushedManifest(repository, digest, found.etag()));
  }

  /** Removes the announcement, unless the manifest was pushed again since. */
  public void done(ContentStore store) throws StoreException {
    try {
      store.delete(name(repository, digest), Condition.ifMatch(etag));
    } catch (ConflictException e) {
      // Its new state comes by itself.
    }
  }
}
