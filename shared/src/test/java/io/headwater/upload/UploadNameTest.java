package io.headwater.upload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headwater.fault.FormatException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class UploadNameTest {
  @Test
  void nameSaysRepositoryTagAndKind() throws FormatException {
    var archive = UploadName.parse("team/app/v1.2.tar");
    assertThat(archive.repository().value()).isEqualTo("team/app");
    assertThat(archive.tag().value()).isEqualTo("v1.2");
    assertThat(archive.kind()).isEqualTo(UploadName.Kind.ARCHIVE);
    assertThat(UploadName.parse("a/b.import.json").kind()).isEqualTo(UploadName.Kind.IMPORT);
  }

  @Test
  void everyUsualEndingOfAnArchiveIsTaken() throws FormatException {
    for (var ending :
        new String[] {
          ".tar", ".tar.gz", ".tgz", ".tar.zst", ".tar.zstd", ".tzst", ".tar.xz", ".TAR", ".Tar.GZ"
        }) {
      var name = UploadName.parse("team/app/v1.2" + ending);
      assertThat(name.tag().value()).as(ending).isEqualTo("v1.2");
      assertThat(name.kind()).isEqualTo(UploadName.Kind.ARCHIVE);
    }
  }

  @Test
  void whatEndsOtherwiseIsRefusedAloudAndWhatNobodyMeansIsLeftAlone() {
    for (var name : new String[] {"team/app/v1.zip", "team/app/v1", "README", "a/v1.gz"}) {
      assertThat(UploadName.isUpload(name)).as(name).isTrue();
      assertThatThrownBy(() -> UploadName.parse(name))
          .isInstanceOf(FormatException.class)
          .hasMessageContaining("archives end in .tar, .tar.gz, .tgz, .tar.zst or .tzst");
    }
    for (var name :
        new String[] {"a/b.tar.error", "a/.b.tar.Xq3", ".hidden/b.tar", "a/.DS_Store"}) {
      assertThat(UploadName.isUpload(name)).as(name).isFalse();
    }
  }

  @Test
  void nameThatLeadsElsewhereIsRefused() {
    for (var name : new String[] {"v1.tar", "/v1.tar", "../a/v1.tar", "A/v1.tar", "a/.tar"}) {
      assertThatThrownBy(() -> UploadName.parse(name)).isInstanceOf(FormatException.class);
    }
  }

  private static ImportDocument document(String json) throws FormatException {
    return ImportDocument.parse(json.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void importDocumentNamesImageAndPlatforms() throws FormatException {
    var document = document("{\"source\":\"r.example.com/a/b:1\",\"platforms\":[\"linux/arm64\"]}");
    assertThat(document.source().host()).isEqualTo("r.example.com");
    assertThat(document.platforms()).hasSize(1);
    assertThat(document("{\"source\":\"r.example.com/a\"}").platforms()).isEmpty();
  }

  @Test
  void importDocumentThatIsNoneIsRefusedWithASentence() {
    for (var json :
        new String[] {
          "",
          "[]",
          "{}",
          "{\"source\":\"a/b\"}",
          "{\"source\":\"r.example.com/a\",\"platforms\":[\"x\"]}",
          "{\"source\":" + "1".repeat(70_000) + "}"
        }) {
      assertThatThrownBy(() -> document(json)).isInstanceOf(FormatException.class);
    }
  }
}
