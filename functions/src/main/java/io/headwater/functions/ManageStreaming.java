package io.headwater.functions;

import com.microsoft.azure.functions.HttpMethod;
import com.microsoft.azure.functions.HttpRequestMessage;
import com.microsoft.azure.functions.HttpResponseMessage;
import com.microsoft.azure.functions.HttpStatus;
import com.microsoft.azure.functions.annotation.AuthorizationLevel;
import com.microsoft.azure.functions.annotation.FunctionName;
import com.microsoft.azure.functions.annotation.HttpTrigger;
import java.util.Optional;
import java.util.function.Function;

/** The management routes (formats/acr-contract.md), for whoever has the function's key. */
public final class ManageStreaming {
  private final Function<ManagementCall, ManagementAnswer> manage;

  ManageStreaming(Function<ManagementCall, ManagementAnswer> manage) {
    this.manage = manage;
  }

  /** Answers a request. */
  @FunctionName("ManageStreaming")
  public HttpResponseMessage run(
      @HttpTrigger(
              name = "request",
              route = "acr/v1/{*path}",
              methods = {HttpMethod.GET, HttpMethod.POST},
              authLevel = AuthorizationLevel.FUNCTION)
          HttpRequestMessage<Optional<String>> request) {
    var answer =
        manage.apply(
            new ManagementCall(
                request.getHttpMethod().name(),
                request.getUri().getPath(),
                "true".equalsIgnoreCase(request.getQueryParameters().get("force")),
                request.getBody().orElse("")));
    return request
        .createResponseBuilder(HttpStatus.valueOf(answer.status()))
        .header("Content-Type", "application/json")
        .header("X-Content-Type-Options", "nosniff")
        .body(answer.json())
        .build();
  }
}
