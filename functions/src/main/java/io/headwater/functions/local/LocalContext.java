package io.headwater.functions.local;

import com.microsoft.azure.functions.ExecutionContext;
import java.util.UUID;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.slf4j.LoggerFactory;

/** What a function is told of its call; its log goes to ours. */
final class LocalContext implements ExecutionContext {
  private final String function;
  private final String id = UUID.randomUUID().toString();

  LocalContext(String function) {
    this.function = function;
  }

  @Override
  public Logger getLogger() {
    var logger = Logger.getAnonymousLogger();
    logger.setUseParentHandlers(false);
    logger.addHandler(new Passing(LoggerFactory.getLogger(function)));
    return logger;
  }

  private static final class Passing extends Handler {
    private final org.slf4j.Logger target;

    Passing(org.slf4j.Logger target) {
      this.target = target;
    }

    @Override
    public void publish(LogRecord entry) {
      if (entry.getLevel().intValue() >= Level.SEVERE.intValue()) {
        target.error("{}", entry.getMessage());
      } else {
        target.info("{}", entry.getMessage());
      }
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
  }

  @Override
  public String getInvocationId() {
    return id;
  }

  @Override
  public String getFunctionName() {
    return function;
  }
}
