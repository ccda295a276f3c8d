package io.headwater.fault;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PrintableTest {
  @Test
  void whatMovesTheReadersScreenIsEscaped() {
    assertThat(Printable.of("a\u001b[31m\r\n\tb\u0000\u007f\u009b"))
        .isEqualTo("a\\u001b[31m\\r\\n\\tb\\u0000\\u007f\\u009b");
    assertThat(Printable.of("\u202e\u2066\u200f\u061c\u2028\ufeff"))
        .isEqualTo("\\u202e\\u2066\\u200f\\u061c\\u2028\\ufeff");
    // Half a character, and a tag character of the plane behind.
    assertThat(Printable.of("\ud800x\udb40\udc01")).isEqualTo("\\ud800x\\udb40\\udc01");
  }

  @Test
  void whatPeopleReadStays() {
    for (var text : new String[] {"", "a b\\c", "gr\u00fc\u00df", "\u65e5\u672c", "\ud83d\ude00"}) {
      assertThat(Printable.of(text)).isSameAs(text);
    }
  }
}
