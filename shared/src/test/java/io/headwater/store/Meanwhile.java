package io.headwater.store;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Stores in which something happens right before or after a call: what another process does at that
 * moment, or that the call fails.
 */
public final class Meanwhile {
  private Meanwhile() {}

  /** What happens; what it throws, the call throws. */
  public interface Event {
    void happen() throws Exception;
  }

  /** Right before the first time that a document is written whose name and text are such. */
  public static ContentStore beforePut(
      ContentStore store, Predicate<String> name, Predicate<String> text, Event event) {
    return before(
        store,
        "put",
        arguments ->
            name.test((String) arguments[0])
                && text.test(
                    new String((byte[]) arguments[1], java.nio.charset.StandardCharsets.UTF_8)),
        event);
  }

  /** Right before the first time that a document is deleted whose name is such. */
  public static ContentStore beforeDelete(ContentStore store, Predicate<String> name, Event event) {
    return before(store, "delete", arguments -> name.test((String) arguments[0]), event);
  }

  /** Right after the first time that a document is read whose name is such. */
  public static ContentStore afterGet(ContentStore store, Predicate<String> name, Event event) {
    return at(store, "get", arguments -> name.test((String) arguments[0]), () -> {}, event);
  }

  private static ContentStore before(
      ContentStore store, String method, Predicate<Object[]> call, Event event) {
    return at(store, method, call, event, () -> {});
  }

  private static ContentStore at(
      ContentStore store, String method, Predicate<Object[]> call, Event before, Event after) {
    var happened = new AtomicBoolean();
    return (ContentStore)
        Proxy.newProxyInstance(
            ContentStore.class.getClassLoader(),
            new Class<?>[] {ContentStore.class},
            (proxy, called, arguments) -> {
              if (!called.getName().equals(method)
                  || !call.test(arguments)
                  || !happened.compareAndSet(false, true)) {
                return invoke(store, called, arguments);
              }
              before.happen();
              var answer = invoke(store, called, arguments);
              after.happen();
              return answer;
            });
  }

  private static @Nullable Object invoke(
      ContentStore store, java.lang.reflect.Method method, Object @Nullable [] arguments)
      throws Throwable {
    try {
      return method.invoke(store, arguments);
    } catch (InvocationTargetException e) {
      throw java.util.Objects.requireNonNull(e.getCause());
    }
  }
}
