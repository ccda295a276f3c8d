package io.headwater.source;

import io.headwater.fault.FormatException;
import java.net.URI;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Whom credentials are for: scheme, host and port (RFC 6454). They go to no other origin, and by
 * plain HTTP to this machine alone.
 *
 * @param host in lower case, an IPv6 address in brackets
 * @param port the scheme's own where none was given
 */
public record Origin(String scheme, String host, int port) {
  private static final Pattern AUTHORITY =
      Pattern.compile("([A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9.])?|\\[[0-9A-Fa-f:.]+])(:\\d{1,5})?");

  /**
   * A registry's: by HTTPS, and by HTTP where it is on this machine.
   *
   * @param authority {@code host[:port]}
   * @throws FormatException if it is anything else: what comes before an {@code @} or behind a
   *     {@code ?} would send credentials elsewhere
   */
  public static Origin ofRegistry(String authority) throws FormatException {
    var matcher = AUTHORITY.matcher(authority);
    if (!matcher.matches()) {
      throw new FormatException("'" + authority + "' is no registry: give HOST[:PORT]");
    }
    var scheme = Loopback.isHost(matcher.group(1)) ? "http" : "https";
    return of(uri(scheme + "://" + authority, "the registry"));
  }

  /**
   * The origin of a URL.
   *
   * @throws FormatException if it has no host, or anything in front of it, or if its scheme is
   *     neither https nor, on this machine, http
   */
  public static Origin of(URI url) throws FormatException {
    var scheme = String.valueOf(url.getScheme()).toLowerCase(Locale.ROOT);
    var host = url.getHost();
    if (host == null || url.getRawUserInfo() != null) {
      throw new FormatException("'" + shown(url) + "' is no address of a server");
    }
    var isPlain = scheme.equals("http");
    if (!scheme.equals("https") && !(isPlain && Loopback.isHost(host))) {
      throw new FormatException(
          "'" + shown(url) + "' is not asked: give https, since http is for this machine alone");
    }
    var port = url.getPort() >= 0 ? url.getPort() : isPlain ? 80 : 443;
    return new Origin(scheme, host.toLowerCase(Locale.ROOT), port);
  }

  /**
   * Reads a URL that a server has sent.
   *
   * @param what for a message
   * @throws FormatException if it is none
   */
  static URI uri(String text, String what) throws FormatException {
    try {
      return URI.create(text);
    } catch (IllegalArgumentException e) {
      throw new FormatException(what + " names '" + text + "', which is no URL");
    }
  }

  /** Whether one may go from here to there: never from https to http. */
  public boolean mayLeadTo(Origin other) {
    return scheme.equals("http") || other.scheme().equals("https");
  }

  /** A URL for messages: queries of signed URLs are secrets. */
  static String shown(URI url) {
    var text = url.toString().replaceFirst("//[^/@]*@", "//");
    var query = text.indexOf('?');
    return query < 0 ? text : text.substring(0, query) + "?…";
  }

  /** As it is written in a URL. */
  @Override
  public String toString() {
    var isUsual = port == (scheme.equals("http") ? 80 : 443);
    return scheme + "://" + host + (isUsual ? "" : ":" + port);
  }
}
