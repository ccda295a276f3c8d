package io.headwater.oci;

import io.headwater.fault.FormatException;
import java.util.regex.Pattern;

/**
 * The name of a repository (OCI distribution spec, "Pulling manifests").
 *
 * @param value at most 255 characters, components separated by slashes
 */
public record RepositoryName(String value) implements Comparable<RepositoryName> {
  /** Clients limit host and name together to 255. */
  public static final int MAX_LENGTH = 255;

  private static final Pattern FORM =
      Pattern.compile("[a-z0-9]+((\\.|_|__|-+)[a-z0-9]+)*(/[a-z0-9]+((\\.|_|__|-+)[a-z0-9]+)*)*");

  public RepositoryName {
    if (!isValid(value)) {
      throw new IllegalArgumentException("not a repository name");
    }
  }

  private static boolean isValid(String text) {
    return text.length() <= MAX_LENGTH && FORM.matcher(text).matches();
  }

  /**
   * The name that a text states.
   *
   * @throws FormatException if it is none
   */
  public static RepositoryName parse(String text) throws FormatException {
    if (!isValid(text)) {
      var shown = text.length() > 80 ? text.substring(0, 80) + "…" : text;
      throw new FormatException(
          "'"
              + shown
              + "' is no repository name: lower-case letters, digits, separators . _ - and slashes, at most "
              + MAX_LENGTH
              + " characters");
    }
    return new RepositoryName(text);
  }

  @Override
  public int compareTo(RepositoryName other) {
    return value.compareTo(other.value);
  }

  @Override
  public String toString() {
    return value;
  }
}
