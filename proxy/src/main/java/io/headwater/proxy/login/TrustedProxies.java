package io.headwater.proxy.login;

import io.headwater.fault.FormatException;
import io.headwater.source.Loopback;
import io.netty.handler.ipfilter.IpFilterRuleType;
import io.netty.handler.ipfilter.IpSubnetFilterRule;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The proxies whose word on who asked them is believed. The client is the nearest hop that is not
 * one of them; what is written farther away may be anybody's invention.
 */
public final class TrustedProxies {
  private final List<IpSubnetFilterRule> networks;

  private TrustedProxies(List<IpSubnetFilterRule> networks) {
    this.networks = networks;
  }

  /**
   * Proxies by their networks.
   *
   * @param cidrs as {@code 10.0.0.0/8}, {@code fd00::/8}, or one address
   * @throws FormatException if one is none
   */
  public static TrustedProxies of(List<String> cidrs) throws FormatException {
    var networks = new ArrayList<IpSubnetFilterRule>();
    for (var cidr : cidrs) {
      networks.add(network(cidr.strip()));
    }
    return new TrustedProxies(List.copyOf(networks));
  }

  private static IpSubnetFilterRule network(String cidr) throws FormatException {
    var slash = cidr.indexOf('/');
    var address = ForwardedHops.literal(slash < 0 ? cidr : cidr.substring(0, slash));
    var bits = slash < 0 ? "" : cidr.substring(slash + 1);
    if (address.isPresent() && (slash < 0 || bits.matches("\\d{1,3}"))) {
      var most = address.get() instanceof Inet6Address ? 128 : 32;
      var length = slash < 0 ? most : Integer.parseInt(bits);
      if (length <= most) {
        return new IpSubnetFilterRule(address.get(), length, IpFilterRuleType.ACCEPT);
      }
    }
    throw new FormatException(
        "trusted-proxies: '"
            + cidr
            + "' is no network: give an address or <address>/<bits>, as 10.0.0.0/8");
  }

  private boolean trust(InetAddress address) {
    var socket = new InetSocketAddress(address, 0);
    return networks.stream().anyMatch(network -> network.matches(socket));
  }

  /**
   * The client of a request.
   *
   * @param peer the connection's other end; empty when it is not known any more
   * @param forwarded values of the header Forwarded, in their order
   * @param forwardedFor values of the header X-Forwarded-For, in their order
   * @param isPassedOn whether any header says that a proxy was there
   */
  public ClientAddress client(
      Optional<InetAddress> peer,
      List<String> forwarded,
      List<String> forwardedFor,
      boolean isPassedOn) {
    if (peer.isEmpty()) {
      return ClientAddress.UNKNOWN;
    }
    var direct = ClientAddress.of(peer.get(), Loopback.isAddress(peer.get()) && !isPassedOn);
    if (forwarded.isEmpty() && forwardedFor.isEmpty() || !trust(peer.get())) {
      return direct;
    }
    var byList =
        forwardedFor.isEmpty()
            ? null
            : farthest(peer.get(), ForwardedHops.ofList(join(forwardedFor)));
    var byForwarded =
        forwarded.isEmpty()
            ? null
            : farthest(peer.get(), ForwardedHops.ofForwarded(join(forwarded)));
    if (byList != null && byForwarded != null && !byList.equals(byForwarded)) {
      // A proxy that sets one header passes the other one on as the client wrote it: neither can be
      // told from an invention, so what is known for sure is the proxy.
      return direct;
    }
    return byList != null ? byList : byForwarded != null ? byForwarded : direct;
  }

  private static String join(List<String> values) {
    return String.join(",", values);
  }

  private ClientAddress farthest(InetAddress peer, List<Optional<InetAddress>> hops) {
    var client = peer;
    // On this machine is who came by this machine only: a trusted network may have clients in it,
    // and they may write what they like.
    var isLoopback = Loopback.isAddress(peer);
    for (var hop : hops) {
      if (hop.isEmpty()) {
        return ClientAddress.of(client, false);
      }
      client = hop.get();
      isLoopback &= Loopback.isAddress(client);
      if (!trust(client)) {
        break;
      }
    }
    return ClientAddress.of(client, isLoopback);
  }
}
