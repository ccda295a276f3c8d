package io.headwater.oci;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headwater.fault.FormatException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class ManifestTypeTest {
  private static final String OTHER = "application/vnd.example.v1+json";

  private static byte[] json(String text) {
    return text.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void isWhatTheDocumentSaysWhateverIsLeftOut() throws Exception {
    for (var type :
        List.of(
            MediaTypes.OCI_MANIFEST,
            MediaTypes.OCI_INDEX,
            MediaTypes.DOCKER_MANIFEST,
            MediaTypes.DOCKER_INDEX,
            OTHER)) {
      var document = json("{'mediaType':'" + type + "'}");
      for (var declared : List.of("", "application/json", type)) {
        assertThat(ManifestType.of(document, declared)).isEqualTo(type);
      }
    }
    assertThat(ManifestType.of(json("{'config':{}}"), "")).isEqualTo(MediaTypes.OCI_MANIFEST);
    assertThat(ManifestType.of(json("{'manifests':[]}"), "")).isEqualTo(MediaTypes.OCI_INDEX);
  }

  @Test
  void whatIsDeclaredHasToAgree() {
    var silent = json("{'config':{}}");
    for (var declared :
        List.of(
            MediaTypes.DOCKER_MANIFEST, MediaTypes.OCI_INDEX, OTHER, "text/html", "x", "é/\n")) {
      assertThatThrownBy(() -> ManifestType.of(silent, declared))
          .isInstanceOf(FormatException.class)
          .hasMessageContaining("declared as")
          .hasMessageNotContaining("\n");
    }
    assertThatThrownBy(() -> ManifestType.of(json("{'mediaType':'" + OTHER + "'}"), "a/b"))
        .hasMessageContaining(OTHER);
  }

  @Test
  void typesThatCannotBeServedAreRefused() {
    for (var type :
        List.of(
            "text/html",
            "text/html; x=",
            "application/xhtml+xml",
            "application/xml",
            "application/javascript",
            "application/vnd.example+json; charset=utf-8",
            "application/",
            "application/a b",
            "application/\u0001",
            "application/\u00e9",
            "image/svg+xml",
            "application/" + "a".repeat(128))) {
      assertThat(ManifestType.canBeServed(type)).as(type).isFalse();
      var document = Json.write(Json.object().put("mediaType", type));
      assertThatThrownBy(() -> ManifestType.of(document, ""))
          .as(type)
          .isInstanceOf(FormatException.class)
          .hasMessageContaining("mediaType");
    }
    assertThat(ManifestType.canBeServed("application/" + "a".repeat(127))).isTrue();
  }

  @Test
  void manifestThatWasKeptUnderSuchATypeIsServedUnderItsOwn() {
    assertThat(ManifestType.served("text/html", json("{'config':{}}")))
        .isEqualTo(MediaTypes.OCI_MANIFEST);
    assertThat(ManifestType.served("text/html", json("nonsense")))
        .isEqualTo("application/octet-stream");
  }
}
