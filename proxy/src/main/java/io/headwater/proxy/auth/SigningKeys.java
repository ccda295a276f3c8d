package io.headwater.proxy.auth;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
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

/**
 * The keys that tokens are signed with, in the store, so that every process knows them. The newest
 * signs; older ones are known for as long as a token of theirs can be valid.
 */
final class SigningKeys {
  private static final String DOCUMENT = "keys/signing";
  private static final Duration REREAD = Duration.ofSeconds(60);

  /** A key that is not known may have been made by another process just now. */
  private static final Duration REREAD_FOR_UNKNOWN = Duration.ofSeconds(1);

  private final ContentStore store;
  private final Duration rotation;
  private final Duration keep;
  private List<Key> keys = List.of();
  private Instant read = Instant.EPOCH;

  /** A key as it is kept: with its private part. */
  private record Key(String created, String jwk) {
    ECKey parse() throws IOException {
      try {
        return ECKey.parse(jwk);
      } catch (ParseException e) {
        throw new IOException("a signing key cannot be read", e);
      }
    }
  }

  /** The document. */
  private record Keys(List<Key> keys) {}

  /**
   * The keys in a store.
   *
   * @param keep the longest life of a token
   */
  SigningKeys(ContentStore store, Duration rotation, Duration keep) {
    this.store = store;
    this.rotation = rotation;
    this.keep = keep;
  }

  /** The key to sign with. Blocks. */
  synchronized ECKey newest() throws IOException {
    refresh(REREAD);
    while (keys.isEmpty() || Instant.parse(keys.getLast().created()).isBefore(expired())) {
      rotate();
    }
    return keys.getLast().parse();
  }

  private Instant expired() {
    return Instant.now().minus(rotation);
  }

  /** The key of an id; empty when it is not known. Blocks. */
  synchronized Optional<ECKey> find(String id) throws IOException {
    refresh(REREAD);
    var found = known(id);
    if (found.isEmpty()) {
      refresh(REREAD_FOR_UNKNOWN);
      found = known(id);
    }
    return found;
  }

  private Optional<ECKey> known(String id) throws IOException {
    for (var key : keys) {
      var parsed = key.parse();
      if (parsed.getKeyID().equals(id)) {
        return Optional.of(parsed);
      }
    }
    return Optional.empty();
  }

  private void refresh(Duration age) throws IOException {
    if (read.isBefore(Instant.now().minus(age))) {
      take(store.get(DOCUMENT));
    }
  }

  private void take(Optional<Document> document) throws IOException {
    keys =
        document.isEmpty()
            ? List.of()
            : Json.read(document.get().content(), Keys.class, "signing keys").keys();
    read = Instant.now();
  }

  private void rotate() throws IOException {
    var document = store.get(DOCUMENT);
    take(document);
    if (!keys.isEmpty() && Instant.parse(keys.getLast().created()).isAfter(expired())) {
      return; // another process was first
    }
    var forgotten = Instant.now().minus(rotation).minus(keep);
    var next = new ArrayList<>(keys);
    next.removeIf(key -> Instant.parse(key.created()).isBefore(forgotten));
    next.add(generate());
    try {
      store.put(
          DOCUMENT,
          Json.write(new Keys(next)),
          "application/json",
          document.map(d -> Condition.ifMatch(d.etag())).orElse(Condition.IF_ABSENT));
      keys = next;
    } catch (ConflictException e) {
      take(store.get(DOCUMENT));
    }
  }

  private static Key generate() {
    try {
      var key = new ECKeyGenerator(Curve.P_256).keyID(UUID.randomUUID().toString()).generate();
      return new Key(Instant.now().toString(), key.toJSONString());
    } catch (JOSEException e) {
      throw new IllegalStateException("every JDK has P-256", e);
    }
  }
}
