package io.headwater.functions.beans;

import static org.assertj.core.api.Assertions.assertThat;

import io.headwater.functions.ManagementAnswer;
import io.headwater.functions.ManagementCall;
import io.headwater.functions.Work;
import io.headwater.tool.Azurite;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.Supplier;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.cloud.function.context.FunctionCatalog;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/** The beans are functions that Spring Cloud Function finds and invokes, under their names. */
@Tag("tools")
class SpringCloudFunctionTest {
  @Configuration(proxyBeanMethods = false)
  @EnableAutoConfiguration
  @Import({FunctionBeans.class, Functions.class})
  static class App {}

  @Test
  void everyFunctionIsInTheCatalogAndCanBeInvoked() throws Exception {
    var id = UUID.randomUUID();
    try (var app =
        new SpringApplicationBuilder(App.class)
            .web(WebApplicationType.NONE)
            .properties(
                "HeadwaterStorage=" + Azurite.start().connectionString(),
                "HEADWATER_CONTAINER=scf-" + id,
                "HEADWATER_UPLOADS=scf-up-" + id,
                "HEADWATER_QUEUE=scf-" + id)
            .run()) {
      var catalog = app.getBean(FunctionCatalog.class);
      for (var name : new String[] {"convert", "handleRegistryEvent", "takePush"}) {
        Function<Object, Work> function = catalog.lookup(name);
        assertThat(function.apply("nonsense").poison()).as(name).contains("\"reason\"");
      }
      Function<Object, Work> upload = catalog.lookup("importUpload");
      assertThat(upload.apply("a/b.tar").sentence()).isEqualTo("'a/b.tar' is gone");
      Function<Object, ManagementAnswer> manage = catalog.lookup("manage");
      assertThat(
              manage.apply(new ManagementCall("GET", "/acr/v1/a/_streaming", false, "")).status())
          .isEqualTo(200);
      for (var name :
          new String[] {"purgeDeleted", "collectGarbage", "reportStorage", "sweepOperations"}) {
        Supplier<String> supplier = catalog.lookup(name);
        assertThat(supplier.get()).as(name).isNotEmpty();
      }
    }
  }
}
