package io.headwater.proxy.limit;

import static org.assertj.core.api.Assertions.assertThat;

import io.headwater.proxy.RunningProxy;
import io.headwater.proxy.cache.CacheOptions;
import io.headwater.store.file.FileStore;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Connections at their bounds and over them. */
class ConnectionsTest {
  private static final String GET = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";

  @TempDir private Path folder = Path.of("");

  @ParameterizedTest
  @CsvSource({"5, 0", "1000, 5"})
  void soManyAreOpenAndOthersAreClosedUntilOneIs(int all, int perAddress) throws Exception {
    var limits =
        ChangedLimits.with(Map.of("connections", all, "connectionsPerAddress", perAddress));
    List<RawClient> clients = new ArrayList<>();
    try (var proxy = new RunningProxy(FileStore.open(folder), CacheOptions.DEFAULT, limits)) {
      for (int i = 0; i < 5; i++) {
        clients.add(new RawClient(proxy.port()).send(GET));
        assertThat(clients.getLast().read(new byte[1000])).isPositive();
      }
      try (var refused = new RawClient(proxy.port())) {
        refused.trySend(GET);
        assertThat(refused.readAll()).isEmpty();
      }
      assertThat(proxy.connections().refused()).isEqualTo(1);
      clients.removeFirst().close();
      for (int i = 0; i < 100 && proxy.connections().open() > 4; i++) {
        Thread.sleep(50);
      }
      clients.add(new RawClient(proxy.port()).send(GET));
      assertThat(clients.getLast().read(new byte[1000])).isPositive();
      for (var client : clients) {
        client.close();
      }
    }
  }

  @Test
  void addressesOfOneNetworkOfIpv6AreOne() {
    var address = Connections.address(new InetSocketAddress("2001:db8:1:2::1", 1));
    assertThat(Connections.address(new InetSocketAddress("2001:db8:1:2:ffff::9", 2)))
        .isEqualTo(address);
    assertThat(Connections.address(new InetSocketAddress("2001:db8:1:3::1", 1)))
        .isNotEqualTo(address);
    assertThat(Connections.address(new InetSocketAddress("192.0.2.7", 1)))
        .isEqualTo("192.0.2.7")
        .isNotEqualTo(Connections.address(new InetSocketAddress("192.0.2.8", 1)));
  }
}
