package io.headwater.oci;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headwater.fault.FormatException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NamesTest {
  @ParameterizedTest
  @ValueSource(strings = {"a", "a/b/c", "a.b_c__d---e", "0/1", "library/redis"})
  void takesRepositoryNames(String name) throws FormatException {
    assertThat(RepositoryName.parse(name).value()).isEqualTo(name);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "", "A", "a//b", "/a", "a/", "../a", "a/../b", "_a", "a..b", "a___b", "a b", "ä", "a\n",
        "-a"
      })
  void refusesWhatIsNoRepositoryName(String name) {
    assertThatThrownBy(() -> RepositoryName.parse(name))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("is no repository name");
  }

  @Test
  void refusesEndlessNamesQuickly() {
    assertThatThrownBy(() -> RepositoryName.parse("a/".repeat(100_000) + "A"))
        .isInstanceOf(FormatException.class)
        .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(300));
    assertThatThrownBy(() -> RepositoryName.parse("a".repeat(256)))
        .isInstanceOf(FormatException.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", ".a", "-a", "a/b", "a b", "..", "ä"})
  void refusesWhatIsNoTag(String tag) {
    assertThatThrownBy(() -> Tag.parse(tag)).isInstanceOf(FormatException.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "sha256:",
        "sha256:abc",
        "md5:d41d8cd98f00b204e9800998ecf8427e",
        "sha256:E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855",
        "sha256:../../../../../../../../../../../../../../../../../etc/passwd00000",
        "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855/"
      })
  void refusesWhatIsNoDigest(String digest) {
    assertThatThrownBy(() -> Digest.parse(digest))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("is no digest");
  }

  @Test
  void platformAcceptsAnyVariantUnlessOneIsAskedFor() {
    var v7 = Platform.parse("linux/arm/v7");
    assertThat(Platform.parse("linux/arm").accepts(v7)).isTrue();
    assertThat(Platform.parse("linux/arm/v6").accepts(v7)).isFalse();
    assertThat(Platform.parse("linux/arm64").accepts(v7)).isFalse();
  }
}
