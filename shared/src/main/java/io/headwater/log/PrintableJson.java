package io.headwater.log;

import ch.qos.logback.classic.encoder.JsonEncoder;
import ch.qos.logback.classic.spi.ILoggingEvent;
import io.headwater.fault.Printable;
import java.nio.charset.StandardCharsets;

/**
 * A line of JSON for each event. JSON escapes most of what is not printable; the rest, as what
 * turns the direction of writing, can only stand in its strings, where an escape means the same.
 */
public final class PrintableJson extends JsonEncoder {
  @Override
  public byte[] encode(ILoggingEvent event) {
    var line = new String(super.encode(event), StandardCharsets.UTF_8).stripTrailing();
    return (Printable.of(line) + "\n").getBytes(StandardCharsets.UTF_8);
  }
}
