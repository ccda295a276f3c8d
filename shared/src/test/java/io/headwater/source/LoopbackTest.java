package io.headwater.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headwater.fault.FormatException;
import java.net.URI;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Where plain HTTP may go, and so credentials by it. */
class LoopbackTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "localhost",
        "127.0.0.1",
        "127.1.2.3",
        "127.255.255.255",
        "[::1]",
        "::1",
        "[0:0:0:0:0:0:0:1]"
      })
  void isThisMachine(String host) {
    assertThat(Loopback.isHost(host)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "127.anything.example",
        "127.0.0.1.example",
        "127.0.0.1.nip.io",
        "127.0.0",
        "127.1",
        "127.0.0.256",
        "127.0.0.01",
        "127.0.0.1.",
        "127.0.0.1@evil.example",
        "127.0.0.1#.evil.example",
        "2130706433",
        "0x7f.0.0.1",
        "0177.0.0.1",
        "0.0.0.0",
        "128.0.0.1",
        "localhost.example",
        "localhost.",
        "my.localhost",
        "LOCALHOST",
        "[::]",
        "[::2]",
        "[::ffff:127.0.0.1]",
        "[::1%lo]",
        "[::1].example",
        "::1:",
        "[]",
        ""
      })
  void isNot(String host) {
    assertThat(Loopback.isHost(host)).isFalse();
  }

  @Test
  void registryIsAskedByHttpsUnlessItIsThisMachine() throws FormatException {
    assertThat(Origin.ofRegistry("127.anything.example"))
        .hasToString("https://127.anything.example");
    assertThat(Origin.ofRegistry("127.0.0.1.example:5000"))
        .hasToString("https://127.0.0.1.example:5000");
    assertThat(Origin.ofRegistry("127.0.0.1:5000")).hasToString("http://127.0.0.1:5000");
    assertThat(Origin.ofRegistry("[::1]:5000")).hasToString("http://[::1]:5000");
    assertThat(Origin.ofRegistry("localhost")).hasToString("http://localhost");
    assertThat(Origin.ofRegistry("Registry.Example.com"))
        .isEqualTo(new Origin("https", "registry.example.com", 443));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "127.0.0.1@evil.example",
        "evil.example?.azurecr.io",
        "evil.example#.azurecr.io",
        "evil.example\\.azurecr.io",
        "evil.example%2f.azurecr.io",
        "a b",
        "host:port",
        "host:",
        ":5000",
        "-host",
        ""
      })
  void whatIsNoHostIsNoRegistry(String authority) {
    assertThatThrownBy(() -> Origin.ofRegistry(authority))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("give HOST[:PORT]");
  }

  @Test
  void imageReferenceHasAHost() {
    assertThatThrownBy(() -> ImageReference.parse("evil.example?.azurecr.io/app:v1"))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("is no registry");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://registry.example/x",
        "http://127.0.0.1.example/x",
        "ftp://127.0.0.1/x",
        "https:///x",
        "/x",
        "https://user:secret@registry.example/x"
      })
  void otherUrlsAreNotAsked(String url) {
    assertThatThrownBy(() -> Origin.of(URI.create(url)))
        .isInstanceOf(FormatException.class)
        .hasMessageNotContaining("secret");
  }
}
