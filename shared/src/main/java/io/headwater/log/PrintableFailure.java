package io.headwater.log;

import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.StackTraceElementProxy;
import io.headwater.fault.Printable;
import org.jspecify.annotations.Nullable;

/** A failure whose messages, and those of its causes, are printable. */
record PrintableFailure(IThrowableProxy failure) implements IThrowableProxy {
  static PrintableFailure of(IThrowableProxy failure) {
    return new PrintableFailure(failure);
  }

  private static @Nullable IThrowableProxy ofNullable(@Nullable IThrowableProxy failure) {
    return failure == null ? null : new PrintableFailure(failure);
  }

  @Override
  public @Nullable String getMessage() {
    var message = failure.getMessage();
    return message == null ? null : Printable.of(message);
  }

  @Override
  public @Nullable String getOverridingMessage() {
    var message = failure.getOverridingMessage();
    return message == null ? null : Printable.of(message);
  }

  @Override
  public String getClassName() {
    return failure.getClassName();
  }

  @Override
  public StackTraceElementProxy[] getStackTraceElementProxyArray() {
    return failure.getStackTraceElementProxyArray();
  }

  @Override
  public int getCommonFrames() {
    return failure.getCommonFrames();
  }

  @Override
  public @Nullable IThrowableProxy getCause() {
    return ofNullable(failure.getCause());
  }

  @Override
  public IThrowableProxy[] getSuppressed() {
    var suppressed = failure.getSuppressed();
    var printable = new IThrowableProxy[suppressed.length];
    for (int i = 0; i < suppressed.length; i++) {
      printable[i] = new PrintableFailure(suppressed[i]);
    }
    return printable;
  }

  @Override
  public boolean isCyclic() {
    return failure.isCyclic();
  }
}
