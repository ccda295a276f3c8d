package io.headwater.operation;

import io.headwater.convert.FailureCode;
import io.headwater.fault.Sentence;

/**
 * How often a conversion is begun: one budget, whoever works on it and whoever takes it up again. A
 * try counts from when the conversion has its turn, so that waiting for one costs none, and before
 * anything is done, so that one that kills its process is counted too. A process that ends in good
 * order gives back the try of what it leaves.
 */
final class Tries {
  /** How often a conversion is begun at most; so often a queue delivers its message too. */
  static final int MAX = 5;

  private Tries() {}

  static boolean areSpent(Operation operation) {
    return operation.workOrNone().tries() >= MAX;
  }

  /** The end of an operation whose last try has not ended: its worker died. */
  static Operation spent(Operation operation) {
    return operation.ended(
        Operation.Status.Failed,
        "Conversion of "
            + operation.resource()
            + " was begun "
            + operation.workOrNone().tries()
            + " times and each time its worker died; it may need more memory than there is",
        FailureCode.UNKNOWN_ERROR);
  }

  /**
   * What becomes of an operation whose try failed for a reason that may pass, or for one that
   * nobody expected: an Error counts as any other.
   */
  static Operation failed(Operation operation, Throwable failure) {
    var sentence = Sentence.of(failure);
    return areSpent(operation)
        ? operation.ended(Operation.Status.Failed, sentence, FailureCode.UNKNOWN_ERROR)
        : operation.waiting(
            "Conversion of "
                + operation.resource()
                + " is tried again, "
                + (MAX - operation.workOrNone().tries())
                + " times at most: "
                + sentence);
  }
}
