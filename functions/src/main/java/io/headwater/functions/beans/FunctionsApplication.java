package io.headwater.functions.beans;

import io.headwater.functions.FunctionApp;
import java.util.Map;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.context.annotation.ImportSelector;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.type.AnnotationMetadata;

/**
 * The application that Spring Cloud Function's Azure adapter starts when Azure's Java worker asks
 * it for the first function class: the app setting {@code MAIN_CLASS} names it. Nothing is
 * configured by itself: what is not listed here is not looked for, and a cold trigger does not wait
 * for it.
 */
@Configuration(proxyBeanMethods = false)
@Import({FunctionBeans.class, Functions.class, FunctionsApplication.Triggers.class})
public final class FunctionsApplication {
  /** The function classes, of which there is one list. */
  static final class Triggers implements ImportSelector {
    @Override
    public String[] selectImports(AnnotationMetadata importing) {
      return FunctionApp.CLASSES.stream().map(Class::getName).toArray(String[]::new);
    }
  }

  /**
   * Starts it as the adapter does, over some settings and, below them, those of the environment.
   * Whoever starts it closes it.
   */
  public static ConfigurableApplicationContext start(Map<String, Object> settings) {
    return new SpringApplicationBuilder(FunctionsApplication.class)
        .web(WebApplicationType.NONE)
        .registerShutdownHook(false)
        .initializers(
            app ->
                app.getEnvironment()
                    .getPropertySources()
                    .addFirst(new MapPropertySource("app settings", settings)))
        .run();
  }
}
