package io.headwater.oci;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headwater.fault.FormatException;
import io.headwater.fault.LimitException;
import io.headwater.sample.OddDocuments;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class DocumentsTest {
  private static final String HEX = "a".repeat(64);
  private static final byte[] CONTENT = "{}".getBytes(StandardCharsets.UTF_8);
  private static final Digest CONTENT_DIGEST = Digest.of(CONTENT);

  private static final String MANIFEST =
      """
      {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
       "artifactType": "application/x", "unknown": {"kept": [1]},
       "config": {"mediaType": "application/vnd.oci.empty.v1+json", "size": 2, "digest": "%s",
                  "data": "e30=", "annotations": {"a": "b"}},
       "layers": [{"mediaType": "text/plain", "size": 5, "digest": "sha256:%s",
                   "urls": ["https://example.com/x"], "platform": {"os": "linux",
                   "architecture": "arm", "variant": "v7", "os.version": "1"}}],
       "subject": {"mediaType": "text/plain", "size": 1, "digest": "sha256:%s"},
       "annotations": {"c": "d"}}
      """
          .formatted(CONTENT_DIGEST, HEX, HEX);

  private static final String INDEX =
      """
      {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json",
       "manifests": [{"mediaType": "application/vnd.oci.image.manifest.v1+json", "size": 5,
                      "digest": "sha256:%s", "platform": {"os": "linux", "architecture": "amd64"}}],
       "annotations": {"c": "d"}}
      """
          .formatted(HEX);

  private static final String CONFIG =
      """
      {"os": "linux", "architecture": "amd64", "variant": "v2", "os.version": "1",
       "config": {"Cmd": ["sh"]}, "rootfs": {"type": "layers", "diff_ids": ["sha256:%s"]}}
      """
          .formatted(HEX);

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** Reads a document and uses all that it holds. */
  private interface Use {
    void of(byte[] bytes) throws FormatException;
  }

  private static void useManifest(byte[] bytes) throws FormatException {
    var manifest = Manifest.parse(bytes, "");
    var unused = manifest.effectiveArtifactType() + " " + manifest.annotations();
    switch (manifest) {
      case ImageManifest image -> {
        use(image.config());
        image.layers().forEach(DocumentsTest::use);
        unused += image.isRunnable();
      }
      case ImageIndex index -> index.manifests().forEach(DocumentsTest::use);
    }
    if (manifest.subject() != null) {
      use(manifest.subject());
    }
    assertThat(Manifest.parse(manifest.toJson(), "")).isEqualTo(manifest);
  }

  private static void use(Descriptor descriptor) {
    assertThat(descriptor.digest().toString()).contains(":");
    assertThat(descriptor.mediaType().length()).isNotNegative();
    assertThat(descriptor.size()).isNotNegative();
    assertThat(descriptor.annotation("a").length()).isNotNegative();
    assertThat(descriptor.isForeign()).isIn(true, false);
    var platform = descriptor.platform();
    if (platform != null) {
      assertThat(platform.accepts(Platform.of("linux", "amd64"))).isIn(true, false);
      assertThat(platform.toString()).contains("/");
    }
  }

  private static void useConfig(byte[] bytes) throws FormatException {
    var config = ImageConfig.parse(bytes);
    assertThat(config.platform().toString()).contains("/");
    var again = ImageConfig.parse(config.withDiffIds(config.diffIds()));
    assertThat(again.diffIds()).isEqualTo(config.diffIds());
  }

  private static void holdOrSay(OddDocuments.Odd odd, Use use) {
    try {
      use.of(odd.bytes());
    } catch (FormatException e) {
      assertThat(e.getMessage())
          .as(odd.what())
          .matches("(manifest|index|image config|media type|JSON)[^\\n]*")
          .doesNotContainPattern(
              "headwater|java\\.|jackson|Exception|[a-z][A-Z]\\w*\\.[a-z]\\w*\\(")
          .hasSizeLessThan(500);
    } catch (RuntimeException e) {
      throw new AssertionError(odd.what(), e);
    }
  }

  @Test
  void everyOddDocumentHoldsWhatItsTypeSaysOrIsRefusedInOneSentence() {
    OddDocuments.of(bytes(MANIFEST)).forEach(odd -> holdOrSay(odd, DocumentsTest::useManifest));
    OddDocuments.of(bytes(INDEX)).forEach(odd -> holdOrSay(odd, DocumentsTest::useManifest));
    OddDocuments.of(bytes(CONFIG)).forEach(odd -> holdOrSay(odd, DocumentsTest::useConfig));
  }

  @Property(tries = 1000)
  void documentThatIsOddInSeveralPlacesIsReadOrRefused(@ForAll long seed) {
    holdOrSay(OddDocuments.random(bytes(MANIFEST), seed), DocumentsTest::useManifest);
    holdOrSay(OddDocuments.random(bytes(INDEX), seed), DocumentsTest::useManifest);
    holdOrSay(OddDocuments.random(bytes(CONFIG), seed), DocumentsTest::useConfig);
  }

  private static void assertRefused(String json, String sentence) {
    assertThatThrownBy(() -> Manifest.parse(bytes(json), ""))
        .isInstanceOf(FormatException.class)
        .hasMessage(sentence);
  }

  @Test
  void refusalSaysWhereWhatIsThereAndWhatIsWanted() {
    assertRefused(
        MANIFEST.replace("\"size\": 5", "\"size\": -5"),
        "manifest: layers[0].size: -5, a whole number from 0 to 9223372036854775807 is wanted");
    assertRefused(
        MANIFEST.replace("\"size\": 5", "\"size\": 9223372036854775808"),
        "manifest: layers[0].size: 9223372036854775808, a whole number from 0 to 9223372036854775807 is wanted");
    assertRefused(
        MANIFEST.replace("\"size\": 5,", ""),
        "manifest: layers[0].size is missing; a whole number from 0 to 9223372036854775807 is wanted");
    assertRefused(
        MANIFEST.replace("\"d\"", "null"), "manifest: annotations.c: null, a text is wanted");
    assertRefused(
        MANIFEST.replace("[\"https://example.com/x\"]", "[null]"),
        "manifest: layers[0].urls[0]: null, an entry is wanted");
    assertRefused(
        INDEX.replace("\"os\": \"linux\"", "\"os\": [\"linux\"]"),
        "index: manifests[0].platform.os: a list, a text is wanted");
    assertRefused(
        INDEX.replace("\"schemaVersion\": 2", "\"schemaVersion\": 1"),
        "index: schemaVersion: 1, a whole number from 2 to 2 is wanted");
    assertRefused(
        INDEX.replace(HEX, "\\u001b[31m"),
        "index: manifests[0].digest: 'sha256:?[31m' is no digest: give sha256: and 64 hex digits, or sha512: and 128");
    // What turns the direction of writing would show the rest of the line as something else.
    assertRefused(
        INDEX.replace(HEX, "\\u202e"),
        "index: manifests[0].digest: 'sha256:?' is no digest: give sha256: and 64 hex digits, or sha512: and 128");
    assertRefused(
        INDEX.replace(HEX, "a".repeat(5000)),
        "index: manifests[0].digest: 'sha256:"
            + "a".repeat(53)
            + "'\u2026, a text of at most 4096 characters is wanted");
  }

  /** Go marshals a nil slice, map or pointer as null. */
  @Test
  void nullOfGoIsNothing() throws Exception {
    var manifest =
        (ImageManifest)
            Manifest.parse(
                bytes(
                    """
                    {"schemaVersion": 2, "mediaType": null, "artifactType": null, "layers": null,
                     "config": {"mediaType": "a/b", "size": 2, "digest": "%s", "urls": null,
                                "annotations": null, "platform": null, "data": null},
                     "subject": null, "annotations": null}
                    """
                        .formatted(CONTENT_DIGEST)),
                "");
    assertThat(manifest.layers()).isEmpty();
    assertThat(manifest.subject()).isNull();
    assertThat(manifest.config().platform()).isNull();
    var index =
        (ImageIndex) Manifest.parse(bytes("{\"schemaVersion\": 2, \"manifests\": null}"), "");
    assertThat(index.manifests()).isEmpty();
    assertRefused(
        "{\"schemaVersion\": 2, \"config\": null, \"layers\": []}",
        "manifest: config: null, an object is wanted");
  }

  @Test
  void platformThatSaysNothingIsEmptyAndNotNull() throws Exception {
    var index =
        (ImageIndex)
            Manifest.parse(
                bytes(
                    INDEX.replace(
                        "{\"os\": \"linux\", \"architecture\": \"amd64\"}", "{\"os\": null}")),
                "");
    assertThat(index.manifests().getFirst().platform()).isEqualTo(Platform.of("", ""));
  }

  @Test
  void embeddedContentIsTheContentThatIsDescribed() {
    assertRefused(
        MANIFEST.replace("e30=", "W10="),
        "manifest: config.data: 'W10=', content of 2 bytes with the digest "
            + CONTENT_DIGEST
            + " is wanted");
    assertRefused(
        MANIFEST.replace("e30=", Base64.getEncoder().encodeToString(new byte[3])),
        "manifest: config.data: 'AAAA', content of 2 bytes with the digest "
            + CONTENT_DIGEST
            + " is wanted");
    assertRefused(MANIFEST.replace("e30=", "~"), "manifest: config.data: '~', base64 is wanted");
  }

  @Test
  void listsAndObjectsHaveABound() {
    var entries = "null,".repeat(Field.MAX_ENTRIES) + "null";
    assertThatThrownBy(
            () ->
                Manifest.parse(
                    bytes("{\"schemaVersion\": 2, \"manifests\": [" + entries + "]}"), ""))
        .isInstanceOf(LimitException.class)
        .hasMessage("index: manifests has 10001 entries: at most 10000 are taken");
    var texts = new StringBuilder();
    for (int i = 0; i <= Field.MAX_ENTRIES; i++) {
      texts.append(i == 0 ? "" : ",").append("\"a").append(i).append("\":\"\"");
    }
    assertThatThrownBy(
            () -> Manifest.parse(bytes(MANIFEST.replace("\"c\": \"d\"", texts.toString())), ""))
        .isInstanceOf(LimitException.class)
        .hasMessage("manifest: annotations has 10001 entries: at most 10000 are taken");
    assertThatThrownBy(() -> Manifest.parse(bytes("[".repeat(101)), ""))
        .isInstanceOf(LimitException.class)
        .hasMessageStartingWith("manifest: JSON nested deeper than 100 levels");
  }
}
