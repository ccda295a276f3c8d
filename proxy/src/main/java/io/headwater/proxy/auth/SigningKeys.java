package io.headwater.proxy.auth;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import io.headwater.fault.FormatException;
import io.headwater.oci.Field;
import io.headwater.oci.Json;
import io.headwater.store.Condition;
import io.headwater.store.ConflictException;
import io.headwater.store.ContentStore;
import io.headwater.store.Document;
import java.io.IOException;
import java.text.ParseException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The keys that tokens are signed with, in the store, so that every process knows them. The newest
 * signs; older ones are known for as long as a token of theirs can be valid. Where there is a
 * {@link KeySeal}, they are encrypted there, and one that is not is none.
 */
final class SigningKeys {
  private static final Logger LOG = LoggerFactory.getLogger(SigningKeys.class);
  private static final String DOCUMENT = "keys/signing";
  private static final Duration REREAD = Duration.ofSeconds(60);

  /** A key that is not known may have been made by another process just now. */
  private static final Duration REREAD_FOR_UNKNOWN = Duration.ofSeconds(1);

  private final ReentrantLock lock = new ReentrantLock();
  private final ContentStore store;
  private final @Nullable KeySeal seal;
  private final Duration rotation;
  private final Duration keep;
  private List<Known> keys = List.of();
  private Instant read = Instant.EPOCH;

  /** A key as it is kept: its private part as a JWK, or encrypted. */
  private record Key(String created, @Nullable String jwk, KeySeal.@Nullable Sealed sealed) {
    private static Key read(Field field) throws FormatException {
      return new Key(
          field.field("created").time().toString(),
          field.field("jwk").optional(Field::text).orElse(null),
          field.field("sealed").optional(KeySeal.Sealed::read).orElse(null));
    }

    Instant time() {
      return Instant.parse(created);
    }
  }

  /** The document. */
  private record Keys(List<Key> keys) {}

  /** A key that was read. */
  private record Known(Key key, ECKey parsed) {}

  /**
   * The keys in a store.
   *
   * @param wrap encrypts them; empty: they are kept as they are
   * @param keep the longest life of a token
   */
  SigningKeys(ContentStore store, Optional<KeyWrap> wrap, Duration rotation, Duration keep) {
    this.store = store;
    this.seal = wrap.map(KeySeal::new).orElse(null);
    this.rotation = rotation;
    this.keep = keep;
  }

  /** The key to sign with. Blocks. */
  ECKey newest() throws IOException {
    lock.lock();
    try {
      refresh(REREAD);
      while (keys.isEmpty() || keys.getLast().key().time().isBefore(expired())) {
        rotate();
      }
      return keys.getLast().parsed();
    } finally {
      lock.unlock();
    }
  }

  private Instant expired() {
    return Instant.now().minus(rotation);
  }

  /** The key of an id; empty when it is not known. Blocks. */
  Optional<ECKey> find(String id) throws IOException {
    lock.lock();
    try {
      refresh(REREAD);
      var found = known(id);
      if (found.isEmpty()) {
        refresh(REREAD_FOR_UNKNOWN);
        found = known(id);
      }
      return found;
    } finally {
      lock.unlock();
    }
  }

  private Optional<ECKey> known(String id) {
    return keys.stream().map(Known::parsed).filter(key -> id.equals(key.getKeyID())).findFirst();
  }

  private void refresh(Duration age) throws IOException {
    if (read.isBefore(Instant.now().minus(age))) {
      take(store.get(DOCUMENT));
    }
  }

  /** Takes what the store has; returns all of it, what cannot be used here too. */
  private List<Key> take(Optional<Document> document) throws IOException {
    var stored =
        document.isEmpty()
            ? List.<Key>of()
            : Field.document(document.get().content(), "signing keys")
                .field("keys")
                .list(Key::read);
    var next = new ArrayList<Known>();
    IOException failure = null;
    for (var key : stored) {
      try {
        open(key).ifPresent(next::add);
      } catch (IOException e) {
        LOG.warn("The signing key of {} cannot be read: {}", key.created(), e.getMessage());
        failure = e;
      }
    }
    // With none at all, a new one in their place would end everybody's tokens.
    if (failure != null && next.isEmpty()) {
      throw failure;
    }
    keys = List.copyOf(next);
    read = Instant.now();
    return stored;
  }

  /** Reads a key, once; empty if it is not kept in the way that is wanted. */
  private Optional<Known> open(Key key) throws IOException {
    var before = keys.stream().filter(known -> known.key().equals(key)).findFirst();
    if (before.isPresent()) {
      return before;
    }
    if (seal != null) {
      return key.sealed() == null
          ? Optional.empty()
          : Optional.of(new Known(key, seal.open(key.sealed())));
    }
    if (key.jwk() == null) {
      throw new IOException(
          "it is encrypted by a key in a vault: start this proxy with the --vault-key of the others");
    }
    try {
      return Optional.of(new Known(key, ECKey.parse(key.jwk())));
    } catch (ParseException e) {
      throw new IOException("it is no JWK", e);
    }
  }

  private void rotate() throws IOException {
    var document = store.get(DOCUMENT);
    var stored = take(document);
    if (!keys.isEmpty() && keys.getLast().key().time().isAfter(expired())) {
      return; // another process was first
    }
    var forgotten = Instant.now().minus(rotation).minus(keep);
    var next = new ArrayList<>(stored);
    next.removeIf(key -> key.time().isBefore(forgotten) || seal != null && key.sealed() == null);
    var made = generate();
    next.add(made.key());
    try {
      store.put(
          DOCUMENT,
          Json.write(new Keys(next)),
          "application/json",
          document.map(d -> Condition.ifMatch(d.etag())).orElse(Condition.IF_ABSENT));
      var known = new ArrayList<>(keys);
      known.removeIf(one -> !next.contains(one.key()));
      known.add(made);
      keys = List.copyOf(known);
    } catch (ConflictException e) {
      take(store.get(DOCUMENT));
    }
  }

  private Known generate() throws IOException {
    try {
      var key = new ECKeyGenerator(Curve.P_256).keyID(UUID.randomUUID().toString()).generate();
      var now = Instant.now().toString();
      return new Known(
          seal == null
              ? new Key(now, key.toJSONString(), null)
              : new Key(now, null, seal.seal(key)),
          key);
    } catch (JOSEException e) {
      throw new IllegalStateException("every JDK has P-256", e);
    }
  }
}
