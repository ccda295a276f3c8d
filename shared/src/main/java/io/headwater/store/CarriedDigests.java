package io.headwater.store;

import io.headwater.oci.Digest;
import java.security.MessageDigest;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;

/**
 * The sha256 of uploads that are on their way, carried along by the process that takes their bytes,
 * so that nothing is read back at the end. Of what another process took, it knows nothing. Safe for
 * use by several threads.
 */
public final class CarriedDigests {
  private final Map<String, Carried> uploads = new ConcurrentHashMap<>();

  /** The digest of an upload's first bytes. */
  private record Carried(MessageDigest sha256, long bytes) {}

  /** Begins with an upload that has no bytes yet. */
  public void begin(String id) {
    put(id, Digest.sha256(), 0);
  }

  /**
   * Takes an upload's digest out, to go on with it or to end it.
   *
   * @param bytes that the upload has
   * @return empty when it is not known of exactly so many
   */
  public Optional<MessageDigest> take(String id, long bytes) {
    return Optional.ofNullable(uploads.remove(id))
        .filter(known -> known.bytes() == bytes)
        .map(Carried::sha256);
  }

  /** Carries an upload's digest on, which is now that of so many bytes. */
  public void put(String id, MessageDigest sha256, long bytes) {
    uploads.put(id, new Carried(sha256, bytes));
  }

  /** Forgets an upload that is over. */
  public void forget(String id) {
    uploads.remove(id);
  }

  /** Forgets the uploads that are gone. */
  public void forgetIf(Predicate<String> isGone) {
    uploads.keySet().removeIf(isGone);
  }
}
