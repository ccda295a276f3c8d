package io.headwater.proxy.login;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headwater.fault.FormatException;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Who the client of a request is. */
class TrustedProxiesTest {
  private static ClientAddress client(
      String trusted, String peer, List<String> forwarded, List<String> forwardedFor)
      throws FormatException {
    return TrustedProxies.of(trusted.isEmpty() ? List.of() : List.of(trusted.split(" ")))
        .client(
            ForwardedHops.literal(peer),
            forwarded,
            forwardedFor,
            !forwarded.isEmpty() || !forwardedFor.isEmpty());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          192.0.2.7                             | 192.0.2.7
          192.0.2.7:4711                        | 192.0.2.7
          198.51.100.1, 192.0.2.7               | 192.0.2.7
          127.0.0.1, 192.0.2.7                  | 192.0.2.7
          192.0.2.7, 10.1.1.1, 10.2.2.2         | 192.0.2.7
          2001:db8:1:2:3:4:5:6                  | 20010db800010002/64
          [2001:db8:1:2::9]:443                 | 20010db800010002/64
          ::ffff:192.0.2.7                      | 192.0.2.7
          10.1.1.1, 10.2.2.2                    | 10.1.1.1
          evil, 192.0.2.7, 10.2.2.2             | 192.0.2.7
          192.0.2.7, unknown                    | 10.0.0.1
          192.0.2.7, localhost, 10.2.2.2        | 10.2.2.2
          192.0.2.7,                            | 10.0.0.1
          1.2.3.4.5                             | 10.0.0.1
          0x7f.1                                | 10.0.0.1
          """)
  void listIsReadFromTheRightUpToTheFirstThatIsNotTrusted(String header, String network)
      throws FormatException {
    var found = client("10.0.0.0/8", "10.0.0.1", List.of(), List.of(header));
    assertThat(found).isEqualTo(new ClientAddress(network, false));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          for=192.0.2.7                                        | 192.0.2.7
          For="192.0.2.7:4711";proto=https;by=203.0.113.43     | 192.0.2.7
          for=198.51.100.1, for=192.0.2.7;host="a,b;for=1.1.1.1" | 192.0.2.7
          for="[2001:db8:1:2::9]:443", for=10.2.2.2            | 20010db800010002/64
          for=192.0.2.7, for=_hidden                           | 10.0.0.1
          for=192.0.2.7, for=unknown, for=10.2.2.2             | 10.2.2.2
          for=192.0.2.7, proto=https                           | 10.0.0.1
          for=192.0.2.7, for="10.2.2.2                         | 10.0.0.1
          for = 192.0.2.7                                      | 10.0.0.1
          """)
  void forwardedIsReadTheSameWay(String header, String network) throws FormatException {
    var found = client("10.0.0.0/8", "10.0.0.1", List.of(header), List.of());
    assertThat(found).isEqualTo(new ClientAddress(network, false));
  }

  @Test
  void whatAnUntrustedPeerWritesIsIgnored() throws FormatException {
    for (var trusted : List.of("", "10.0.0.0/8")) {
      var found =
          client(trusted, "192.0.2.1", List.of("for=10.0.0.2"), List.of("198.51.100.1, 10.0.0.2"));
      assertThat(found).isEqualTo(new ClientAddress("192.0.2.1", false));
    }
  }

  @Test
  void headersThatDisagreeSayNothing() throws FormatException {
    var spoofed =
        client("10.0.0.0/8", "10.0.0.1", List.of("for=198.51.100.1"), List.of("192.0.2.7"));
    assertThat(spoofed.network()).isEqualTo("10.0.0.1");
    var same = client("10.0.0.0/8", "10.0.0.1", List.of("for=192.0.2.7"), List.of("192.0.2.7"));
    assertThat(same.network()).isEqualTo("192.0.2.7");
  }

  @Test
  void severalHeadersAreOneList() throws FormatException {
    var found =
        client("10.0.0.0/8", "10.0.0.1", List.of(), List.of("198.51.100.1", "192.0.2.7, 10.9.9.9"));
    assertThat(found.network()).isEqualTo("192.0.2.7");
  }

  @Test
  void onThisMachineIsWhoCameByThisMachineOnly() throws FormatException {
    assertThat(client("", "127.0.0.1", List.of(), List.of()).isLoopback()).isTrue();
    assertThat(client("", "::1", List.of(), List.of()).isLoopback()).isTrue();
    assertThat(client("", "127.0.0.1", List.of(), List.of("127.0.0.1")).isLoopback()).isFalse();
    var local = "127.0.0.0/8 10.0.0.0/8";
    assertThat(client(local, "127.0.0.1", List.of(), List.of("127.0.0.1")).isLoopback()).isTrue();
    assertThat(client(local, "127.0.0.1", List.of(), List.of("192.0.2.7")).isLoopback()).isFalse();
    // A client in a trusted network writes what it likes.
    for (var invented : List.of("127.0.0.1, 10.1.2.3", "127.0.0.1, 127.0.0.1, 10.1.2.3")) {
      assertThat(client(local, "127.0.0.1", List.of(), List.of(invented)).isLoopback()).isFalse();
    }
    assertThat(client(local, "10.0.0.1", List.of(), List.of("127.0.0.1")).isLoopback()).isFalse();
  }

  @Test
  void endlessHeadersAreBounded() throws FormatException {
    var hops = "192.0.2.7," + "10.1.1.1,".repeat(40) + "10.2.2.2";
    assertThat(client("10.0.0.0/8", "10.0.0.1", List.of(), List.of(hops)).network())
        .isEqualTo("10.1.1.1");
    var huge = "for=\"" + "x".repeat(100_000) + "\", for=192.0.2.7";
    assertThat(client("10.0.0.0/8", "10.0.0.1", List.of(huge), List.of()).network())
        .isEqualTo("10.0.0.1");
    var quoted = "for=\"" + "\\x".repeat(2_000) + "\", for=192.0.2.7";
    assertThat(client("10.0.0.0/8", "10.0.0.1", List.of(quoted), List.of()).network())
        .isEqualTo("192.0.2.7");
  }

  @Test
  void connectionThatIsGoneHasNoAddress() throws FormatException {
    var found = TrustedProxies.of(List.of()).client(Optional.empty(), List.of(), List.of(), false);
    assertThat(found).isEqualTo(new ClientAddress("unknown", false));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"10.0.0.0/33", "fd00::/129", "proxy.example.com", "10.0.0", "10.0.0.0/x", ""})
  void whatIsNoNetworkIsRefusedWithItsText(String text) {
    assertThatThrownBy(() -> TrustedProxies.of(List.of(text)))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("trusted-proxies")
        .hasMessageContaining("'" + text + "'");
  }
}
