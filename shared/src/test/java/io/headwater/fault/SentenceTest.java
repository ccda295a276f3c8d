package io.headwater.fault;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import org.junit.jupiter.api.Test;

class SentenceTest {
  @Test
  void namesNoClassOfJavas() {
    assertThat(Sentence.of(new StackOverflowError())).doesNotContain("StackOverflow", "java");
    assertThat(Sentence.of(new NullPointerException("because \"this.x\" is null")))
        .isEqualTo("a fault in Headwater itself, which the log describes");
    assertThat(Sentence.of(new IOException())).doesNotContain("IOException");
    assertThat(Sentence.of(new NoSuchFileException("/a"))).isEqualTo("/a: there is no such file");
    assertThat(Sentence.of(new AccessDeniedException("/a"))).isEqualTo("/a: access is denied");
    assertThat(Sentence.of(new FileSystemException("/a", null, "No space left on device")))
        .isEqualTo("/a: No space left on device");
  }

  @Test
  void saysWhatWasWrittenForPeople() {
    assertThat(Sentence.of(new FormatException("x is no y"))).isEqualTo("x is no y");
    assertThat(Sentence.of(new UncheckedIOException(new IOException("gone")))).isEqualTo("gone");
    assertThat(Sentence.of(new IllegalArgumentException("bad name"))).isEqualTo("bad name");
  }
}
