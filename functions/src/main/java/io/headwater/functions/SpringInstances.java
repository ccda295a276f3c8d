package io.headwater.functions;

import com.microsoft.azure.functions.spi.inject.FunctionInstanceInjector;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;

/**
 * Hands the functions' beans to Azure's Java worker, which finds this class through {@code
 * META-INF/services}.
 */
public final class SpringInstances implements FunctionInstanceInjector {
  /**
   * Made when the first function is called: a worker that only lists its functions opens no store.
   */
  private static final class Beans {
    static final AnnotationConfigApplicationContext CONTEXT =
        new AnnotationConfigApplicationContext(FunctionBeans.class);
  }

  @Override
  public <T> T getInstance(Class<T> functionClass) {
    return Beans.CONTEXT.getBean(functionClass);
  }
}
