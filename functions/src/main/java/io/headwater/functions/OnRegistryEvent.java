package io.headwater.functions;

import com.microsoft.azure.functions.ExecutionContext;
import com.microsoft.azure.functions.HttpMethod;
import com.microsoft.azure.functions.HttpRequestMessage;
import com.microsoft.azure.functions.HttpResponseMessage;
import com.microsoft.azure.functions.HttpStatus;
import com.microsoft.azure.functions.OutputBinding;
import com.microsoft.azure.functions.annotation.AuthorizationLevel;
import com.microsoft.azure.functions.annotation.EventGridTrigger;
import com.microsoft.azure.functions.annotation.FunctionName;
import com.microsoft.azure.functions.annotation.HttpTrigger;
import com.microsoft.azure.functions.annotation.QueueOutput;
import java.util.Optional;
import java.util.function.Function;

/** Converts what is pushed to other registries, and cleans up what is deleted there. */
public final class OnRegistryEvent {
  private final Function<String, Work> handleRegistryEvent;

  OnRegistryEvent(Function<String, Work> handleRegistryEvent) {
    this.handleRegistryEvent = handleRegistryEvent;
  }

  /** Takes an event of an Azure container registry. */
  @FunctionName("OnRegistryEvent")
  public void event(
      @EventGridTrigger(name = "event") String event,
      @QueueOutput(
              name = "poison",
              queueName = "%HEADWATER_QUEUE%-poison",
              connection = "HeadwaterStorage")
          OutputBinding<String> poison,
      ExecutionContext context) {
    Delivery.of(event, poison, context).to(handleRegistryEvent);
  }

  /** Takes a notification of any registry: distribution's, or a webhook of Harbor's. */
  @FunctionName("OnRegistryWebhook")
  public HttpResponseMessage webhook(
      @HttpTrigger(
              name = "request",
              route = "hooks/registry",
              methods = HttpMethod.POST,
              authLevel = AuthorizationLevel.FUNCTION)
          HttpRequestMessage<Optional<String>> request,
      ExecutionContext context) {
    var work = handleRegistryEvent.apply(request.getBody().orElse(""));
    context.getLogger().info(work::sentence);
    return request
        .createResponseBuilder(work.poison() == null ? HttpStatus.ACCEPTED : HttpStatus.BAD_REQUEST)
        .header("Content-Type", "text/plain")
        .header("X-Content-Type-Options", "nosniff")
        .body(work.sentence())
        .build();
  }
}
