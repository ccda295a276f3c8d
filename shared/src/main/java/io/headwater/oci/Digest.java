package io.headwater.oci;

import com.fasterxml.jackson.annotation.JsonValue;
import io.headwater.fault.FormatException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.regex.Pattern;

/**
 * What content is called: algorithm and hash (OCI image spec, descriptor.md, "Digests").
 *
 * @param algorithm sha256 or sha512
 * @param hex the hash in lower-case hex: 64 or 128 characters
 */
public record Digest(String algorithm, String hex) implements Comparable<Digest> {
  private static final Pattern FORM =
      Pattern.compile("(sha256):([a-f0-9]{64})|(sha512):([a-f0-9]{128})");

  public Digest {
    if (!FORM.matcher(algorithm + ":" + hex).matches()) {
      throw new IllegalArgumentException("not a sha256 or sha512 digest");
    }
  }

  /**
   * The digest that a text states.
   *
   * @throws FormatException if it is none
   */
  public static Digest parse(String text) throws FormatException {
    var matcher = FORM.matcher(text);
    if (!matcher.matches()) {
      var shown = text.length() > 80 ? text.substring(0, 80) + "…" : text;
      throw new FormatException(
          "'" + shown + "' is no digest: give sha256: and 64 hex digits, or sha512: and 128");
    }
    return matcher.group(1) != null
        ? new Digest(matcher.group(1), matcher.group(2))
        : new Digest(matcher.group(3), matcher.group(4));
  }

  /** Whether a text is a digest. */
  public static boolean isOne(String text) {
    return FORM.matcher(text).matches();
  }

  /** Whether a text has the form of a digest, known algorithm or not. */
  public static boolean looksLikeOne(String text) {
    return text.indexOf(':') > 0;
  }

  /** The sha256 digest of bytes. */
  public static Digest of(byte[] bytes) {
    return ofHash(sha256().digest(bytes));
  }

  /** The digest of bytes in an algorithm, sha256 or sha512. */
  public static Digest of(String algorithm, byte[] bytes) {
    return ofHash(algorithm, computation(algorithm).digest(bytes));
  }

  /** The digest with that hash. */
  public static Digest ofHash(String algorithm, byte[] hash) {
    return new Digest(algorithm, HexFormat.of().formatHex(hash));
  }

  /** The sha256 digest with that hash. */
  public static Digest ofHash(byte[] sha256) {
    return ofHash("sha256", sha256);
  }

  /** A new computation of sha256. */
  public static MessageDigest sha256() {
    return computation("sha256");
  }

  /** A new computation of this digest's algorithm. */
  public MessageDigest computation() {
    return computation(algorithm);
  }

  /** A new computation of sha256 or sha512. */
  public static MessageDigest computation(String algorithm) {
    var name = algorithm.equals("sha256") ? "SHA-256" : "SHA-512";
    try {
      return MessageDigest.getInstance(name);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has " + name, e);
    }
  }

  @Override
  public int compareTo(Digest other) {
    return toString().compareTo(other.toString());
  }

  @JsonValue
  @Override
  public String toString() {
    return algorithm + ":" + hex;
  }
}
