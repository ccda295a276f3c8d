package io.headwater.proxy.auth;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.headwater.fault.FormatException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.InvalidKeyException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.springframework.security.crypto.bcrypt.BCrypt;

/**
 * Users and the bcrypt hashes of their passwords, as {@code htpasswd -B} writes them. A password
 * that was right is remembered as long as it is used, by a hash under a key that only this process
 * has, since bcrypt takes a tenth of a second by design: who is known waits for nobody who guesses.
 * It is forgotten when the file has another hash for its user.
 */
public final class Htpasswd {
  private static final Duration REMEMBER = Duration.ofHours(12);
  private static final int MAX_REMEMBERED = 10_000;
  private static final int COST = 10;

  /** bcrypt takes no more into account. */
  private static final int MAX_PASSWORD_BYTES = 72;

  private static final String FORM = "\\$2[aby]\\$\\d\\d\\$[./A-Za-z0-9]{53}";

  private final WatchedFile<Users> users;
  private final byte[] key = new byte[32];
  private final Cache<String, byte[]> right =
      Caffeine.newBuilder().maximumSize(MAX_REMEMBERED).expireAfterAccess(REMEMBER).build();

  /**
   * A file's content.
   *
   * @param nobody checked for users that do not exist, so that it takes as long: of the highest
   *     cost in the file
   */
  private record Users(Map<String, String> hashes, String nobody) {
    static Users of(Map<String, String> hashes) {
      var cost =
          hashes.values().stream()
              .mapToInt(hash -> Integer.parseInt(hash.substring(4, 6)))
              .max()
              .orElse(COST);
      var nobody = String.format(Locale.ROOT, "$2a$%02d$%s", cost, ".".repeat(53));
      return new Users(Map.copyOf(hashes), nobody);
    }
  }

  /** A password as it was sent, with what the file says of its user now. */
  static final class Attempt {
    private final String user;
    private final Optional<String> hash;
    private final String nobody;
    private final byte[] password;
    private final byte[] mark;

    private Attempt(String user, Users users, byte[] password, byte[] mark) {
      this.user = user;
      this.hash = Optional.ofNullable(users.hashes().get(user));
      this.nobody = users.nobody();
      this.password = password;
      this.mark = mark;
    }

    /** The same for the same password of the same user, and nothing that tells it. */
    String secret() {
      return Base64.getEncoder().encodeToString(mark);
    }
  }

  private Htpasswd(WatchedFile<Users> users) {
    this.users = users;
    new SecureRandom().nextBytes(key);
  }

  /** Reads a file; changes of it are noticed. */
  static Htpasswd open(Path file) throws IOException {
    if (!Files.exists(file)) {
      throw new FormatException(
          "there is no file " + file + "; make one with: headwater passwd " + file + " USER");
    }
    return new Htpasswd(new WatchedFile<>(file, Htpasswd::read));
  }

  private static Users read(Path file) throws IOException {
    var users = new HashMap<String, String>();
    var number = 0;
    for (var line : Files.readAllLines(file)) {
      number++;
      if (line.isBlank() || line.startsWith("#")) {
        continue;
      }
      var colon = line.indexOf(':');
      if (colon <= 0 || !line.substring(colon + 1).strip().matches(FORM)) {
        throw new FormatException(
            file + ", line " + number + ": give <user>:<bcrypt hash>, as htpasswd -B writes it");
      }
      users.put(line.substring(0, colon), line.substring(colon + 1).strip());
    }
    return Users.of(users);
  }

  /** Whether there is such a user. */
  boolean has(String user) {
    return users.get().hashes().containsKey(user);
  }

  /** A password that somebody sent. Reads the file if it has changed. */
  Attempt attempt(String user, String password) {
    var now = users.get();
    var hash = now.hashes().getOrDefault(user, "");
    return new Attempt(
        user, now, password.getBytes(StandardCharsets.UTF_8), mark(user, password, hash));
  }

  /** Whether it was right before, and nothing has changed since. Costs nothing. */
  boolean isKnown(Attempt attempt) {
    var known = right.getIfPresent(attempt.user);
    return known != null && MessageDigest.isEqual(known, attempt.mark);
  }

  /** Whether it is right. Takes a processor for a tenth of a second, as a rule. */
  boolean check(Attempt attempt) {
    if (isKnown(attempt)) {
      return true;
    }
    var matches =
        attempt.password.length <= MAX_PASSWORD_BYTES
            && BCrypt.checkpw(attempt.password, attempt.hash.orElse(attempt.nobody));
    if (matches && attempt.hash.isPresent()) {
      right.put(attempt.user, attempt.mark);
      return true;
    }
    return false;
  }

  /** Right passwords that are remembered. */
  long remembered() {
    return right.estimatedSize();
  }

  private byte[] mark(String user, String password, String hash) {
    try {
      var mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key, "HmacSHA256"));
      return mac.doFinal((user + "\n" + hash + "\n" + password).getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException | InvalidKeyException e) {
      throw new IllegalStateException("every JDK has HmacSHA256", e);
    }
  }

  /** Sets a user's password in a file, which is made when it is missing. */
  public static void put(Path file, String user, String password) throws IOException {
    if (user.isEmpty() || !user.matches("[^:\\s]+")) {
      throw new FormatException("a user's name has no colon and no white space");
    }
    var bytes = password.getBytes(StandardCharsets.UTF_8);
    if (bytes.length == 0 || bytes.length > MAX_PASSWORD_BYTES) {
      throw new FormatException("a password has 1 to " + MAX_PASSWORD_BYTES + " bytes");
    }
    List<String> lines = Files.exists(file) ? Files.readAllLines(file) : List.of();
    var kept = new ArrayList<>(lines.stream().filter(l -> !l.startsWith(user + ":")).toList());
    kept.add(user + ":" + BCrypt.hashpw(password, BCrypt.gensalt(COST)));
    var parent = file.toAbsolutePath().getParent();
    if (parent != null) {
      Files.createDirectories(parent);
    }
    PrivateFiles.write(file, String.join("\n", kept) + "\n");
  }
}
