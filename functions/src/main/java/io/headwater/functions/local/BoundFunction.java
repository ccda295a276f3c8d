package io.headwater.functions.local;

import com.azure.storage.blob.BlobClient;
import com.microsoft.azure.functions.ExecutionContext;
import com.microsoft.azure.functions.OutputBinding;
import com.microsoft.azure.functions.annotation.BindingName;
import com.microsoft.azure.functions.annotation.BlobTrigger;
import com.microsoft.azure.functions.annotation.EventGridTrigger;
import com.microsoft.azure.functions.annotation.FunctionName;
import com.microsoft.azure.functions.annotation.HttpTrigger;
import com.microsoft.azure.functions.annotation.QueueOutput;
import com.microsoft.azure.functions.annotation.QueueTrigger;
import com.microsoft.azure.functions.annotation.TimerTrigger;
import java.lang.annotation.Annotation;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Parameter;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A method with its bindings, called as Azure's Java worker calls it. */
final class BoundFunction {
  private static final Set<Class<? extends Annotation>> TRIGGERS =
      Set.of(
          BlobTrigger.class,
          QueueTrigger.class,
          TimerTrigger.class,
          HttpTrigger.class,
          EventGridTrigger.class);

  private final Object instance;
  private final Method method;
  private final Annotation trigger;

  private BoundFunction(Object instance, Method method, Annotation trigger) {
    this.instance = instance;
    this.method = method;
    this.trigger = trigger;
  }

  /** The functions of an object. */
  static List<BoundFunction> of(Object instance) {
    return Arrays.stream(instance.getClass().getMethods())
        .filter(method -> method.isAnnotationPresent(FunctionName.class))
        .map(method -> new BoundFunction(instance, method, trigger(method)))
        .toList();
  }

  private static Annotation trigger(Method method) {
    return Arrays.stream(method.getParameters())
        .flatMap(parameter -> Arrays.stream(parameter.getAnnotations()))
        .filter(annotation -> TRIGGERS.contains(annotation.annotationType()))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException(method + " has no trigger"));
  }

  String name() {
    return method.getAnnotation(FunctionName.class).value();
  }

  Annotation trigger() {
    return trigger;
  }

  /**
   * What a call ended with.
   *
   * @param result of the method
   * @param outputs what it put into its output bindings, by queue
   */
  record Outcome(@Nullable Object result, Map<String, String> outputs) {}

  private static final class Output implements OutputBinding<String> {
    private @Nullable String value;

    @Override
    public @Nullable String getValue() {
      return value;
    }

    @Override
    public void setValue(@Nullable String value) {
      this.value = value;
    }
  }

  /**
   * Calls the method.
   *
   * @param data of the trigger
   * @param names what it has for {@code @BindingName}
   * @throws Exception what the method throws
   */
  Outcome call(@Nullable Object data, Map<String, String> names) throws Exception {
    var outputs = new HashMap<String, Output>();
    var arguments =
        Arrays.stream(method.getParameters())
            .map(parameter -> argument(parameter, data, names, outputs))
            .toArray();
    try {
      method.setAccessible(true);
      var result = method.invoke(instance, arguments);
      var values = new HashMap<String, String>();
      outputs.forEach(
          (queue, output) -> {
            if (output.getValue() != null) {
              values.put(queue, output.getValue());
            }
          });
      return new Outcome(result, values);
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof Error error) {
        throw error;
      }
      throw e.getCause() instanceof Exception thrown ? thrown : e;
    }
  }

  private @Nullable Object argument(
      Parameter parameter,
      @Nullable Object data,
      Map<String, String> names,
      Map<String, Output> outputs) {
    if (parameter.getType() == ExecutionContext.class) {
      return new LocalContext(name());
    }
    if (parameter.isAnnotationPresent(BindingName.class)) {
      return names.get(parameter.getAnnotation(BindingName.class).value());
    }
    if (parameter.isAnnotationPresent(QueueOutput.class)) {
      return outputs.computeIfAbsent(
          parameter.getAnnotation(QueueOutput.class).queueName(), queue -> new Output());
    }
    if (data instanceof BlobClient blob && parameter.getType() == String.class) {
      return blob.downloadContent().toString();
    }
    return data;
  }
}
