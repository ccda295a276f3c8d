package io.headwater.oci;

import io.headwater.fault.FormatException;
import java.util.regex.Pattern;

/**
 * A name for a manifest in a repository (OCI distribution spec, "Pulling manifests").
 *
 * @param value at most 128 characters
 */
public record Tag(String value) implements Comparable<Tag> {
  private static final Pattern FORM = Pattern.compile("[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}");

  public Tag {
    if (!FORM.matcher(value).matches()) {
      throw new IllegalArgumentException("not a tag");
    }
  }

  /**
   * The tag that a text states.
   *
   * @throws FormatException if it is none
   */
  public static Tag parse(String text) throws FormatException {
    if (!FORM.matcher(text).matches()) {
      var shown = text.length() > 80 ? text.substring(0, 80) + "…" : text;
      throw new FormatException(
          "'"
              + shown
              + "' is no tag: letters, digits, . _ and -, at most 128 characters, not beginning with . or -");
    }
    return new Tag(text);
  }

  @Override
  public int compareTo(Tag other) {
    return value.compareTo(other.value);
  }

  @Override
  public String toString() {
    return value;
  }
}
