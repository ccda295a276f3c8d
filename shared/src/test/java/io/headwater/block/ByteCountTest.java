package io.headwater.block;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headwater.fault.FormatException;
import java.util.List;
import org.junit.jupiter.api.Test;

class ByteCountTest {
  @Test
  void bothFormsMeanTheSame() throws Exception {
    for (var text : List.of("500g", "500G", "500gb", "500GB", "500 GB", "500GiB", "536870912000")) {
      assertThat(ByteCount.parse(text)).as(text).isEqualTo(500L << 30);
    }
    assertThat(ByteCount.parse("0")).isZero();
    assertThat(ByteCount.parse("4096B")).isEqualTo(4096);
    assertThat(ByteCount.parse(" 64m ")).isEqualTo(64L << 20);
    assertThat(ByteCount.parse("1kb")).isEqualTo(1024);
    assertThat(ByteCount.parse("8388607t")).isEqualTo(8388607L << 40);
  }

  @Test
  void whatIsNoSizeIsSaid() {
    for (var text :
        List.of("", "much", "-1", "1.5g", "1x", "g", "1gg", "8388608t", "9".repeat(19) + "k")) {
      assertThatThrownBy(() -> ByteCount.parse(text))
          .as(text)
          .isInstanceOf(FormatException.class)
          .hasMessageStartingWith("'" + text + "' is ");
    }
  }
}
