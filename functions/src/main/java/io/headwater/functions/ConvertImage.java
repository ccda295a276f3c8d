package io.headwater.functions;

import com.microsoft.azure.functions.ExecutionContext;
import com.microsoft.azure.functions.OutputBinding;
import com.microsoft.azure.functions.annotation.FunctionName;
import com.microsoft.azure.functions.annotation.QueueOutput;
import com.microsoft.azure.functions.annotation.QueueTrigger;
import java.util.function.Function;

/** Converts the image that a message in the queue {@code conversions} names. */
public final class ConvertImage {
  private final Function<String, Work> convert;

  ConvertImage(Function<String, Work> convert) {
    this.convert = convert;
  }

  /**
   * Takes a message; the host keeps it invisible meanwhile, and delivers it again when this fails.
   */
  @FunctionName("ConvertImage")
  public void run(
      @QueueTrigger(
              name = "message",
              queueName = "%HEADWATER_QUEUE%",
              connection = "HeadwaterStorage")
          String message,
      @QueueOutput(
              name = "poison",
              queueName = "%HEADWATER_QUEUE%-poison",
              connection = "HeadwaterStorage")
          OutputBinding<String> poison,
      ExecutionContext context) {
    Delivery.of(message, poison, context).to(convert);
  }
}
