package io.headwater.proxy.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** Options of who may do what, as templates set them. */
class AccessFlagsTest {
  @Test
  void emptyListsAreListsOfNothing() {
    var flags = new AccessFlags();
    new CommandLine(flags)
        .setCaseInsensitiveEnumValuesAllowed(true)
        .parseArgs("--oidc-issuer=", "--oidc-mutable-claims=", "--trusted-proxies=");
    var options = flags.options();
    assertThat(options.issuers()).isEmpty();
    assertThat(options.mutableClaims()).isEmpty();
    assertThat(options.logins().trustedProxies()).isEqualTo(List.of());
  }

  @Test
  void listsMayHaveSpacesBehindTheirCommas() {
    var flags = new AccessFlags();
    new CommandLine(flags)
        .setCaseInsensitiveEnumValuesAllowed(true)
        .parseArgs(
            "--oidc-issuer=https://a.example, https://b.example,",
            "--oidc-mutable-claims=upn , email");
    var options = flags.options();
    assertThat(options.issuers()).containsExactly("https://a.example", "https://b.example");
    assertThat(options.mutableClaims()).containsExactly("upn", "email");
  }
}
