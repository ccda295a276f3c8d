package io.headwater.store;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
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
    return at(store, "put", arguments -> isPut(arguments, name, text), event, () -> {}, true);
  }

  /** Right before each time that a document is written whose name and text are such. */
  public static ContentStore beforeEachPut(
      ContentStore store, Predicate<String> name, Predicate<String> text, Event event) {
    return at(store, "put", arguments -> isPut(arguments, name, text), event, () -> {}, false);
  }

  private static boolean isPut(Object[] arguments, Predicate<String> name, Predicate<String> text) {
    return name.test((String) arguments[0])
        && text.test(new String((byte[]) arguments[1], StandardCharsets.UTF_8));
  }

  /** Right before the first time that a document is deleted whose name is such. */
  public static ContentStore beforeDelete(ContentStore store, Predicate<String> name, Event event) {
    return at(store, "delete", call -> name.test((String) call[0]), event, () -> {}, true);
  }

  /** Right after the first time that a document is read whose name is such. */
  public static ContentStore afterGet(ContentStore store, Predicate<String> name, Event event) {
    return at(store, "get", call -> name.test((String) call[0]), () -> {}, event, true);
  }

  private static ContentStore at(
      ContentStore store,
      String method,
      Predicate<Object[]> call,
      Event before,
      Event after,
      boolean once) {
    var happened = new AtomicBoolean();
    return (ContentStore)
        Proxy.newProxyInstance(
            ContentStore.class.getClassLoader(),
            new Class<?>[] {ContentStore.class},
            (proxy, called, arguments) -> {
              if (!called.getName().equals(method)
                  || !call.test(arguments)
                  || once && !happened.compareAndSet(false, true)) {
                return invoke(store, called, arguments);
              }
              before.happen();
              var answer = invoke(store, called, arguments);
              after.happen();
              return answer;
            });
  }

  /** Makes a call as it came; for stores that change some calls of another one. */
  public static @Nullable Object invoke(
      ContentStore store, java.lang.reflect.Method method, Object @Nullable [] arguments)
      throws Throwable {
    try {
      return method.invoke(store, arguments);
    } catch (InvocationTargetException e) {
      throw java.util.Objects.requireNonNull(e.getCause());
    }
  }
}
