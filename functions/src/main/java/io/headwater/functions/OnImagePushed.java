package io.headwater.functions;

import com.microsoft.azure.functions.ExecutionContext;
import com.microsoft.azure.functions.OutputBinding;
import com.microsoft.azure.functions.annotation.BindingName;
import com.microsoft.azure.functions.annotation.BlobTrigger;
import com.microsoft.azure.functions.annotation.FunctionName;
import com.microsoft.azure.functions.annotation.QueueOutput;
import java.util.function.Function;

/** Converts what was pushed to the registry into a repository whose streaming is Active. */
public final class OnImagePushed {
  private final Function<String, Work> takePush;

  OnImagePushed(Function<String, Work> takePush) {
    this.takePush = takePush;
  }

  /**
   * Takes the news of a push.
   *
   * @param announcement the small document that the registry writes
   */
  @FunctionName("OnImagePushed")
  public void run(
      @BlobTrigger(
              name = "announcement",
              path = "%HEADWATER_CONTAINER%/pushed/{name}",
              source = "EventGrid",
              connection = "HeadwaterStorage")
          String announcement,
      @BindingName("name") String name,
      @QueueOutput(
              name = "poison",
              queueName = "%HEADWATER_QUEUE%-poison",
              connection = "HeadwaterStorage")
          OutputBinding<String> poison,
      ExecutionContext context) {
    Delivery.of(name, poison, context).to(takePush);
  }
}
