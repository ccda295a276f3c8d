package io.headwater.source;

import io.headwater.fault.FormatException;
import io.headwater.oci.Digest;
import io.headwater.oci.RepositoryName;
import io.headwater.oci.Tag;
import java.util.Optional;

/**
 * An image in a registry: {@code host[:port]/name[:tag][@digest]}.
 *
 * @param host with its port
 * @param reference a digest or a tag
 */
public record ImageReference(String host, RepositoryName repository, String reference) {
  /** Whether a text begins with a host, as a reference to a registry does. */
  public static boolean looksLikeOne(String text) {
    var slash = text.indexOf('/');
    if (slash <= 0 || text.startsWith(".") || text.startsWith("/")) {
      return false;
    }
    var first = text.substring(0, slash);
    return first.contains(".") || first.contains(":") || first.equals("localhost");
  }

  /**
   * Reads a reference; without tag and digest it means the tag "latest".
   *
   * @throws FormatException if it is none
   */
  public static ImageReference parse(String text) throws FormatException {
    if (!looksLikeOne(text)) {
      throw new FormatException(
          "'" + text + "' is no image reference: give HOST[:PORT]/NAME[:TAG][@DIGEST]");
    }
    var slash = text.indexOf('/');
    Origin.ofRegistry(text.substring(0, slash));
    var rest = text.substring(slash + 1);
    var at = rest.indexOf('@');
    var digest =
        at < 0 ? Optional.<Digest>empty() : Optional.of(Digest.parse(rest.substring(at + 1)));
    var named = at < 0 ? rest : rest.substring(0, at);
    var colon = named.indexOf(':');
    var tag = colon < 0 ? "latest" : Tag.parse(named.substring(colon + 1)).value();
    var name = RepositoryName.parse(colon < 0 ? named : named.substring(0, colon));
    return new ImageReference(
        text.substring(0, slash), name, digest.map(Digest::toString).orElse(tag));
  }
}
