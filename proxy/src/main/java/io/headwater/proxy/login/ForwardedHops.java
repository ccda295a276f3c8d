package io.headwater.proxy.login;

import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The addresses that {@code Forwarded} (RFC 7239) or {@code X-Forwarded-For} name, the nearest
 * first: each proxy adds at the end whom it was asked by. Names are never looked up.
 */
final class ForwardedHops {
  /** More than any chain of proxies writes; what is longer is not read. */
  static final int MAX_CHARACTERS = 4096;

  static final int MAX_HOPS = 32;

  /** {@code forwarded-pair}, RFC 7239 §4, and what separates it from the next one. */
  private static final Pattern PAIR =
      Pattern.compile(
          "\\G[ \\t]*(?:([!#$%&'*+.^_`|~0-9A-Za-z-]+)=(?:([!#$%&'*+.^_`|~0-9A-Za-z-]+)|\"((?:[^\"\\\\]++|\\\\.)*+)\"))?[ \\t]*([;,]|\\z)");

  /** An address with or without a port; RFC 7239 has IPv6 in brackets, others write it bare. */
  private static final Pattern NODE =
      Pattern.compile("\\[([0-9A-Fa-f:.]+)](?::\\w+)?|([0-9.]+)(?::\\w+)?|([0-9A-Fa-f:.]+)");

  private ForwardedHops() {}

  /**
   * The hops of {@code X-Forwarded-For}.
   *
   * @return empty in the place of what is no address; nothing when it is too long
   */
  static List<Optional<InetAddress>> ofList(String header) {
    if (header.length() > MAX_CHARACTERS) {
      return List.of(Optional.empty());
    }
    return nearestFirst(List.of(header.split(",", -1)));
  }

  /**
   * The hops of {@code Forwarded}.
   *
   * @return empty in the place of what is no address or hidden; one that is empty when the header
   *     is malformed, since one cannot tell then where its elements begin
   */
  static List<Optional<InetAddress>> ofForwarded(String header) {
    if (header.length() > MAX_CHARACTERS) {
      return List.of(Optional.empty());
    }
    var nodes = new ArrayList<String>();
    var node = "";
    var pair = PAIR.matcher(header);
    for (int end = 0; end < header.length(); end = pair.end()) {
      if (!pair.find()) {
        return List.of(Optional.empty());
      }
      if ("for".equalsIgnoreCase(pair.group(1))) {
        node = pair.group(2) != null ? pair.group(2) : pair.group(3);
      }
      if (!";".equals(pair.group(4))) {
        nodes.add(node);
        node = "";
      }
    }
    return nearestFirst(nodes);
  }

  private static List<Optional<InetAddress>> nearestFirst(List<String> nodes) {
    return nodes.reversed().stream().limit(MAX_HOPS).map(ForwardedHops::address).toList();
  }

  private static Optional<InetAddress> address(String node) {
    var matcher = NODE.matcher(node.strip());
    if (!matcher.matches()) {
      return Optional.empty();
    }
    for (int group = 1; group <= 3; group++) {
      if (matcher.group(group) != null) {
        return literal(matcher.group(group));
      }
    }
    return Optional.empty();
  }

  /** An address that is written as numbers; empty for anything else. */
  static Optional<InetAddress> literal(String text) {
    var bytes = NetUtil.createByteArrayFromIpAddressString(text);
    try {
      return bytes == null ? Optional.empty() : Optional.of(InetAddress.getByAddress(bytes));
    } catch (UnknownHostException e) {
      throw new IllegalStateException("4 and 16 bytes are an address", e);
    }
  }
}
