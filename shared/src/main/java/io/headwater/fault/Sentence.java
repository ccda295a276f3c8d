package io.headwater.fault;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;

/**
 * A failure in one sentence for people, who have no use for the names of Java's classes. What is
 * unexpected, an {@link Error} or a {@link RuntimeException} of the JDK's, is a fault of the
 * program: its message was written for developers and stays in the log.
 */
public final class Sentence {
  private static final String FAULT = "a fault in Headwater itself, which the log describes";

  private Sentence() {}

  /** The sentence. */
  public static String of(Throwable failure) {
    var cause = cause(failure);
    var message = cause.getMessage();
    if (cause instanceof FileSystemException file) {
      return of(file);
    }
    return isExpected(cause) && message != null ? message : FAULT;
  }

  /** Whether it is a failure that says itself what is wrong, so that a stack trace helps nobody. */
  public static boolean isExpected(Throwable failure) {
    var cause = cause(failure);
    return cause instanceof IOException
        || cause instanceof IllegalArgumentException && cause.getMessage() != null
        || cause instanceof RuntimeException
            && cause.getClass().getName().startsWith("io.headwater.");
  }

  private static Throwable cause(Throwable failure) {
    return failure instanceof UncheckedIOException && failure.getCause() != null
        ? failure.getCause()
        : failure;
  }

  private static String of(FileSystemException failure) {
    var reason =
        switch (failure) {
          case NoSuchFileException missing -> "there is no such file";
          case AccessDeniedException denied -> "access is denied";
          default -> failure.getReason() == null ? "it cannot be used" : failure.getReason();
        };
    return failure.getFile() + ": " + reason;
  }
}
