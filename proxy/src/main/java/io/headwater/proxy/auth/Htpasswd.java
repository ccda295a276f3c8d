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
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.springframework.security.crypto.bcrypt.BCrypt;

/**
 * Users and the bcrypt hashes of their passwords, as {@code htpasswd -B} writes them. A password
 * that was right is remembered for a while under a key that only this process has, since bcrypt
 * takes a tenth of a second by design.
 */
public final class Htpasswd {
  private static final Duration REMEMBER = Duration.ofMinutes(5);
  private static final int COST = 10;

  /** bcrypt takes no more into account. */
  private static final int MAX_PASSWORD_BYTES = 72;

  private static final String FORM = "\\$2[aby]\\$\\d\\d\\$[./A-Za-z0-9]{53}";

  /** Checked for users that do not exist, so that it takes as long. */
  private static final String NOBODY = BCrypt.hashpw("nobody", BCrypt.gensalt(COST));

  private final WatchedFile<Map<String, String>> users;
  private final byte[] key = new byte[32];
  private final Cache<String, byte[]> right =
      Caffeine.newBuilder().maximumSize(10_000).expireAfterWrite(REMEMBER).build();

  private Htpasswd(WatchedFile<Map<String, String>> users) {
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

  private static Map<String, String> read(Path file) throws IOException {
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
    return Map.copyOf(users);
  }

  /** Whether there is such a user. */
  boolean has(String user) {
    return users.get().containsKey(user);
  }

  /** Whether it is the password of the user. Blocks for a while. */
  boolean check(String user, String password) {
    var hash = users.get().get(user);
    var mark = mark(user, password, hash == null ? "" : hash);
    var known = right.getIfPresent(user);
    if (known != null && MessageDigest.isEqual(known, mark)) {
      return true;
    }
    var bytes = password.getBytes(StandardCharsets.UTF_8);
    var matches =
        bytes.length <= MAX_PASSWORD_BYTES && BCrypt.checkpw(bytes, hash == null ? NOBODY : hash);
    if (matches && hash != null) {
      right.put(user, mark);
      return true;
    }
    return false;
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
