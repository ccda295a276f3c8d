package io.headwater.log;

import ch.qos.logback.classic.pattern.ClassicConverter;
import ch.qos.logback.classic.spi.ILoggingEvent;
import io.headwater.fault.Printable;

/** {@code %msg}, printable. */
public final class PrintableMessage extends ClassicConverter {
  @Override
  public String convert(ILoggingEvent event) {
    var message = event.getFormattedMessage();
    return message == null ? "" : Printable.of(message);
  }
}
