package io.headwater.functions;

import io.headwater.convert.ConversionListener;
import io.headwater.convert.ConversionOptions;
import io.headwater.convert.Conversions;
import io.headwater.convert.Operation;
import io.headwater.registry.Registry;
import io.headwater.store.ContentStore;
import io.headwater.store.StoreException;
import io.headwater.store.azure.AzureStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.function.Function;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;

/**
 * What the functions are made of. Made once for each worker, with the settings that the host gives.
 */
@Configuration(proxyBeanMethods = false)
class FunctionBeans {
  /**
   * The storage account's blob endpoint, for the function's own identity; or a connection string,
   * for Azurite.
   */
  static final String STORAGE = "HeadwaterStorage";

  static final String CONTAINER = "HEADWATER_CONTAINER";

  @Bean(destroyMethod = "close")
  ContentStore store(Environment settings) throws StoreException {
    var identityEndpoint = settings.getProperty(STORAGE + "__blobServiceUri");
    var account =
        identityEndpoint != null ? identityEndpoint : settings.getRequiredProperty(STORAGE);
    return AzureStore.open(account, settings.getProperty(CONTAINER, "registry"));
  }

  @Bean(destroyMethod = "close")
  Conversions conversions(ContentStore store) {
    return new Conversions(new Registry(store), ConversionOptions.DEFAULT, 1);
  }

  @Bean
  Function<ConversionRequest, Operation> convert(Conversions conversions) {
    return request -> {
      try {
        var operation =
            conversions.start(request.repository(), request.digest(), ConversionListener.NONE);
        return conversions.await(operation);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException(
            "the conversion was interrupted; the queue gives it again", e);
      }
    };
  }

  @Bean
  ConvertImage convertImage(Function<ConversionRequest, Operation> convert) {
    return new ConvertImage(convert);
  }
}
