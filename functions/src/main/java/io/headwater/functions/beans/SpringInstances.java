package io.headwater.functions.beans;

import com.microsoft.azure.functions.spi.inject.FunctionInstanceInjector;
import java.util.Map;
import org.springframework.beans.factory.config.AutowireCapableBeanFactory;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.core.env.MapPropertySource;

/**
 * Makes the function classes for Azure's Java worker, which finds this class through {@code
 * META-INF/services}, out of Spring's beans.
 */
public final class SpringInstances implements FunctionInstanceInjector {
  /**
   * Made when the first function is called: a worker that only lists its functions opens no store.
   */
  private static final class Beans {
    static final AnnotationConfigApplicationContext CONTEXT = context();
  }

  /** The beans, over the settings of the environment. */
  private static AnnotationConfigApplicationContext context() {
    var context = context(Map.of());
    context.registerShutdownHook();
    return context;
  }

  /** The beans, over some settings and, below them, those of the environment. */
  public static AnnotationConfigApplicationContext context(Map<String, Object> settings) {
    var context = new AnnotationConfigApplicationContext();
    context
        .getEnvironment()
        .getPropertySources()
        .addFirst(new MapPropertySource("app settings", settings));
    context.register(FunctionBeans.class, Functions.class);
    context.refresh();
    return context;
  }

  @Override
  public <T> T getInstance(Class<T> functionClass) {
    return make(Beans.CONTEXT, functionClass);
  }

  /** A function over some beans; its parameters are named like them. */
  public static <T> T make(AnnotationConfigApplicationContext beans, Class<T> functionClass) {
    return functionClass.cast(
        beans
            .getAutowireCapableBeanFactory()
            .autowire(functionClass, AutowireCapableBeanFactory.AUTOWIRE_CONSTRUCTOR, false));
  }
}
