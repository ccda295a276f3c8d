package io.headwater.functions.beans;

import com.azure.identity.DefaultAzureCredentialBuilder;
import io.headwater.convert.ConversionOptions;
import io.headwater.event.UpstreamEvents;
import io.headwater.fault.FormatException;
import io.headwater.management.DeletedImages;
import io.headwater.management.ManagementAnswers;
import io.headwater.management.ManagementRoutes;
import io.headwater.management.StorageUse;
import io.headwater.management.StreamingManagement;
import io.headwater.operation.AnnouncedPushes;
import io.headwater.operation.AutoConversion;
import io.headwater.operation.ConversionWorker;
import io.headwater.operation.Conversions;
import io.headwater.operation.OperationListener;
import io.headwater.registry.Registry;
import io.headwater.source.RegistryAccounts;
import io.headwater.store.ContentStore;
import io.headwater.store.StoreException;
import io.headwater.store.azure.AzureFolder;
import io.headwater.store.azure.AzureQueue;
import io.headwater.store.azure.AzureStore;
import io.headwater.upload.ImportedUploads;
import io.headwater.upstream.Upstreams;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Lazy;
import org.springframework.core.env.Environment;

/**
 * What the functions are made of, with the settings that the host gives. Each is made when a
 * function first needs it: what the others need is not waited for.
 */
@Lazy
@Configuration(proxyBeanMethods = false)
class FunctionBeans {
  @Bean
  FunctionSettings settings(Environment app) throws FormatException {
    return FunctionSettings.of(app);
  }

  @Bean(destroyMethod = "close")
  ContentStore store(FunctionSettings settings) throws StoreException {
    return AzureStore.open(settings.account(), settings.container());
  }

  @Bean
  Registry registry(ContentStore store, FunctionSettings settings) {
    return new Registry(store, settings.retention());
  }

  @Bean
  RegistryAccounts accounts(FunctionSettings settings) {
    return new RegistryAccounts(settings.accounts(), new DefaultAzureCredentialBuilder().build());
  }

  @Bean
  Upstreams upstreams(FunctionSettings settings, RegistryAccounts accounts) {
    return new Upstreams(settings.upstreams(), accounts);
  }

  @Bean(destroyMethod = "close")
  Conversions conversions(Registry registry, Upstreams upstreams, FunctionSettings settings)
      throws StoreException {
    var queue = AzureQueue.open(settings.account(), settings.queue());
    return Conversions.inQueue(
        registry, upstreams, ConversionOptions.DEFAULT, request -> queue.send(request.toMessage()));
  }

  @Bean(destroyMethod = "close")
  ConversionWorker worker(
      Registry registry, Upstreams upstreams, Conversions conversions, FunctionSettings settings) {
    return new ConversionWorker(
        registry,
        upstreams,
        ConversionOptions.DEFAULT,
        conversions,
        settings.parallel(),
        OperationListener.NONE);
  }

  @Bean
  AutoConversion autoConversion(Registry registry, Conversions conversions) {
    return new AutoConversion(registry, conversions);
  }

  @Bean
  AnnouncedPushes announcedPushes(Registry registry, AutoConversion conversions) {
    return new AnnouncedPushes(registry, conversions);
  }

  @Bean
  UpstreamEvents upstreamEvents(Registry registry, Upstreams upstreams, Conversions conversions) {
    return new UpstreamEvents(registry, upstreams, conversions);
  }

  @Bean
  ImportedUploads importedUploads(
      Registry registry,
      Conversions conversions,
      RegistryAccounts accounts,
      FunctionSettings settings)
      throws StoreException {
    return new ImportedUploads(
        AzureFolder.open(settings.account(), settings.uploads()),
        registry,
        conversions,
        new ImportedUploads.Options(
            settings.importHosts(), accounts, settings.deleteUploads(), settings.unpacking()));
  }

  @Bean
  StorageUse storageUse(Registry registry, FunctionSettings settings) {
    return new StorageUse(registry, settings.storageThresholdBytes());
  }

  @Bean
  ManagementAnswers management(
      Registry registry, Conversions conversions, AutoConversion automatic) {
    return new ManagementAnswers(
        new ManagementRoutes(
            new StreamingManagement(registry, conversions),
            new DeletedImages(registry, automatic)));
  }
}
