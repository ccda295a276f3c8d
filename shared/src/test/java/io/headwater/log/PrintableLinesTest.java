package io.headwater.log;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.PatternLayout;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import io.headwater.oci.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class PrintableLinesTest {
  private static final String NAME = "x\u001b[2J\n12:00:00.000 ERROR forged \u202e";
  private static final String ESCAPED = "x\\u001b[2J\\n12:00:00.000 ERROR forged \\u202e";

  private final LoggerContext context = new LoggerContext();

  PrintableLinesTest() {
    context.setMDCAdapter(new LogbackMDCAdapter());
  }

  private LoggingEvent event() {
    var cause = new IOException(NAME, new IllegalStateException(NAME));
    cause.addSuppressed(new IOException(NAME));
    var logger = context.getLogger("test");
    return new LoggingEvent("test", logger, Level.ERROR, "{} failed", cause, new Object[] {NAME});
  }

  @Test
  void messagesAndTracesAreWrittenWithEscapes() {
    var layout = new PatternLayout();
    layout.setContext(context);
    layout.getInstanceConverterMap().put("printable", PrintableMessage::new);
    layout.getInstanceConverterMap().put("printableTrace", PrintableTrace::new);
    layout.setPattern("%printable%n%printableTrace{3}");
    layout.start();
    var text = layout.doLayout(event());
    assertThat(text.lines().findFirst()).contains(ESCAPED + " failed");
    assertThat(text).doesNotContain("\u001b", "\u202e");
    assertThat(text.lines()).noneMatch(line -> line.startsWith("12:00"));
    assertThat(text.split(java.util.regex.Pattern.quote(ESCAPED), -1)).hasSize(5);
  }

  @Test
  void jsonIsOneLineAndMeansWhatWasLogged() throws Exception {
    var encoder = new PrintableJson();
    encoder.setContext(context);
    encoder.setWithFormattedMessage(true);
    encoder.start();
    var event = event();
    event.addKeyValuePair(new org.slf4j.event.KeyValuePair("path", NAME));
    var line = encoder.encode(event);
    var text = new String(line, StandardCharsets.UTF_8);
    assertThat(text.strip().lines()).hasSize(1);
    assertThat(text).doesNotContain("\u001b", "\u202e").endsWith("\n");
    var json = Json.object(line, "log");
    assertThat(json.path("formattedMessage").asString()).isEqualTo(NAME + " failed");
    assertThat(json.path("kvpList").get(0).path("path").asString()).isEqualTo(NAME);
  }
}
