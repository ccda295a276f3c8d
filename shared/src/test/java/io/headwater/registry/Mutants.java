package io.headwater.registry;

import io.headwater.oci.Digest;
import io.headwater.store.BlobState;
import io.headwater.store.Condition;
import io.headwater.store.ContentStore;
import io.headwater.store.Document;
import io.headwater.store.Meanwhile;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Stores that take away what an operation's rules rest on, so that its faults are there again. */
final class Mutants {
  private Mutants() {}

  /** A call that is made otherwise. */
  private interface Answer {
    @Nullable Object to(Method method, Object @Nullable [] arguments) throws Throwable;
  }

  private static ContentStore store(Answer answer) {
    return (ContentStore)
        Proxy.newProxyInstance(
            ContentStore.class.getClassLoader(),
            new Class<?>[] {ContentStore.class},
            (proxy, method, arguments) ->
                // A cursor asks for its pages one by one, and it has to ask this store for them.
                method.isDefault()
                    ? InvocationHandler.invokeDefault(proxy, method, arguments)
                    : answer.to(method, arguments));
  }

  /** Writes and removes documents of such names, and blobs, whatever has become of them. */
  static ContentStore withoutConditions(ContentStore store, Predicate<String> name) {
    return store(
        (method, arguments) -> {
          if (arguments != null
              && arguments[arguments.length - 1] instanceof Condition
              && name.test((String) arguments[0])) {
            var changed = arguments.clone();
            changed[changed.length - 1] = Condition.ALWAYS;
            return Meanwhile.invoke(store, method, changed);
          }
          if (method.getName().equals("deleteBlob")
              && arguments != null
              && arguments[0] instanceof BlobState listed) {
            store.deleteBlob(listed.digest());
            return true;
          }
          return Meanwhile.invoke(store, method, arguments);
        });
  }

  /** Answers what it answered before: whoever looks again sees nothing new. */
  static ContentStore lookedAtOnce(ContentStore store, Predicate<String> name) {
    Map<String, Object> answers = new HashMap<>();
    return store(
        (method, arguments) -> {
          var isLook = method.getName().equals("get") || method.getName().equals("list");
          if (!isLook || arguments == null || !name.test((String) arguments[0])) {
            return Meanwhile.invoke(store, method, arguments);
          }
          var call = method.getName() + Arrays.toString(arguments);
          var known = answers.get(call);
          if (known == null) {
            known = java.util.Objects.requireNonNull(Meanwhile.invoke(store, method, arguments));
            answers.put(call, known);
          }
          return known;
        });
  }

  /** Takes for granted that what it has put is there, and what it has removed is not. */
  static ContentStore neverLookedAgain(ContentStore store, Predicate<String> name) {
    Map<String, Object> put = new HashMap<>();
    return store(
        (method, arguments) -> {
          if (arguments != null
              && method.getName().equals("get")
              && name.test((String) arguments[0])
              && put.containsKey(arguments[0])) {
            return put.get(arguments[0]);
          }
          var answer = Meanwhile.invoke(store, method, arguments);
          if (arguments != null && method.getName().equals("put")) {
            var written =
                new Document(
                    (byte[]) arguments[1],
                    (String) arguments[2],
                    String.valueOf(answer),
                    Duration.ZERO);
            put.put((String) arguments[0], Optional.of(written));
          } else if (arguments != null && method.getName().equals("delete")) {
            put.put((String) arguments[0], Optional.empty());
          }
          return answer;
        });
  }

  /** Says of every blob that it is there without touching it. */
  static ContentStore withoutTouching(ContentStore store) {
    return store(
        (method, arguments) ->
            method.getName().equals("touchBlob") && arguments != null
                ? store.state((Digest) arguments[0]).isPresent()
                : Meanwhile.invoke(store, method, arguments));
  }

  /** A deed on such a store. */
  static RegistryScene.Deed on(UnaryOperator<ContentStore> mutant, RegistryScene.Deed deed) {
    return new RegistryScene.Deed(
        deed.name() + " (mutant)",
        registry ->
            deed.work().run(new Registry(mutant.apply(registry.store()), registry.retention())),
        deed.whole(),
        deed.deletes());
  }
}
