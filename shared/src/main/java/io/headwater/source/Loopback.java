package io.headwater.source;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.regex.Pattern;

/**
 * What is this machine: a literal address of 127.0.0.0/8, {@code ::1}, or exactly {@code
 * localhost}. No name is looked up, since whoever owns a name can let it point anywhere: {@code
 * 127.0.0.1.example.com} is none.
 */
public final class Loopback {
  private static final String OCTET = "(0|[1-9]\\d?|1\\d\\d|2[0-4]\\d|25[0-5])";
  private static final Pattern IPV4 = Pattern.compile("127(\\." + OCTET + "){3}");
  private static final Pattern IPV6 = Pattern.compile("[0-9A-Fa-f:]{2,39}");

  private Loopback() {}

  /**
   * Whether a host is this machine.
   *
   * @param host without a port; an IPv6 address with or without its brackets
   */
  public static boolean isHost(String host) {
    var name =
        host.startsWith("[") && host.endsWith("]") ? host.substring(1, host.length() - 1) : host;
    if (name.equals("localhost") || IPV4.matcher(name).matches()) {
      return true;
    }
    if (!name.contains(":") || !IPV6.matcher(name).matches()) {
      return false;
    }
    try {
      // Nothing but numbers and colons: the JDK takes it for an address or refuses it.
      return InetAddress.getByName(name) instanceof Inet6Address address
          && address.isLoopbackAddress();
    } catch (UnknownHostException e) {
      return false; // it has colons and is no address
    }
  }

  /** Whether the other end of a connection is this machine. */
  public static boolean isAddress(InetAddress address) {
    return address.isLoopbackAddress();
  }
}
