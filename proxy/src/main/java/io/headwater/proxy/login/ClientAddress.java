package io.headwater.proxy.login;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.HexFormat;

/**
 * Where a request comes from.
 *
 * @param network that failures are counted for: an IPv4 address, or the /64 of an IPv6 address,
 *     which is what one customer has at least (RFC 6177)
 * @param isLoopback whether it was sent on this machine, and passed on by nobody else
 */
public record ClientAddress(String network, boolean isLoopback) {
  private static final int PREFIX_BYTES = 8;

  /** Of a connection that is gone already. */
  static final ClientAddress UNKNOWN = new ClientAddress("unknown", false);

  static ClientAddress of(InetAddress address, boolean isLoopback) {
    // An IPv4 address in IPv6 form (::ffff:a.b.c.d) is an Inet4Address to the JDK.
    var network =
        address instanceof Inet6Address
            ? HexFormat.of().formatHex(address.getAddress(), 0, PREFIX_BYTES) + "/64"
            : address.getHostAddress();
    return new ClientAddress(network, isLoopback);
  }
}
