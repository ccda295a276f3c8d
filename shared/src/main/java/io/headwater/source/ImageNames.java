package io.headwater.source;

import io.headwater.fault.FormatException;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiPredicate;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * Chooses an image among several by a name that it carries: as it is written, as people write it
 * ("app:1" is {@code docker.io/library/app:1}), by its tag alone, or by its digest. What was asked
 * for has to mean one image: never is another one taken.
 */
final class ImageNames {
  private static final Pattern DIGEST = Pattern.compile("sha(256|512):[0-9a-f]+");
  private static final String DEFAULT_HOST = "docker.io/";
  private static final String DEFAULT_FOLDER = "library/";

  private ImageNames() {}

  /**
   * An image that can be chosen.
   *
   * @param image what it is
   * @param names that it carries; may have none
   */
  record Named<T>(T image, Set<String> names) {}

  /**
   * The image of a name.
   *
   * @param asked empty when there is but one
   * @param identity what is equal for two entries of one image
   * @param where for messages: what the images are named in
   * @throws FormatException if there is none, or more than one
   */
  static <T> T choose(
      List<Named<T>> images, String asked, Function<T, Object> identity, String where)
      throws FormatException {
    if (asked.isEmpty()) {
      return only(images, identity, where, images, "");
    }
    for (var way : ways(asked)) {
      var found =
          images.stream()
              .filter(image -> image.names().stream().anyMatch(name -> way.test(name, asked)))
              .toList();
      if (!found.isEmpty()) {
        return only(found, identity, where, images, " by the name '" + asked + "'");
      }
    }
    throw new FormatException(where + " names no image '" + asked + "'; it has " + names(images));
  }

  /**
   * The ways in which a name can be meant, the surest first; the first one that finds any decides.
   * One word can be a tag or a repository, and neither is surer.
   */
  private static List<BiPredicate<String, String>> ways(String asked) {
    return isBare(asked)
        ? List.of((name, word) -> name.equals(word) || isTag(name, word) || isFamiliar(name, word))
        : List.of(String::equals, ImageNames::isFamiliar);
  }

  private static boolean isBare(String name) {
    return name.indexOf(':') < 0 && name.indexOf('/') < 0;
  }

  private static <T> T only(
      List<Named<T>> found,
      Function<T, Object> identity,
      String where,
      List<Named<T>> all,
      String name)
      throws FormatException {
    if (found.isEmpty()) {
      throw new FormatException(where + " names no image");
    }
    if (found.stream().map(image -> identity.apply(image.image())).distinct().count() > 1) {
      throw new FormatException(
          where + " names several images" + name + "; say which: " + names(all));
    }
    return found.getFirst().image();
  }

  /** All names; digests only of what has no others. */
  private static <T> String names(List<Named<T>> images) {
    var names = new TreeSet<String>();
    for (var image : images) {
      var given = image.names().stream().filter(name -> !DIGEST.matcher(name).matches()).toList();
      names.addAll(given.isEmpty() ? image.names() : given);
    }
    return names.isEmpty() ? "no named ones" : String.join(", ", names);
  }

  /** A carried name of one word is a tag (OCI image spec, annotations.md), and no repository. */
  private static boolean isFamiliar(String carried, String asked) {
    return !isBare(carried) && full(carried).equals(full(asked));
  }

  private static boolean isTag(String carried, String asked) {
    return carried.substring(nameEnd(carried)).equals(":" + asked);
  }

  /** Where the tag's colon is, or the digest's at sign; the end when there is neither. */
  private static int nameEnd(String name) {
    var at = name.indexOf('@');
    if (at >= 0) {
      return at;
    }
    var colon = name.lastIndexOf(':');
    return colon > name.lastIndexOf('/') ? colon : name.length();
  }

  /** A name with all that is left out where people write it (distribution's reference package). */
  private static String full(String name) {
    var slash = name.indexOf('/');
    var first = slash < 0 ? "" : name.substring(0, slash);
    var hasHost = first.contains(".") || first.contains(":") || first.equals("localhost");
    var full = hasHost ? name : DEFAULT_HOST + name;
    if (full.startsWith("index.docker.io/")) {
      full = full.substring("index.".length());
    }
    if (full.startsWith(DEFAULT_HOST) && full.indexOf('/', DEFAULT_HOST.length()) < 0) {
      full = DEFAULT_HOST + DEFAULT_FOLDER + full.substring(DEFAULT_HOST.length());
    }
    return nameEnd(full) == full.length() ? full + ":latest" : full;
  }
}
