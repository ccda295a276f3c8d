package io.headwater.functions;

import com.microsoft.azure.functions.ExecutionContext;
import com.microsoft.azure.functions.annotation.FunctionName;
import com.microsoft.azure.functions.annotation.QueueTrigger;
import io.headwater.convert.Operation;
import io.headwater.fault.FormatException;
import java.util.function.Function;

/** Converts the image that a message in the queue {@code conversions} names. */
public final class ConvertImage {
  private final Function<ConversionRequest, Operation> convert;

  ConvertImage(Function<ConversionRequest, Operation> convert) {
    this.convert = convert;
  }

  /**
   * Takes a message. A message that is none is logged and dropped: trying it again would help
   * nobody. A conversion that failed for a reason of its image is over too; its operation says why.
   * What the store did not let happen is thrown, so that the queue gives the message again.
   */
  @FunctionName("ConvertImage")
  public void run(
      @QueueTrigger(name = "message", queueName = "conversions", connection = "HeadwaterStorage")
          String message,
      ExecutionContext context) {
    try {
      var operation = convert.apply(ConversionRequest.parse(message));
      context
          .getLogger()
          .info(
              () -> operation.resource() + ": " + operation.status() + ", " + operation.details());
    } catch (FormatException e) {
      context
          .getLogger()
          .severe(() -> "A message in the queue 'conversions' is dropped: " + e.getMessage());
    }
  }
}
