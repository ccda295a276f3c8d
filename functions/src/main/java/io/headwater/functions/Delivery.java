package io.headwater.functions;

import com.microsoft.azure.functions.ExecutionContext;
import com.microsoft.azure.functions.OutputBinding;
import java.util.function.Function;

/**
 * A message or an event on its way to a function. What can never be done goes to the poison queue
 * at once, with the reason: trying it again would help nobody.
 */
record Delivery(String content, OutputBinding<String> poison, ExecutionContext context) {
  static Delivery of(String content, OutputBinding<String> poison, ExecutionContext context) {
    return new Delivery(content, poison, context);
  }

  void to(Function<String, Work> function) {
    var work = function.apply(content);
    if (work.poison() == null) {
      context.getLogger().info(work::sentence);
    } else {
      context.getLogger().severe(() -> "Moved to the poison queue: " + work.sentence());
      poison.setValue(work.poison());
    }
  }
}
